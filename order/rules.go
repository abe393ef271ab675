package order

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Rules are what the dialect of an order has to say about the changes that
// parties make to it, whichever way they come. They are asked inside
// Store.Update after the order's own rules on who may do what, and before the
// change is applied. A rule may set the order's Attributes; its error, an [Error] of
// kind Conflict as a rule, refuses the change. A rule may run more than once,
// so it must touch nothing but the order. Each may be nil.
type Rules struct {
	// Mark is asked for every line that the receiver answers. What of m.Attributes
	// it does not take over into the order's is not stored.
	Mark func(o *Order, m LineUpdate, now time.Time) error

	// Reduce is asked for every line of which the sender takes copies back, also
	// in a cancellation.
	Reduce func(o *Order) error

	// State returns the dialect's word for where the order stands. Where there is
	// one, every change that makes it another is followed by a moved event,
	// whichever party made the change; the dialect then adds none itself.
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

// withStateEvent makes a change and adds an event when the order moved on by it.
func (r Rules) withStateEvent(o *Order, by Actor, now time.Time, change changeFunc) ([]Event, error) {
	from := r.state(o)
	events, err := change(o)
	if to := r.state(o); err == nil && to != from {
		events = append(events, o.StateChanged(by, from, to, now))
	}
	return events, err
}

// mark asks the dialect whether a line may be answered.
func (r Rules) mark(o *Order, m LineUpdate, now time.Time) error {
	if len(m.Attributes) > 0 {
		if err := m.Attributes.check(); err != nil {
			return err
		}
		if r.Mark == nil {
			return Errorf(Invalid, "attributes-not-accepted", "Order %s came in a way that knows no attributes beside the answer.", o.ID).
				WithHint("Leave the attributes out.")
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

// changeFunc is what a dialect does to an order of its own: it alters the order
// and returns the events that record it. Without an event nothing is stored. It
// may run more than once, so it must touch nothing but the order.
type changeFunc = func(*Order) ([]Event, error)

// Apply runs a dialect's rule on an order that by's party sees; to others it is
// not there. An order that the rule no longer holds is routed at once.
func (x *Exchange) Apply(ctx context.Context, by Actor, id ID, rule func(*Order) ([]Event, error)) (Order, error) {
	return x.applyThenRoute(ctx, rule, func(rule changeFunc) (Order, error) {
		return x.change(ctx, by, id, AnyRevision, rule)
	})
}

// ApplyAndRelease does as Apply, and ends the order's waiting for a decision, so
// that it is routed. When the rule returns no event, a moved one records the
// release.
func (x *Exchange) ApplyAndRelease(ctx context.Context, by Actor, id ID,
	rule func(*Order) ([]Event, error)) (Order, error) {
	return x.Apply(ctx, by, id, func(o *Order) ([]Event, error) {
		held, from := o.OnHold, x.rules(o).state(o)
		events, err := rule(o)
		if err != nil || !held {
			return events, err
		}
		if o.OnHold = false; len(events) == 0 && from == x.rules(o).state(o) {
			ev := o.StateChanged(by, "", "", x.config.Now())
			ev.Text = "released"
			events = []Event{ev}
		}
		return events, nil
	})
}

// ApplyAsOperator does as Apply for an operator, who may decide about every order of
// a dialect whatever side by stands on. Of another dialect there is none.
func (x *Exchange) ApplyAsOperator(ctx context.Context, by Actor, dialect string, id ID,
	rule func(*Order) ([]Event, error)) (Order, error) {
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

// applyThenRoute runs a rule by way of update, and routes an order that the rule let
// go. When routing fails now, the sweep tries again: the order is not held any more.
func (x *Exchange) applyThenRoute(ctx context.Context, rule changeFunc,
	update func(changeFunc) (Order, error)) (Order, error) {
	held := false
	o, err := update(func(o *Order) ([]Event, error) {
		held = o.OnHold
		return rule(o)
	})
	if err != nil || !held || o.OnHold || o.Status != Unprocessed {
		return o, err
	}
	routed, err := x.process(ctx, o)
	if err != nil {
		x.logFailure(ctx, fmt.Sprintf("settle order %s", o.ID), err)
		return o, nil
	}
	return routed, nil
}

// StateChanged returns the event that the order went on in its own dialect. from and
// to are that dialect's words; either may be empty.
func (o *Order) StateChanged(by Actor, from, to string, now time.Time) Event {
	ev := o.event(EventStateChanged, by, now)
	ev.From, ev.To = Status(from), Status(to)
	return ev
}

// RejectOpenLines ends what is still open: every original line that is not yet
// delivered or rejected becomes REJECTED with the comment, with one marked event
// each. It is for an order that is cancelled in its dialect, held or routed;
// one that nothing is open of stays as it is and returns no event. When the lines
// that it ends were the last without an answer, the answered event follows.
func (o *Order) RejectOpenLines(by Actor, comment string, now time.Time) []Event {
	var events []Event
	missing := len(o.unansweredLines())
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.Adjustment || l.Status != Unprocessed && !l.Status.open() {
			continue
		}
		ev := o.event(EventMarked, by, now)
		ev.Line, ev.From, ev.To, ev.Text = l.Number, l.Status, Rejected, comment
		l.Status, l.Answer, l.Changed = Rejected, Answer{Comment: comment}, now
		events = append(events, ev)
	}
	if len(events) == 0 {
		return nil
	}
	o.OnHold = false
	o.Status = o.deriveStatus()
	if missing > 0 {
		events = append(events, o.answered(by, now))
	}
	return events
}

// AdvanceOpenLines takes what is open at the receiver forward: every original line that
// is SENT or RECEIVED, and not as far yet, becomes to, with one marked event
// each. It is for an order whose dialect knows without the receiver's answer how
// far it is. What waits for its routing stays as it is.
func (o *Order) AdvanceOpenLines(by Actor, to Status, now time.Time) []Event {
	var events []Event
	missing := len(o.unansweredLines())
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.Adjustment || !l.Status.open() || progress[l.Status] >= progress[to] {
			continue
		}
		ev := o.event(EventMarked, by, now)
		ev.Line, ev.From, ev.To = l.Number, l.Status, to
		l.Status, l.Changed = to, now
		events = append(events, ev)
	}
	if len(events) == 0 {
		return nil
	}
	o.Status = o.deriveStatus()
	if missing > 0 && len(o.unansweredLines()) == 0 {
		events = append(events, o.answered(by, now))
	}
	return events
}

// Actions are what a party may do to an order as it stands, so that a view can
// lead to that and to nothing that would be refused.
type Actions struct {
	Answer []int // lines that take another answer from the party, ascending
	Reduce []int // lines of which the party can take copies back, ascending
	Cancel bool  // whether the party can withdraw the order as a whole
}

// Actions returns what party may do to o, by the rules of the exchange and of
// the order's dialect.
func (x *Exchange) Actions(party PartyID, o *Order) (a Actions) {
	side := o.Role(party)
	if side&RoleReceiver != 0 {
		a.Answer = o.answerable(x.rules(o), x.config.Now())
	}
	if side&RoleSender != 0 {
		a.Reduce, a.Cancel = o.reducible(x.rules(o))
	}
	return a
}

// answerable lists the lines that take another answer: one of the statuses is
// accepted and changes something. The rules of a dialect touch the attributes alone,
// so they are asked over a copy that shares the lines.
func (o *Order) answerable(rules Rules, now time.Time) (lines []int) {
	attempt := *o
	for i := range o.Lines {
		l := &o.Lines[i]
		if slices.ContainsFunc(Answers(), func(s Status) bool {
			attempt.Attributes = o.Attributes
			changes, err := attempt.admit(l, LineUpdate{Line: l.Number, Status: s}, rules, now)
			return err == nil && changes
		}) {
			lines = append(lines, l.Number)
		}
	}
	return lines
}

// reducible lists the lines that reduce would take a copy from, and reports
// whether cancel would find one. It is what remains says of each line, counted
// for all of them in one go: an order may have thousands.
func (o *Order) reducible(rules Rules) (lines []int, cancel bool) {
	if !o.Status.Routed() || rules.reduce(o) != nil {
		return nil, false
	}
	left := map[string]int64{} // copies of a product that are open and not taken back
	from := map[int]int64{}    // copies that were taken back from a line
	for i := range o.Lines {
		switch l := &o.Lines[i]; {
		case l.Status == Rejected:
		case l.Adjustment:
			left[l.EAN()] += l.Quantity // negative
			from[l.Adjusts] -= l.Quantity
		case l.Status != FulfilledBlocked:
			left[l.EAN()] += l.Quantity
		}
	}
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.Adjustment || l.Status == Rejected || l.Status == FulfilledBlocked {
			continue
		}
		if min(left[l.EAN()], l.Quantity-from[l.Number]) <= 0 {
			continue
		}
		lines = append(lines, l.Number)
		cancel = cancel || l.Status.open()
	}
	return lines, cancel
}

// HasDocument reports whether party can read the message that o came in. Of an
// order that is younger than MinRetention it is known without a look at the
// store.
func (x *Exchange) HasDocument(ctx context.Context, party PartyID, o *Order) (bool, error) {
	if x.privateDocument(party, o) || !o.Erased.IsZero() {
		return false, nil
	}
	if x.config.Now().Sub(o.Created) < MinRetention {
		return true, nil
	}
	return x.store.HasDocument(ctx, party, o.ID)
}
