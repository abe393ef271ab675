package client

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// Order returns an order with the ETag of its present revision.
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

// History returns all that happened to an order, oldest first.
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

// EDItX returns an order as a document: written from the order as it is now, or
// the original as the sender wrote it. Where the server sends a digest, the
// bytes have been compared with it.
func (c *Client) EDItX(ctx context.Context, id order.ID, original bool) ([]byte, error) {
	if original {
		return c.document(ctx, id, "/editx/original")
	}
	return c.document(ctx, id, "/editx")
}

// Response returns the receiver's answers to an order as an OrderResponse.
func (c *Client) Response(ctx context.Context, id order.ID) ([]byte, error) {
	return c.document(ctx, id, "/response")
}

// StatusReport returns what has become of an order as an OrderStatusReport.
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

// Receipt is the answer to a submitted order.
type Receipt struct {
	ID       order.ID
	Location string // its address
	Repeated bool   // it had been sent before this call
}

// Send hands in an EDItX order. A lost answer does no harm: the exchange knows
// an order by its number and takes it once, so trying again is safe.
func (c *Client) Send(ctx context.Context, body []byte) (Receipt, error) {
	a, err := c.call(ctx, request{method: http.MethodPost, path: "/orders", kind: "application/xml", body: body})
	if err != nil {
		return Receipt{}, err
	}
	r := Receipt{Location: a.header.Get("Location")}
	// When the request went out twice, the repeat may be our own.
	r.Repeated = a.tries == 1 && a.header.Get("Idempotency-Replayed") == "true"
	var ok bool
	if r.ID, ok = ParseLocation(r.Location); !ok {
		return Receipt{}, c.unreadable(a)
	}
	return r, nil
}

// The pauses between two looks at an order that is being processed: most take
// milliseconds, and a slow one should not be asked for all the time.
const (
	firstLook   = 20 * time.Millisecond
	longestLook = time.Second
)

// Wait returns an order once it has been processed. When ctx ends before, it
// returns the order as last seen, still UNPROCESSED, with the error of ctx.
func (c *Client) Wait(ctx context.Context, id order.ID) (hal.Order, error) {
	var last hal.Order
	for pause := firstLook; ; pause = min(2*pause, longestLook) {
		doc, _, err := c.Order(ctx, id)
		if err != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return last, err
		}
		if last = doc; doc.Status != string(order.Unprocessed) {
			return doc, nil
		}
		select {
		case <-ctx.Done():
			return last, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// SendMessage hands in an EDItXMessage and returns its acknowledgement, also when
// none of its documents was accepted. As with a single order a lost answer does
// no harm. repeated reports that the message had been sent before this call.
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

// ParseLocation returns the id of the order that an address means.
func ParseLocation(location string) (order.ID, bool) {
	u, err := url.Parse(location)
	if err != nil {
		return "", false
	}
	return order.ParseID(path.Base(u.Path))
}
