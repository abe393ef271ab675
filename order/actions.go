package order

import (
	"context"
	"slices"
	"time"
)

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
