package installer

import (
	"context"
	"fmt"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// statusThen is the status that an order had when an event was over: what the
// last move up to then, which the same change may have brought, made of it.
func statusThen(ctx context.Context, orders Orders, d webhook.Delivery) (status, error) {
	if d.Type == webhook.OrderReceived {
		return statusCreated, nil
	}
	if s, ok := parseStatus(string(d.Event.To)); ok && d.Type == webhook.OrderMoved {
		return s, nil
	}
	events, err := orders.History(ctx, d.Party, d.Event.Order)
	if err != nil {
		return 0, fmt.Errorf("read the history of an event: %w", err)
	}
	return statusIn(events, d.Event.Event), nil
}

// statusIn reads a history up to the end of the change that the event with this
// number is of.
func statusIn(events []order.Event, number int) status {
	revision, then := int64(0), statusCreated
	for _, e := range events {
		if e.Number == number {
			revision = e.Revision
		}
	}
	for _, e := range events {
		if s, ok := parseStatus(string(e.To)); ok && e.Kind == order.EventMoved && e.Revision <= revision {
			then = s
		}
	}
	return then
}
