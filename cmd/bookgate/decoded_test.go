package main

import "github.com/bookgate/bookgate/order"

// What commands print with --json, as a program reads it.
type (
	sent struct {
		ID      order.ID `json:"id"`
		Message *struct {
			Number    int64 `json:"number"`
			Documents []struct {
				ID     order.ID      `json:"id"`
				Status string        `json:"status"`
				Errors []order.Field `json:"errors"`
			} `json:"documents"`
		} `json:"message"`
		Error *struct {
			Code string `json:"code"`
		} `json:"error"`
	}

	listed struct {
		Number string        `json:"number"`
		Reason *order.Reason `json:"reason"`
	}

	checked struct {
		Type     string        `json:"type"`
		Version  string        `json:"version"`
		Profile  string        `json:"profile"`
		Refused  bool          `json:"refused"`
		Problems []order.Field `json:"problems"`
		Warnings []order.Field `json:"warnings"`
	}

	scrubbed struct {
		Checked int64 `json:"checked"`
		Damaged []struct {
			Order order.ID `json:"order"`
			Text  string   `json:"text"`
		} `json:"damaged"`
	}
)
