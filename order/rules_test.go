package order

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// deviceRules keep the device that a mark names, and let nothing be taken back
// once it is sent.
func deviceRules() Rules {
	return Rules{
		Mark: func(o *Order, m LineUpdate, _ time.Time) error {
			if m.Status == Rejected {
				return Errorf(Conflict, "too-late", "No.")
			}
			if d := m.Attributes["deviceId"]; d != "" {
				o.Attributes = o.Attributes.Set("deviceId", d)
			}
			return nil
		},
		Reduce: func(o *Order) error {
			if o.Attributes["deviceId"] != "" {
				return Errorf(Conflict, "sent", "No.")
			}
			return nil
		},
	}
}

func TestRulesAreAskedAboutMarks(t *testing.T) {
	o, rules := sentOrder(Sent, Sent), deviceRules()
	if _, err := o.mark(receiver, LineUpdate{Line: 1, Status: Rejected}, rules, t1); CodeOf(err) != "too-late" || o.Lines[0].Status != Sent {
		t.Errorf("the dialect's refusal gave %v", err)
	}
	if _, err := o.mark(sender, LineUpdate{Line: 1, Status: Rejected}, rules, t1); CodeOf(err) != "not-receiver" {
		t.Errorf("a party that may not mark gets %v", err)
	}
	device := LineUpdate{Line: 1, Status: Received, Answer: Answer{Comment: "her"}, Attributes: Attributes{"deviceId": "D-1", "colour": "blue"}}
	if events, err := o.mark(receiver, device, rules, t1); err != nil || len(events) != 1 || o.Attributes["deviceId"] != "D-1" || len(o.Attributes) != 1 {
		t.Errorf("%d events, %v, attributes %v", len(events), err, o.Attributes)
	}
	if events, err := o.mark(receiver, device, rules, t1); err != nil || len(events) != 0 {
		t.Errorf("the same again gave %d events, %v", len(events), err)
	}
	device.Attributes, device.Answer = Attributes{"deviceId": "D-2"}, Answer{}
	if events, err := o.mark(receiver, device, rules, t1); err != nil || len(events) != 1 || o.Attributes["deviceId"] != "D-2" || o.Lines[0].Answer.Comment != "her" {
		t.Errorf("another device gave %d events, %v, attributes %v, answer %+v", len(events), err, o.Attributes, o.Lines[0].Answer)
	}
	if _, err := o.mark(receiver, LineUpdate{Line: 1, Status: FulfilledBlocked}, rules, t1); err != nil {
		t.Error(err)
	}
	device.Status, device.Attributes = FulfilledBlocked, Attributes{"deviceId": "D-3"}
	if _, err := o.mark(receiver, device, rules, t1); CodeOf(err) != "line-blocked" {
		t.Errorf("an attribute for a blocked line gave %v", err)
	}
	_, err := o.respond(receiver, Response{Lines: []LineResponse{{Name: LineRef{Number: 2}, Mark: LineUpdate{Status: Rejected}}}}, rules, t1)
	if CodeOf(err) != "too-late" {
		t.Errorf("a response gave %v", err)
	}
}

func TestRulesAreAskedAboutReductions(t *testing.T) {
	o, rules := sentOrder(Sent, Sent), deviceRules()
	if _, err := o.reduce(sender, Reduction{EAN: ean1, Number: 1}, rules, t1); err != nil {
		t.Error(err)
	}
	o.Attributes = Attributes{"deviceId": "D-1"}
	if _, err := o.reduce(sender, Reduction{EAN: ean1, Number: 1}, rules, t1); CodeOf(err) != "sent" {
		t.Errorf("a reduction gave %v", err)
	}
	if _, err := o.cancel(sender, Cancellation{Lines: []LineCancellation{{Name: LineRef{Number: 1}}}}, rules, t1); CodeOf(err) != "sent" {
		t.Errorf("a cancellation gave %v", err)
	}
}

func TestAttributesThatNoDialectTakes(t *testing.T) {
	many := Attributes{}
	for i := range maxAttributes + 1 {
		many[strings.Repeat("x", i+1)] = "y"
	}
	taking := Rules{Mark: func(*Order, LineUpdate, time.Time) error { return nil }}
	for _, c := range []struct {
		attributes Attributes
		rules      Rules
		code       string
	}{
		{Attributes{"deviceId": "D"}, Rules{}, "attributes-not-accepted"},
		{Attributes{"": "D"}, taking, "attributes-invalid"},
		{Attributes{"device id": "D"}, taking, "attributes-invalid"},
		{Attributes{"a": "two\nlines"}, taking, "attributes-invalid"},
		{Attributes{"a": "\xff"}, taking, "attributes-invalid"},
		{Attributes{"a": strings.Repeat("x", maxAttribute+1)}, taking, "attributes-invalid"},
		{many, taking, "attributes-invalid"},
	} {
		o := sentOrder(Sent)
		if _, err := o.mark(receiver, LineUpdate{Line: 1, Status: Received, Attributes: c.attributes}, c.rules, t1); CodeOf(err) != c.code || KindOf(err) != Invalid {
			t.Errorf("%d attributes gave %v, want %s", len(c.attributes), err, c.code)
		}
	}
}

