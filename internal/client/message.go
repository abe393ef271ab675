package client

import (
	"context"
	"net/http"
	"net/url"
	"path"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

// SendMessage hands in an EDItXMessage and gives its acknowledgement, also when
// none of its documents was accepted. As with a single order a lost answer does
// no harm. repeated tells that the message had been sent before this call.
func (c *Client) SendMessage(ctx context.Context, body []byte) (ack editx.Acknowledgement, repeated bool, err error) {
	a, err := c.call(ctx, request{method: http.MethodPost, path: "/orders", kind: "application/xml", body: body})
	if err != nil && !(a.status == http.StatusUnprocessableEntity && mediaType(a) == "application/xml") {
		return ack, false, err
	}
	if ack, _, err = editx.DecodeAcknowledgement(a.body); err != nil {
		return ack, false, c.unreadable(a)
	}
	// When the request went out twice, the repeat may be our own.
	return ack, a.tries == 1 && a.header.Get("Idempotency-Replayed") == "true", nil
}

// ParseLocation gives the id of the order that an address means.
func ParseLocation(location string) (order.ID, bool) {
	u, err := url.Parse(location)
	if err != nil {
		return "", false
	}
	return order.ParseID(path.Base(u.Path))
}
