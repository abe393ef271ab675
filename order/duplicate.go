package order

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// repeats judges a second order under a number that its sender has used: nil
// when it says what the first said, else a Conflict that names the first and
// what differs. The time of issue may differ, and Original may become
// Duplicate, for a sender that repeats an order may say so and say when. A test
// and a real order never stand for each other: the real one would be lost.
func (o *Order) repeats(first *Order) error {
	diff := o.differences(first)
	if len(diff) == 0 {
		return nil
	}
	e := Errorf(Conflict, "duplicate-number", "Number %s was used at %s for order %s with other content.",
		Cut(o.Number), first.Created.UTC().Format(time.RFC3339), first.ID).
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
		diff = append(diff, Field{Path: path, Code: "differs", Message: fmt.Sprintf("was %s in the first order", Cut(was)), Value: is})
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
	return sameJSON(a, b) && sameJSON(o.Kept, first.Kept)
}

// sameJSON compares two values by the form in which they are kept, where an
// empty list and a missing one are the same.
func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}
