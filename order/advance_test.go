package order

import (
	"slices"
	"testing"
)

// TestAdvance takes each status forward to each of two: what is open goes there,
// what is as far or closed stays, and so does what waits for its routing.
func TestAdvance(t *testing.T) {
	all := append(Answers(), Unprocessed, Failed, Sent)
	for _, to := range []Status{Received, Fulfilled} {
		moves := map[Status]bool{Sent: true, Received: to == Fulfilled}
		for _, from := range all {
			o := sentOrder(from)
			o.Status = from
			o.Lines = append(o.Lines, Line{Number: 9, Quantity: -1, Adjustment: true, Status: Requested})
			events := o.Advance(receiver, to, t1)
			want := from
			if moves[from] {
				want = to
			}
			if o.Lines[0].Status != want || o.Status != want || (len(events) > 0) != moves[from] || o.Lines[len(o.Lines)-1].Status != Requested {
				t.Errorf("%s to %s: the line is %s, the order %s, events %+v", from, to, o.Lines[0].Status, o.Status, events)
			}
			answered := slices.ContainsFunc(events, func(e Event) bool { return e.Kind == EventAnswered })
			if answered != (from == Sent) {
				t.Errorf("%s to %s: answered %v", from, to, answered)
			}
		}
	}
}

// TestAdvanceLeavesRefusedLines goes on with the lines that are left.
func TestAdvanceLeavesRefusedLines(t *testing.T) {
	o := sentOrder(Rejected, Received, FulfilledBlocked)
	events := o.Advance(receiver, Fulfilled, t1)
	if len(events) != 1 || events[0].Line != 2 || events[0].From != Received || events[0].To != Fulfilled || o.Lines[1].Changed != t1 {
		t.Errorf("events %+v", events)
	}
	if o.Lines[0].Status != Rejected || o.Lines[2].Status != FulfilledBlocked || o.Status != Fulfilled {
		t.Errorf("lines %+v", o.Lines)
	}
}
