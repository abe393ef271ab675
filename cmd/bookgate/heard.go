package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// heard is an event of the live stream as it is shown.
type heard struct {
	Change    int64           `json:"change,omitempty"` // 0 for what is sent again by hand
	Resent    bool            `json:"resent,omitempty"`
	Body      json.RawMessage `json:"event"`
	Forwarded *forwarded      `json:"forwarded,omitempty"`

	told told
}

// forwarded is what the program on this machine made of it.
type forwarded struct {
	Status       int    `json:"status,omitempty"`
	Milliseconds int64  `json:"ms"`
	Error        string `json:"error,omitempty"`
}

// told is the part of an event's body that people look for.
type told struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      struct {
		Change int64  `json:"change"`
		Epoch  string `json:"epoch"`
		Number string `json:"orderNumber"`
		Line   int    `json:"line"`
		From   string `json:"from"`
		Status string `json:"status"`
	} `json:"data"`
}

func newHeard(e client.Event) (heard, error) {
	h := heard{Resent: e.Type == client.Resent, Body: e.Data}
	if err := json.Unmarshal(e.Data, &h.told); err != nil {
		return h, fmt.Errorf("read event %s: %w", order.Cut(e.ID), err)
	}
	if !h.Resent {
		h.Change = h.told.Data.Change
	}
	return h, nil
}

// id names the message to the program, the same when it is sent again.
func (h heard) id() string {
	if h.told.Data.Change == 0 {
		return "msg_" + string(order.NewID(h.told.Timestamp)) // a trial
	}
	if h.told.Data.Epoch == "" { // of an older server
		return fmt.Sprintf("msg_change_%d", h.told.Data.Change)
	}
	return fmt.Sprintf("msg_change_%s_%d", h.told.Data.Epoch, h.told.Data.Change)
}

// print writes the event on one line.
func (h heard) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return printJSONLine(w, h)
	}
	d := h.told.Data
	text := fmt.Sprintf("%s  %s", h.told.Timestamp.Local().Format("15:04:05"), printable(h.told.Type))
	if d.Number != "" {
		text += "  " + printable(d.Number)
	}
	if d.Line > 0 {
		text += fmt.Sprintf("  line %d", d.Line)
	}
	if to := changeWords(d.From, d.Status); to != "" {
		text += "  " + printable(to)
	}
	if h.Resent {
		text += "  (sent again)"
	}
	_, err := fmt.Fprintln(w, text+h.Forwarded.words())
	return err
}

func (f *forwarded) words() string {
	switch {
	case f == nil:
		return ""
	case f.Error != "":
		return "  ⇒ " + printable(f.Error)
	}
	return fmt.Sprintf("  ⇒ %d in %d ms", f.Status, f.Milliseconds)
}

// detailOf is what an error says to people, on one line.
func detailOf(err error) string {
	var e *order.Error
	if errors.As(err, &e) {
		return e.Detail
	}
	return err.Error()
}
