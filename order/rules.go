package order

import "time"

// Rules are what the dialect of an order has to say about the changes that
// parties make to it, whichever way they come. They are asked inside
// Store.Update after the order's own rules on who may do what, and before the
// change is applied. A rule may set the order's Facts; its error, an [Error] of
// kind Conflict as a rule, refuses the change. A rule may run more than once,
// so it must touch nothing but the order. Each may be nil.
type Rules struct {
	// Mark is asked for every line that the receiver answers. What of m.Facts
	// it does not take over into the order's is not kept.
	Mark func(o *Order, m Mark, now time.Time) error

	// Reduce is asked for every line of which the sender takes copies back, also
	// in a cancellation.
	Reduce func(o *Order) error

	// State gives the dialect's word for where the order stands. Where there is
	// one, every change that makes it another is followed by a moved event,
	// whoever made the change; the dialect then adds none itself.
	State func(o *Order) string
}

// rules are those of an order's dialect.
func (x *Exchange) rules(o *Order) Rules { return x.config.Rules[o.Dialect()] }

// state is the dialect's word for an order, or "".
func (r Rules) state(o *Order) string {
	if r.State == nil {
		return ""
	}
	return r.State(o)
}

// withStateEvent makes a change and tells when the order moved on by it.
func (r Rules) withStateEvent(o *Order, by Actor, now time.Time, change func(*Order) ([]Event, error)) ([]Event, error) {
	from := r.state(o)
	events, err := change(o)
	if to := r.state(o); err == nil && to != from {
		events = append(events, o.Move(by, from, to, now))
	}
	return events, err
}

// mark asks the dialect whether a line may be answered.
func (r Rules) mark(o *Order, m Mark, now time.Time) error {
	if len(m.Facts) > 0 {
		if err := m.Facts.check(); err != nil {
			return err
		}
		if r.Mark == nil {
			return Errorf(Invalid, "facts-not-taken", "Order %s came in a way that knows no facts beside the answer.", o.ID).
				WithHint("Leave the facts out.")
		}
	}
	if r.Mark == nil {
		return nil
	}
	return r.Mark(o, m, now)
}

// reduce asks the dialect whether copies may be taken back.
func (r Rules) reduce(o *Order) error {
	if r.Reduce == nil {
		return nil
	}
	return r.Reduce(o)
}
