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
		Mark: func(o *Order, m Mark, _ time.Time) error {
			if m.Status == Rejected {
				return Errorf(Conflict, "too-late", "No.")
			}
			if d := m.Facts["deviceId"]; d != "" {
				o.Facts = o.Facts.With("deviceId", d)
			}
			return nil
		},
		Reduce: func(o *Order) error {
			if o.Facts["deviceId"] != "" {
				return Errorf(Conflict, "sent", "No.")
			}
			return nil
		},
	}
}

func TestRulesAreAskedAboutMarks(t *testing.T) {
	o, rules := sentOrder(Sent, Sent), deviceRules()
	if _, err := o.mark(receiver, Mark{Line: 1, Status: Rejected}, rules, t1); CodeOf(err) != "too-late" || o.Lines[0].Status != Sent {
		t.Errorf("the dialect's refusal gave %v", err)
	}
	if _, err := o.mark(sender, Mark{Line: 1, Status: Rejected}, rules, t1); CodeOf(err) != "not-receiver" {
		t.Errorf("a party that may not mark gets %v", err)
	}
	device := Mark{Line: 1, Status: Received, Answer: Answer{Comment: "her"}, Facts: Facts{"deviceId": "D-1", "colour": "blue"}}
	if events, err := o.mark(receiver, device, rules, t1); err != nil || len(events) != 1 || o.Facts["deviceId"] != "D-1" || len(o.Facts) != 1 {
		t.Errorf("%d events, %v, facts %v", len(events), err, o.Facts)
	}
	if events, err := o.mark(receiver, device, rules, t1); err != nil || len(events) != 0 {
		t.Errorf("the same again gave %d events, %v", len(events), err)
	}
	device.Facts, device.Answer = Facts{"deviceId": "D-2"}, Answer{}
	if events, err := o.mark(receiver, device, rules, t1); err != nil || len(events) != 1 || o.Facts["deviceId"] != "D-2" || o.Lines[0].Answer.Comment != "her" {
		t.Errorf("another device gave %d events, %v, facts %v, answer %+v", len(events), err, o.Facts, o.Lines[0].Answer)
	}
	if _, err := o.mark(receiver, Mark{Line: 1, Status: FulfilledBlocked}, rules, t1); err != nil {
		t.Error(err)
	}
	device.Status, device.Facts = FulfilledBlocked, Facts{"deviceId": "D-3"}
	if _, err := o.mark(receiver, device, rules, t1); CodeOf(err) != "line-blocked" {
		t.Errorf("a fact for a blocked line gave %v", err)
	}
	_, err := o.respond(receiver, Response{Lines: []LineResponse{{Name: LineName{Number: 2}, Mark: Mark{Status: Rejected}}}}, rules, t1)
	if CodeOf(err) != "too-late" {
		t.Errorf("a response gave %v", err)
	}
}

func TestRulesAreAskedAboutReductions(t *testing.T) {
	o, rules := sentOrder(Sent, Sent), deviceRules()
	if _, err := o.reduce(sender, Reduction{EAN: ean1, Number: 1}, rules, t1); err != nil {
		t.Error(err)
	}
	o.Facts = Facts{"deviceId": "D-1"}
	if _, err := o.reduce(sender, Reduction{EAN: ean1, Number: 1}, rules, t1); CodeOf(err) != "sent" {
		t.Errorf("a reduction gave %v", err)
	}
	if _, err := o.cancel(sender, Cancellation{Lines: []LineCancellation{{Name: LineName{Number: 1}}}}, rules, t1); CodeOf(err) != "sent" {
		t.Errorf("a cancellation gave %v", err)
	}
}

func TestFactsThatNoDialectTakes(t *testing.T) {
	many := Facts{}
	for i := range maxFacts + 1 {
		many[strings.Repeat("x", i+1)] = "y"
	}
	taking := Rules{Mark: func(*Order, Mark, time.Time) error { return nil }}
	for _, c := range []struct {
		facts Facts
		rules Rules
		code  string
	}{
		{Facts{"deviceId": "D"}, Rules{}, "facts-not-taken"},
		{Facts{"": "D"}, taking, "facts-invalid"},
		{Facts{"device id": "D"}, taking, "facts-invalid"},
		{Facts{"a": "two\nlines"}, taking, "facts-invalid"},
		{Facts{"a": "\xff"}, taking, "facts-invalid"},
		{Facts{"a": strings.Repeat("x", maxFact+1)}, taking, "facts-invalid"},
		{many, taking, "facts-invalid"},
	} {
		o := sentOrder(Sent)
		if _, err := o.mark(receiver, Mark{Line: 1, Status: Received, Facts: c.facts}, c.rules, t1); CodeOf(err) != c.code || KindOf(err) != Invalid {
			t.Errorf("%d facts gave %v, want %s", len(c.facts), err, c.code)
		}
	}
}

func TestWithdrawEndsWhatIsOpen(t *testing.T) {
	o := sentOrder(Sent, Fulfilled, Received)
	events := o.Withdraw(sender, "angret", t1)
	if len(events) != 3 || events[0].Kind != EventMarked || events[0].Line != 1 || events[0].To != Rejected || events[0].Text != "angret" ||
		events[1].Line != 3 || events[1].From != Received || events[2].Kind != EventAnswered {
		t.Errorf("events %+v", events)
	}
	if o.Lines[0].Status != Rejected || o.Lines[1].Status != Fulfilled || o.Lines[2].Answer.Comment != "angret" || o.Status != Fulfilled {
		t.Errorf("the order is %s: %+v", o.Status, o.Lines)
	}
	if events := o.Withdraw(sender, "igjen", t1); len(events) != 0 {
		t.Errorf("a second time gave %d events", len(events))
	}
	held := sentOrder(Unprocessed, Unprocessed)
	held.Held, held.Seller = true, ""
	if events := held.Withdraw(sender, "", t1); len(events) != 2 || held.Held || held.Status != Rejected || !held.Finished() {
		t.Errorf("%d events, held %v, %s", len(events), held.Held, held.Status)
	}
}

func TestErasingLeavesTheStateOfTheDialect(t *testing.T) {
	o := sentOrder(Sent)
	o.Subject = "user-17"
	o.Facts = Facts{FactState: "SENT_OUT", "at": "2026-11-21T08:00:00Z", "deviceId": "D-1", "who": "Kari"}
	before := o.Facts
	gone, err := o.Personal()
	if err != nil || len(gone) != 3 {
		t.Errorf("to be erased: %v, %v", gone, err)
	}
	o.erase(receiver, "", t1)
	if o.Subject != "" || len(o.Facts) != 2 || o.Facts[FactState] != "SENT_OUT" || o.Facts["at"] == "" {
		t.Errorf("left are %q and %v", o.Subject, o.Facts)
	}
	if len(before) != 4 {
		t.Errorf("the facts of the caller that holds the order became %v", before)
	}
	o.Facts = Facts{FactState: "sent to Kari"}
	if o.redact(); len(o.Facts) != 0 {
		t.Errorf("a sentence stays as a state: %v", o.Facts)
	}
}

func TestAnotherSubjectIsAnotherOrder(t *testing.T) {
	a, b := sentOrder(Sent), sentOrder(Sent)
	a.Facts = Facts{FactState: "new"}
	if err := a.checkDuplicate(&b); err != nil {
		t.Errorf("facts alone gave %v", err)
	}
	if a.Subject = "user-17"; CodeOf(a.checkDuplicate(&b)) != "duplicate-number" {
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