func TestWithdrawEndsWhatIsOpen(t *testing.T) {
	o := sentOrder(Sent, Fulfilled, Received)
	events := o.RejectOpenLines(sender, "angret", t1)
	if len(events) != 3 || events[0].Kind != EventMarked || events[0].Line != 1 || events[0].To != Rejected || events[0].Text != "angret" ||
		events[1].Line != 3 || events[1].From != Received || events[2].Kind != EventAnswered {
		t.Errorf("events %+v", events)
	}
	if o.Lines[0].Status != Rejected || o.Lines[1].Status != Fulfilled || o.Lines[2].Answer.Comment != "angret" || o.Status != Fulfilled {
		t.Errorf("the order is %s: %+v", o.Status, o.Lines)
	}
	if events := o.RejectOpenLines(sender, "igjen", t1); len(events) != 0 {
		t.Errorf("a second time gave %d events", len(events))
	}
	held := sentOrder(Unprocessed, Unprocessed)
	held.OnHold, held.Seller = true, ""
	if events := held.RejectOpenLines(sender, "", t1); len(events) != 2 || held.OnHold || held.Status != Rejected || !held.Finished() {
		t.Errorf("%d events, held %v, %s", len(events), held.OnHold, held.Status)
	}
}

func TestErasingLeavesTheStateOfTheDialect(t *testing.T) {
	o := sentOrder(Sent)
	o.CustomerRef = "user-17"
	o.Attributes = Attributes{AttrState: "SENT_OUT", "at": "2026-11-21T08:00:00Z", "deviceId": "D-1", "who": "Kari"}
	before := o.Attributes
	gone, err := o.PersonalData()
	if err != nil || len(gone) != 3 {
		t.Errorf("to be erased: %v, %v", gone, err)
	}
	o.erase(receiver, "", t1)
	if o.CustomerRef != "" || len(o.Attributes) != 2 || o.Attributes[AttrState] != "SENT_OUT" || o.Attributes["at"] == "" {
		t.Errorf("left are %q and %v", o.CustomerRef, o.Attributes)
	}
	if len(before) != 4 {
		t.Errorf("the attributes of the caller that holds the order became %v", before)
	}
	o.Attributes = Attributes{AttrState: "sent to Kari"}
	if o.redact(); len(o.Attributes) != 0 {
		t.Errorf("a sentence stays as a state: %v", o.Attributes)
	}
}

func TestAnotherSubjectIsAnotherOrder(t *testing.T) {
	a, b := sentOrder(Sent), sentOrder(Sent)
	a.Attributes = Attributes{AttrState: "new"}
	if err := a.checkDuplicate(&b); err != nil {
		t.Errorf("attributes alone gave %v", err)
	}
	if a.CustomerRef = "user-17"; CodeOf(a.checkDuplicate(&b)) != "duplicate-number" {
		t.Errorf("another subject gave %v", a.checkDuplicate(&b))
	}
}

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
			events := o.AdvanceOpenLines(receiver, to, t1)
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
	events := o.AdvanceOpenLines(receiver, Fulfilled, t1)
	if len(events) != 1 || events[0].Line != 2 || events[0].From != Received || events[0].To != Fulfilled || o.Lines[1].Changed != t1 {
		t.Errorf("events %+v", events)
	}
	if o.Lines[0].Status != Rejected || o.Lines[2].Status != FulfilledBlocked || o.Status != Fulfilled {
		t.Errorf("lines %+v", o.Lines)
	}
}

// TestMovesAreFollowed has a change reported in the dialect's own words, once, and
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
		events, err := rules.withStateEvent(&o, receiver, t1, func(o *Order) ([]Event, error) { return o.mark(receiver, LineUpdate{Line: 1, Status: s}, rules, t1) })
		if err != nil {
			t.Fatal(err)
		}
		return events
	}
	first, second := mark(Received), mark(Fulfilled)
	last := first[len(first)-1]
	if len(first) != 3 || last.Kind != EventStateChanged || last.From != "OPEN" || last.To != "TAKEN" || last.Party != receiver.Party {
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
