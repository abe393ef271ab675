package order

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// checkDuplicate judges a second order under a number that its sender has used in the
// same dialect. When the content of the first is no longer stored whole, only the
// very same document is the same order.
func (x *Exchange) checkDuplicate(ctx context.Context, o, first *Order, doc Document) error {
	switch {
	case !first.Purged.IsZero():
		return o.errNumberUsed(first, "order-retired", "that was taken out of keeping at "+first.Purged.UTC().Format(time.RFC3339))
	case first.Erased.IsZero():
		differs := o.checkDuplicate(first)
		if differs == nil || len(doc.Body) == 0 {
			return differs
		}
		// The very same document is the same order, also where it was read otherwise
		// before an upgrade.
		if stored, err := x.store.Document(ctx, o.Sender, first.ID); err == nil && stored.SHA256 == doc.SHA256 {
			return nil
		}
		return differs
	}
	stored, err := x.store.Document(ctx, o.Sender, first.ID)
	switch kind := KindOf(err); {
	case kind == Gone && stored.SHA256 == doc.SHA256:
		return nil
	case kind != Gone && kind != NotFound && err != nil:
		return fmt.Errorf("the document of order %s: %w", first.ID, err)
	}
	return o.errNumberUsed(first, "order-erased", "whose personal data were erased at "+first.Erased.UTC().Format(time.RFC3339)+", so that the two cannot be compared")
}

// errNumberUsed refuses a number whose first order can no longer be compared.
func (o *Order) errNumberUsed(first *Order, code, why string) error {
	return Errorf(Conflict, code, "Number %s was used at %s for order %s, %s.",
		Truncate(o.Number), first.Created.UTC().Format(time.RFC3339), first.ID, why).
		WithHint("Use a new OrderNumber for a new order.")
}

// checkDuplicate judges a second order under a number that its sender has used: nil
// when it says what the first said, else a Conflict that names the first and
// what differs. The time of issue may differ, and Original may become
// Duplicate, for a sender that repeats an order may say so and say when. A test
// and a real order never stand for each other: the real one would be lost.
func (o *Order) checkDuplicate(first *Order) error {
	diff := o.differences(first)
	if len(diff) == 0 {
		return nil
	}
	e := Errorf(Conflict, "duplicate-number", "Number %s was used at %s for order %s with other content.",
		Truncate(o.Number), first.Created.UTC().Format(time.RFC3339), first.ID).
		WithHint("Use a new OrderNumber for a new order, or take copies back with POST /orders/%s/update.", first.ID)
	for _, d := range diff {
		e = e.WithField(d)
	}
	return e
}

// maxDifferences bounds what one answer lists: enough to see the pattern.
const maxDifferences = 10

// differences lists what o says otherwise than first.
func (o *Order) differences(first *Order) []Field {
	var diff []Field
	add := func(path, was, is string) {
		diff = append(diff, Field{Path: path, Code: "differs", Message: fmt.Sprintf("was %s in the first order", Truncate(was)), Value: is})
	}
	lines := originals(o.Lines)
	firsts := originals(first.Lines)
	if len(lines) != len(firsts) {
		add("/Order/ItemDetail", fmt.Sprintf("%d lines", len(firsts)), fmt.Sprintf("%d lines", len(lines)))
	}
	for i := range min(len(lines), len(firsts)) {
		if len(diff) == maxDifferences {
			return diff
		}
		diffLine(lines[i], firsts[i], i+1, add)
	}
	if o.IsTest() != first.IsTest() {
		add("/Order/Header/PurposeCode", string(first.Header.Purpose), string(o.Header.Purpose))
	}
	if !sameHeader(o, first) {
		add("/Order/Header", "different", "")
	}
	return diff
}

func diffLine(l, first Line, at int, add func(path, was, is string)) {
	path := fmt.Sprintf("/Order/ItemDetail[%d]", at)
	switch {
	case l.EAN() != first.EAN():
		add(path+"/ProductID", first.EAN(), l.EAN())
	case l.Quantity != first.Quantity:
		add(path+"/OrderQuantity", fmt.Sprint(first.Quantity), fmt.Sprint(l.Quantity))
	case !sameJSON(l.Detail, first.Detail) || !sameJSON(l.Products, first.Products):
		add(path, "different", "")
	}
}

// originals leaves out the lines that were added after the order was sent.
func originals(lines []Line) []Line {
	var out []Line
	for _, l := range lines {
		if !l.Adjustment {
			out = append(out, l)
		}
	}
	return out
}

func sameHeader(o, first *Order) bool {
	a, b := o.Header, first.Header
	a.Purpose, b.Purpose = "", ""
	a.IssuedAt, b.IssuedAt = "", ""
	return o.CustomerRef == first.CustomerRef && sameJSON(a, b) && sameJSON(o.Extensions, first.Extensions)
}

// sameJSON compares two values by the form in which they are stored, where an
// empty list and a missing one are the same.
func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}
