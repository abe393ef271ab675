package client

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// Respond sends the receiver's answer to many lines as an OrderResponse and
// returns the lines that are still without an answer, with what was found in the
// document. The same answer again changes nothing, so trying again is safe.
func (c *Client) Respond(ctx context.Context, id order.ID, etag string, body []byte) (missing []int, findings []hal.Finding, err error) {
	a, err := c.call(ctx, request{method: http.MethodPost, path: "/v2/orders/" + string(id) + "/response",
		kind: "application/xml", body: body, match: etag})
	if err != nil {
		return nil, nil, err
	}
	var doc struct {
		Missing  []int         `json:"missing"`
		Findings []hal.Finding `json:"findings"`
	}
	if json.Unmarshal(a.body, &doc) != nil || doc.Missing == nil {
		return nil, nil, c.unreadable(a)
	}
	return doc.Missing, doc.Findings, nil
}
