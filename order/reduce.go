package order

import (
	"fmt"
	"time"
)

// Reduction takes copies of a product back. Line, when not 0, narrows it to
// that line.
type Reduction struct {
	EAN    string
	Line   int
	Number int64 // how many to take back, from 1
}

// reduce adds a REQUESTED line with the negative quantity. What can be taken
// back is what remains of the product: its lines that are neither rejected nor
// blocked, less the reductions that the receiver has not rejected.
func (o *Order) reduce(by Actor, r Reduction, rules Rules, now time.Time) ([]Event, error) {
	side := o.Role(by.Party)
	switch {
	case side == RoleNone:
		return nil, errNotVisible(by.Party)
	case side&RoleSender == 0:
		return nil, Errorf(Forbidden, "not-sender", "An order is reduced by its sender (%s), and party %s is the receiver.", o.Sender, by.Party).
			WithHint("As receiver you can answer a line: POST …/lines/{lineId}.")
	case r.Number <= 0:
		return nil, Errorf(Invalid, "number-invalid", "The number to take back must be a negative whole number, for example -1.")
	case !o.Status.Routed():
		return nil, Errorf(Forbidden, "order-not-sent", "Order %s is %s; only an order that has reached its receiver can be reduced.", o.ID, o.Status)
	}
	if err := rules.reduce(o); err != nil {
		return nil, err
	}
	if err := o.checkRemains(r); err != nil {
		return nil, err
	}
	line := o.adjustment(r, now)
	o.Lines = append(o.Lines, line)
	ev := o.event(EventReduced, by, now)
	ev.Line, ev.To = line.Number, Requested
	ev.Text = fmt.Sprintf("%d × %s", line.Quantity, line.EAN())
	return []Event{ev}, nil
}

// copies counts a product's copies: ordered on lines that are not rejected,
// open on those that are not blocked either, and taken back already.
func (o *Order) copies(r Reduction) (ordered, open, taken int64) {
	for i := range o.Lines {
		l := &o.Lines[i]
		switch {
		case !r.covers(l) || l.Status == Rejected:
		case l.Adjustment:
			taken -= l.Quantity
		case l.Status == FulfilledBlocked:
			ordered += l.Quantity
		default:
			ordered += l.Quantity
			open += l.Quantity
		}
	}
	return ordered, open, taken
}

// remains returns how many copies can still be taken back: of the product, and
// where a line is named no more than that line has left.
func (o *Order) remains(r Reduction) int64 {
	_, open, taken := o.copies(r)
	left := max(0, open-taken)
	if r.Line == 0 {
		return left
	}
	l := o.Line(r.Line)
	if l == nil || l.Status == Rejected || l.Status == FulfilledBlocked {
		return 0
	}
	return max(0, min(left, l.Quantity-o.takenFrom(r.Line)))
}

// Withdrawn are the lines of which the sender has taken all copies back, by their
// number: true once the receiver has agreed to that, false while a reduction
// waits for its answer. There is nothing left on them to deliver.
func (o *Order) Withdrawn() map[int]bool {
	type product struct {
		open, taken int64
		asked       bool
	}
	products := map[string]*product{}
	of := func(l *Line) *product {
		key := l.EAN()
		if ean, ok := ToEAN(key); ok {
			key = ean
		}
		if products[key] == nil {
			products[key] = &product{}
		}
		return products[key]
	}
	fromLine := map[int]int64{}
	for i := range o.Lines {
		switch l := &o.Lines[i]; {
		case l.Status == Rejected:
		case l.Adjustment:
			p := of(l)
			p.taken -= l.Quantity
			p.asked = p.asked || l.Status == Requested
			fromLine[l.Adjusts] -= l.Quantity
		case l.Status != FulfilledBlocked:
			of(l).open += l.Quantity
		}
	}
	withdrawn := map[int]bool{}
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.Adjustment || l.Status == Rejected || l.Status == FulfilledBlocked {
			continue
		}
		if p := of(l); p.taken > 0 && (p.taken >= p.open || fromLine[l.Number] >= l.Quantity) {
			withdrawn[l.Number] = !p.asked
		}
	}
	return withdrawn
}

// takenFrom counts the copies that have been taken back from one line.
func (o *Order) takenFrom(number int) (taken int64) {
	for i := range o.Lines {
		if l := &o.Lines[i]; l.Adjustment && l.Adjusts == number && l.Status != Rejected {
			taken -= l.Quantity
		}
	}
	return taken
}

// checkRemains refuses a reduction of a product that is not there, is blocked,
// or has fewer copies left.
func (o *Order) checkRemains(r Reduction) error {
	ordered, open, _ := o.copies(r)
	named := o.Line(r.Line)
	switch remains := o.remains(r); {
	case ordered == 0 || r.Line != 0 && (named == nil || !r.covers(named)):
		return Errorf(Forbidden, "product-not-on-order", "Order %s has no open line of product %s.", o.ID, Truncate(r.EAN))
	case open == 0 || named != nil && named.Status == FulfilledBlocked:
		return Errorf(Forbidden, "line-blocked", "Product %s is FULFILLED_BLOCKED: the receiver allows no further change.", Truncate(r.EAN))
	case r.Number > remains:
		return Errorf(Forbidden, "reduction-too-large", "%d copies of %s cannot be taken back: %d remain on the order.", r.Number, Truncate(r.EAN), remains)
	}
	return nil
}

// covers reports whether l is of the product that r takes back.
func (r Reduction) covers(l *Line) bool {
	if l.EAN() == r.EAN {
		return true
	}
	ean, ok := ToEAN(r.EAN)
	return ok && l.EAN() == ean
}

// adjustment makes the line that r adds, in the place behind all others.
func (o *Order) adjustment(r Reduction, now time.Time) Line {
	line := Line{Quantity: -r.Number, Adjustment: true, Adjusts: r.Line, Status: Requested, Changed: now}
	for i := range o.Lines {
		l := &o.Lines[i]
		line.Number = max(line.Number, l.Number)
		if line.Products == nil && r.covers(l) {
			line.Products = append(line.Products, l.Products...)
			line.Detail.Title = l.Detail.Title
		}
	}
	line.Number++
	return line
}
