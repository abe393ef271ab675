package order

import (
	"context"
	"fmt"
)

// A ruling is what a dialect does to an order of its own: it alters the order
// and gives the events that tell of it. Without an event nothing is kept. It may
// run more than once, so it must touch nothing but the order.
type changeFunc = func(*Order) ([]Event, error)

// Act runs a dialect's rule on an order that by's party sees; to others it is
// not there. An order that the rule no longer holds is routed at once.
func (x *Exchange) Act(ctx context.Context, by Actor, id ID, rule func(*Order) ([]Event, error)) (Order, error) {
	return x.applyThenRoute(ctx, rule, func(rule changeFunc) (Order, error) { return x.change(ctx, by, id, AnyRevision, rule) })
}

// Release does as Act, and ends the order's waiting for a decision, so that it
// is routed. When the rule gives no event, a moved one tells of the release.
func (x *Exchange) Release(ctx context.Context, by Actor, id ID, rule func(*Order) ([]Event, error)) (Order, error) {
	return x.Act(ctx, by, id, func(o *Order) ([]Event, error) {
		held, from := o.Held, x.rules(o).state(o)
		events, err := rule(o)
		if err != nil || !held {
			return events, err
		}
		if o.Held = false; len(events) == 0 && from == x.rules(o).state(o) {
			ev := o.Move(by, "", "", x.config.Now())
			ev.Text = "released"
			events = []Event{ev}
		}
		return events, nil
	})
}

// Decide does as Act for an operator, who may decide about every order of a
// dialect whatever side by stands on. Of another dialect there is none.
func (x *Exchange) Decide(ctx context.Context, by Actor, dialect string, id ID, rule func(*Order) ([]Event, error)) (Order, error) {
	return x.applyThenRoute(ctx, rule, func(rule changeFunc) (Order, error) {
		var events []Event
		o, err := x.store.Update(ctx, id, func(o *Order) (_ []Event, err error) {
			if o.Dialect() != dialect {
				return nil, Errorf(NotFound, "order-not-found", "There is no order with this id.")
			}
			events, err = x.rules(o).withStateEvent(o, by, x.config.Now(), rule) // the last time that this runs counts
			return events, err
		})
		if err == nil {
			x.publish(&o, events)
		}
		return o, err
	})
}

// applyThenRoute runs a rule by way of update, and routes an order that the rule let go.
// When routing fails now, the sweep tries again: the order is not held any more.
func (x *Exchange) applyThenRoute(ctx context.Context, rule changeFunc, update func(changeFunc) (Order, error)) (Order, error) {
	held := false
	o, err := update(func(o *Order) ([]Event, error) {
		held = o.Held
		return rule(o)
	})
	if err != nil || !held || o.Held || o.Status != Unprocessed {
		return o, err
	}
	routed, err := x.process(ctx, o)
	if err != nil {
		x.logFailure(ctx, fmt.Sprintf("settle order %s", o.ID), err)
		return o, nil
	}
	return routed, nil
}
