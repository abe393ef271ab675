package order

import "testing"

// TestMovesAreFollowed tells of a change in the dialect's own words, once, and
// of none that leaves its word as it was or is refused.
func TestMovesAreFollowed(t *testing.T) {
	rules := Rules{State: func(o *Order) string {
		if o.Status == Sent {
			return "OPEN"
		}
		return "TAKEN"
	}}
	o := sentOrder(Sent)
	mark := func(s Status) []Event {
		t.Helper()
		events, err := rules.withStateEvent(&o, receiver, t1, func(o *Order) ([]Event, error) { return o.mark(receiver, Mark{Line: 1, Status: s}, rules, t1) })
		if err != nil {
			t.Fatal(err)
		}
		return events
	}
	first, second := mark(Received), mark(Fulfilled)
	last := first[len(first)-1]
	if len(first) != 3 || last.Kind != EventMoved || last.From != "OPEN" || last.To != "TAKEN" || last.Party != receiver.Party {
		t.Errorf("the first mark: %+v", first)
	}
	if len(second) != 1 || second[0].Kind != EventMarked {
		t.Errorf("the second mark: %+v", second)
	}
	if events, err := rules.withStateEvent(&o, receiver, t1, func(o *Order) ([]Event, error) {
		o.Status = Sent
		return nil, Errorf(Conflict, "no", "No.")
	}); err == nil || len(events) != 0 {
		t.Errorf("a refused change: %v, %v", events, err)
	}
}
