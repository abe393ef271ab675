package client

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/bookgate/bookgate/order"
)

// Respond sends the receiver's answer to many lines as an OrderResponse and
// gives the lines that are still without an answer. The same answer again
// changes nothing, so trying again is safe.
func (c *Client) Respond(ctx context.Context, id order.ID, etag string, body []byte) (missing []int, err error) {
	a, err := c.call(ctx, request{method: http.MethodPost, path: "/v2/orders/" + string(id) + "/response",
		kind: "application/xml", body: body, match: etag})
	if err != nil {
		return nil, err
	}
	var doc struct {
		Missing []int `json:"missing"`
	}
	if json.Unmarshal(a.body, &doc) != nil || doc.Missing == nil {
		return nil, c.unreadable(a)
	}
	return doc.Missing, nil
}
