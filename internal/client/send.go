package client

import (
	"context"
	"net/http"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// Receipt tells a sender where its order is.
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

// Wait gives an order once it has been processed. When ctx ends before, it
// gives the order as last seen, still UNPROCESSED, with the error of ctx.
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
