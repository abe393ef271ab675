package client

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// Order gives an order with the ETag of its present revision.
func (c *Client) Order(ctx context.Context, id order.ID) (doc hal.Order, etag string, err error) {
	a, err := c.call(ctx, request{method: http.MethodGet, path: "/v2/orders/" + string(id), accept: hal.MediaType})
	if err != nil {
		return doc, "", err
	}
	doc, err = hal.ParseOrder(a.body)
	if err != nil || doc.ID != id {
		return hal.Order{}, "", c.unreadable(a)
	}
	return doc, a.header.Get("ETag"), nil
}

// History gives all that happened to an order, oldest first.
func (c *Client) History(ctx context.Context, id order.ID) ([]hal.Event, error) {
	a, err := c.call(ctx, request{method: http.MethodGet, path: "/v2/orders/" + string(id) + "/history", accept: hal.MediaType})
	if err != nil {
		return nil, err
	}
	h, err := hal.ParseHistory(a.body)
	if err != nil {
		return nil, c.unreadable(a)
	}
	return h.Embedded.Events, nil
}

// EDItX gives an order as a document: written from the order as it is now, or
// the original as the sender wrote it. Where the server sends a digest, the
// bytes have been compared with it.
func (c *Client) EDItX(ctx context.Context, id order.ID, original bool) ([]byte, error) {
	if original {
		return c.document(ctx, id, "/editx/original")
	}
	return c.document(ctx, id, "/editx")
}

// Response gives the receiver's answers to an order as an OrderResponse.
func (c *Client) Response(ctx context.Context, id order.ID) ([]byte, error) {
	return c.document(ctx, id, "/response")
}

// StatusReport gives what has become of an order as an OrderStatusReport.
func (c *Client) StatusReport(ctx context.Context, id order.ID) ([]byte, error) {
	return c.document(ctx, id, "/status-report")
}

func (c *Client) document(ctx context.Context, id order.ID, which string) ([]byte, error) {
	path := "/v2/orders/" + string(id) + which
	a, err := c.call(ctx, request{method: http.MethodGet, path: path, accept: "application/xml, */*", plain: true})
	if err != nil {
		return nil, err
	}
	if !digestFits(a) {
		return nil, order.Errorf(order.Unavailable, "digest-mismatch", "The document of order %s came with another content than its digest says.", id).
			WithHint("It was changed on the way, by a proxy or a broken connection. Try again.")
	}
	return a.body, nil
}

// digestFits compares a body with the SHA-256 of its Repr-Digest (RFC 9530).
// An answer without one fits.
func digestFits(a answer) bool {
	want := sha256.Sum256(a.body)
	for part := range strings.SplitSeq(strings.Join(a.header.Values("Repr-Digest"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if strings.EqualFold(name, "sha-256") {
			return value == ":"+base64.StdEncoding.EncodeToString(want[:])+":"
		}
	}
	return true
}
