package montly

import (
	"time"

	"github.com/bookgate/bookgate/order"
)

// Rules returns the rules of lease orders beside the core's, for changes through
// every dialect. Each step makes an event, so shipping has one too.
func Rules() order.Rules { return order.Rules{Mark: mark, Reduce: reduce, State: step} }

// rule is a rule of a lease order that needs no more than the time.
type rule = func(o *order.Order, by order.Actor, now time.Time) ([]order.Event, error)

// accept records that the finance company accepts: the customer may sign.
func accept(o *order.Order, _ order.Actor, now time.Time) ([]order.Event, error) {
	if err := requireState(o, pending, "accepted"); err != nil {
		return nil, err
	}
	setState(o, accepted, attrAccepted, now)
	return nil, nil
}

// decline records that the finance company declines, with a reason for the shop.
func decline(o *order.Order, by order.Actor, reason string, now time.Time) ([]order.Event, error) {
	if err := requireState(o, pending, "declined"); err != nil {
		return nil, err
	}
	setState(o, declined, attrDeclined, now)
	o.Attributes = o.Attributes.Set(attrReason, reason)
	return o.RejectOpenLines(by, reason, now), nil
}

// sign records the customer's signature. The caller releases the order to the
// shop with the same change.
func sign(o *order.Order, _ order.Actor, now time.Time) ([]order.Event, error) {
	if err := requireState(o, accepted, "signed"); err != nil {
		return nil, err
	}
	setState(o, signed, attrSigned, now)
	return nil, nil
}

// approve records the customer's confirmation that the goods have arrived.
func approve(o *order.Order, by order.Actor, now time.Time) ([]order.Event, error) {
	if err := requireState(o, signed, "confirmed"); err != nil {
		return nil, err
	}
	if !isShipped(o) {
		return nil, order.Errorf(order.Conflict, "lease-state",
			"The lease order %s has not been shipped, so its arrival cannot be confirmed.", order.Truncate(o.Number)).
			WithHint("The shop has to report it as shipped first.")
	}
	setState(o, deliveryApproved, attrDeliveryApproved, now)
	return o.AdvanceOpenLines(by, order.Fulfilled, now), nil
}

// cancelComment is the comment on the lines in the history.
const cancelComment = "cancelled by buyer"

// cancel cancels an order that the customer has not signed. A second call changes
// nothing.
func cancel(o *order.Order, by order.Actor, now time.Time) ([]order.Event, error) {
	switch s := state(o); s {
	case cancelled:
		return nil, nil
	case pending, accepted:
		setState(o, cancelled, attrCancelled, now)
		return o.RejectOpenLines(by, cancelComment, now), nil
	default:
		return nil, order.Errorf(order.Conflict, "lease-state",
			"The lease order %s is %s; it can be cancelled until the customer has signed it.", order.Truncate(o.Number), s).
			WithHint("Nothing was changed.")
	}
}

// ship records when the shop shipped the goods. The first time counts.
func ship(o *order.Order, by order.Actor, at, now time.Time) ([]order.Event, error) {
	if err := requireState(o, signed, "shipped"); err != nil || isShipped(o) {
		return nil, err
	}
	o.Attributes = o.Attributes.Set(attrShipped, formatTime(at))
	return o.AdvanceOpenLines(by, order.Received, now), nil
}

// shipAt returns the rule of shipping at a given time.
func shipAt(at time.Time) rule {
	return func(o *order.Order, by order.Actor, now time.Time) ([]order.Event, error) {
		return ship(o, by, at, now)
	}
}

// requireState returns a Conflict if an order is not in the wanted state. done is
// what the caller wants to do to it.
func requireState(o *order.Order, wanted, done string) error {
	if s := state(o); s != wanted {
		return order.Errorf(order.Conflict, "lease-state",
			"The lease order %s is %s; only one that is %s can be %s.", order.Truncate(o.Number), s, wanted, done).
			WithHint("Nothing was changed.")
	}
	return nil
}

// mark applies an answer of the shop to a line of a signed order. RECEIVED starts
// work on a line. When the last line is FULFILLED, the goods are shipped; the
// customer confirms that they arrived. When all are REJECTED, the order is
// declined.
func mark(o *order.Order, m order.LineUpdate, now time.Time) error {
	s, to := state(o), progressOf(m.Status)
	switch {
	case s == pending || s == accepted:
		return order.Errorf(order.Conflict, "lease-unsigned",
			"The lease order %s is %s; its lines are answered when the customer has signed it.",
			order.Truncate(o.Number), s).
			WithHint("Wait for the signature.")
	case s == signed && !isShipped(o):
		deriveState(o, m, now)
		return nil
	case (s == signed || s == deliveryApproved) && to == lineShipped,
		s == signed && to == lineInProgress && progressOf(o.Line(m.Line).Status) == lineInProgress:
		return nil
	}
	return order.Errorf(order.Conflict, "lease-closed",
		"The lease order %s is %s, so line %d cannot become %s.", order.Truncate(o.Number), step(o), m.Line, m.Status).
		WithHint("What was shipped, declined or cancelled stays so.")
}

// deriveState sets what becomes of the order after the answer to one line.
func deriveState(o *order.Order, m order.LineUpdate, now time.Time) {
	out, refused := 0, 0
	for i := range o.Lines {
		l := &o.Lines[i]
		status := l.Status
		if l.Number == m.Line {
			status = m.Status
		}
		switch progressOf(status) {
		case lineShipped:
			out++
		case lineRejected:
			refused++
		}
	}
	switch {
	case out+refused < len(o.Lines):
	case out > 0:
		o.Attributes = o.Attributes.Set(attrShipped, formatTime(now))
	default:
		setState(o, declined, attrDeclined, now)
		o.Attributes = o.Attributes.Set(attrReason, m.Answer.Comment)
	}
}

// lineProgress is the progress of a line, as a lease order has it.
type lineProgress int

const (
	lineInProgress lineProgress = iota
	lineShipped
	lineRejected
)

func progressOf(s order.Status) lineProgress {
	switch s {
	case order.Fulfilled, order.FulfilledAssigned, order.FulfilledBlocked:
		return lineShipped
	case order.Rejected:
		return lineRejected
	}
	return lineInProgress
}

// reduce refuses to take copies back: the customer signed for the whole order, and
// before that it can be cancelled.
func reduce(o *order.Order) error {
	return order.Errorf(order.Conflict, "lease-whole",
		"The lease order %s was signed as a whole; it is not reduced.", order.Truncate(o.Number)).
		WithHint("Until the customer has signed it can be cancelled.")
}
