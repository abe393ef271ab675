package montly

import (
	"time"

	"github.com/bookgate/bookgate/order"
)

// Rules are what lease orders add to the core's rules, whoever changes one and
// through whichever dialect. A moved event is made for each step, so shipping
// has one too.
func Rules() order.Rules { return order.Rules{Mark: mark, Reduce: reduce, State: step} }

// rule is a rule of a lease order that needs no more than the time.
type rule = func(o *order.Order, by order.Actor, now time.Time) ([]order.Event, error)

// accept is the finance company's yes: the customer may sign.
func accept(o *order.Order, _ order.Actor, now time.Time) ([]order.Event, error) {
	if err := requireState(o, pending, "accepted"); err != nil {
		return nil, err
	}
	setState(o, accepted, attrAccepted, now)
	return nil, nil
}

// decline is the finance company's no.
func decline(o *order.Order, by order.Actor, reason string, now time.Time) ([]order.Event, error) {
	if err := requireState(o, pending, "declined"); err != nil {
		return nil, err
	}
	setState(o, declined, attrDeclined, now)
	o.Facts = o.Facts.With(attrReason, reason)
	return o.Withdraw(by, reason, now), nil
}

// sign is the customer's signature. Whoever keeps it releases the order to the
// shop with the same change.
func sign(o *order.Order, _ order.Actor, now time.Time) ([]order.Event, error) {
	if err := requireState(o, accepted, "signed"); err != nil {
		return nil, err
	}
	setState(o, signed, attrSigned, now)
	return nil, nil
}

// approve is the customer's word that the goods have arrived.
func approve(o *order.Order, by order.Actor, now time.Time) ([]order.Event, error) {
	if err := requireState(o, signed, "confirmed"); err != nil {
		return nil, err
	}
	if !isShipped(o) {
		return nil, order.Errorf(order.Conflict, "lease-state", "The lease order %s has not been shipped, so its arrival cannot be confirmed.", order.Cut(o.Number)).
			WithHint("The shop tells first that it was shipped.")
	}
	setState(o, deliveryApproved, attrDeliveryApproved, now)
	return o.Advance(by, order.Fulfilled, now), nil
}

// cancelComment is what the history says beside the lines.
const cancelComment = "cancelled by buyer"

// cancel withdraws an order that the customer has not signed. Withdrawing it
// again changes nothing.
func cancel(o *order.Order, by order.Actor, now time.Time) ([]order.Event, error) {
	switch s := state(o); s {
	case cancelled:
		return nil, nil
	case pending, accepted:
		setState(o, cancelled, attrCancelled, now)
		return o.Withdraw(by, cancelComment, now), nil
	default:
		return nil, order.Errorf(order.Conflict, "lease-state", "The lease order %s is %s; it can be cancelled until the customer has signed it.", order.Cut(o.Number), s).
			WithHint("Nothing was changed.")
	}
}

// ship keeps when the shop sent the goods. The first time counts.
func ship(o *order.Order, by order.Actor, at, now time.Time) ([]order.Event, error) {
	if err := requireState(o, signed, "shipped"); err != nil || isShipped(o) {
		return nil, err
	}
	o.Facts = o.Facts.With(attrShipped, formatTime(at))
	return o.Advance(by, order.Received, now), nil
}

// shipAt is the rule of shipping at a given time.
func shipAt(at time.Time) rule {
	return func(o *order.Order, by order.Actor, now time.Time) ([]order.Event, error) {
		return ship(o, by, at, now)
	}
}

// requireState refuses an order that is not in the one state in which something can be
// done to it: it is too early for that, or too late.
func requireState(o *order.Order, wanted, done string) error {
	if s := state(o); s != wanted {
		return order.Errorf(order.Conflict, "lease-state", "The lease order %s is %s; only one that is %s can be %s.", order.Cut(o.Number), s, wanted, done).
			WithHint("Nothing was changed.")
	}
	return nil
}

// mark lets the shop answer the lines of a signed order through the exchange.
// RECEIVED takes a line into work. When the last line is FULFILLED, the goods are
// shipped; that they arrived is the customer's to say. When all are REJECTED,
// the order is declined.
func mark(o *order.Order, m order.Mark, now time.Time) error {
	s, to := state(o), progressOf(m.Status)
	switch {
	case s == pending || s == accepted:
		return order.Errorf(order.Conflict, "lease-unsigned", "The lease order %s is %s; its lines are answered when the customer has signed it.", order.Cut(o.Number), s).
			WithHint("Wait for the signature.")
	case s == signed && !isShipped(o):
		deriveState(o, m, now)
		return nil
	case (s == signed || s == deliveryApproved) && to == lineShipped, s == signed && to == lineInProgress && progressOf(o.Line(m.Line).Status) == lineInProgress:
		return nil
	}
	return order.Errorf(order.Conflict, "lease-closed", "The lease order %s is %s, so line %d cannot become %s.", order.Cut(o.Number), step(o), m.Line, m.Status).
		WithHint("What was shipped, declined or cancelled stays so.")
}

// deriveState draws from the answer to one line what becomes of the order.
func deriveState(o *order.Order, m order.Mark, now time.Time) {
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
		o.Facts = o.Facts.With(attrShipped, formatTime(now))
	default:
		setState(o, declined, attrDeclined, now)
		o.Facts = o.Facts.With(attrReason, m.Answer.Comment)
	}
}

// lineProgress is how far a line is, as far as a lease order cares.
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

// reduce refuses to take copies back: the customer signed for the whole, and
// before that the order is cancelled.
func reduce(o *order.Order) error {
	return order.Errorf(order.Conflict, "lease-whole", "The lease order %s was signed as a whole; it is not reduced.", order.Cut(o.Number)).
		WithHint("Until the customer has signed it can be cancelled.")
}
