package order

import (
	"slices"
	"testing"
	"time"
)

var (
	t0 = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	t1 = t0.Add(time.Minute)
)

// sentOrder is an order of two lines that party 104 sent to 900877 in the name
// of 7045.
func sentOrder(statuses ...Status) Order {
	o := Order{ID: "0193", Revision: 1, Sender: "104", Buyer: "7045", Seller: "900877", Number: "1", Status: Sent, Created: t0, Updated: t0}
	for i, s := range statuses {
		ean := []string{"9788202337926", "9788202339296", "9788203192388"}[i]
		o.Lines = append(o.Lines, Line{Number: i + 1, Quantity: int64(10 * (i + 1)), Status: s, Changed: t0,
			Products: []Identifier{{Type: "EAN13", Value: ean}}})
	}
	o.Status = o.deriveStatus()
	return o
}

var (
	receiver = Actor{Party: "900877", Name: "forlag", Via: "ticket"}
	sender   = Actor{Party: "104", Name: "skole", Via: "token"}
	buyer    = Actor{Party: "7045", Name: "bokhandel", Via: "ticket"}
	stranger = Actor{Party: "116", Name: "student", Via: "ticket"}
)

func TestMarkMovesLineAndOrder(t *testing.T) {
	for _, from := range []Status{Sent, Received, Rejected, Fulfilled, FulfilledAssigned, Requested} {
		for _, to := range Answers() {
			o := sentOrder(from, Sent)
			events, err := o.mark(receiver, LineUpdate{Line: 1, Status: to, Answer: Answer{Comment: "så"}}, Rules{}, t1)
			if err != nil || len(events) != 1 {
				t.Fatalf("%s → %s: %d events, %v", from, to, len(events), err)
			}
			ev, l := events[0], o.Lines[0]
			if ev.Kind != EventMarked || ev.From != from || ev.To != to || ev.Line != 1 || ev.Party != "900877" || ev.Actor != "forlag" || ev.Text != "så" {
				t.Errorf("%s → %s: event %+v", from, to, ev)
			}
			if l.Status != to || l.Answer.Comment != "så" || !l.Changed.Equal(t1) {
				t.Errorf("%s → %s: line %+v", from, to, l)
			}
		}
	}
}

func TestMarkRefusals(t *testing.T) {
	cases := []struct {
		name   string
		by     Actor
		mark   LineUpdate
		status Status // of line 1
		kind   Kind
		code   string
	}{
		{"a stranger learns nothing", stranger, LineUpdate{Line: 1, Status: Received}, Sent, NotFound, "order-not-found"},
		{"the sender may not", sender, LineUpdate{Line: 1, Status: Received}, Sent, Forbidden, "not-receiver"},
		{"the buyer may not", buyer, LineUpdate{Line: 1, Status: Received}, Sent, Forbidden, "not-receiver"},
		{"SENT is the system's", receiver, LineUpdate{Line: 1, Status: Sent}, Received, Invalid, "status-unknown"},
		{"REQUESTED is the system's", receiver, LineUpdate{Line: 1, Status: Requested}, Received, Invalid, "status-unknown"},
		{"UNPROCESSED is the system's", receiver, LineUpdate{Line: 1, Status: Unprocessed}, Received, Invalid, "status-unknown"},
		{"FAILED is the system's", receiver, LineUpdate{Line: 1, Status: Failed}, Received, Invalid, "status-unknown"},
		{"an invented status", receiver, LineUpdate{Line: 1, Status: "LOST"}, Received, Invalid, "status-unknown"},
		{"no such line", receiver, LineUpdate{Line: 3, Status: Received}, Sent, NotFound, "line-not-found"},
		{"line 0", receiver, LineUpdate{Line: 0, Status: Received}, Sent, NotFound, "line-not-found"},
		{"a blocked line is final", receiver, LineUpdate{Line: 1, Status: Received}, FulfilledBlocked, Conflict, "line-blocked"},
		{"a blocked line takes no other comment", receiver, LineUpdate{Line: 1, Status: FulfilledBlocked, Answer: Answer{Comment: "x"}}, FulfilledBlocked, Conflict, "line-blocked"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := sentOrder(c.status, Sent)
			before := sentOrder(c.status, Sent)
			events, err := o.mark(c.by, c.mark, Rules{}, t1)
			if KindOf(err) != c.kind || CodeOf(err) != c.code || events != nil {
				t.Errorf("got %v and %d events, want %s", err, len(events), c.code)
			}
			if !sameJSON(o, before) {
				t.Error("a refused mark changed the order")
			}
		})
	}
}

func TestReceiverSeesNothingBeforeSent(t *testing.T) {
	for _, s := range []Status{Unprocessed, Failed} {
		o := sentOrder(s)
		o.Status = s
		if _, err := o.mark(receiver, LineUpdate{Line: 1, Status: Received}, Rules{}, t1); KindOf(err) != NotFound {
			t.Errorf("%s: got %v, want NotFound", s, err)
		}
	}
}

func TestSameMarkTwiceIsNoEvent(t *testing.T) {
	price := &ConfirmedPrice{Amount: Decimal{Units: 25015, Scale: 2}, Tax: Decimal{Units: 25}}
	m := LineUpdate{Line: 1, Status: Fulfilled, Answer: Answer{Comment: "c", ValidFrom: "2026-01-01", ValidTo: "2026-12-31", Price: price}}
	o := sentOrder(Sent)
	if events, err := o.mark(receiver, m, Rules{}, t0); len(events) != 2 || err != nil { // marked, and with it all answered
		t.Fatalf("first: %d events, %v", len(events), err)
	}
	again := m
	again.Answer.Price = &ConfirmedPrice{Amount: Decimal{Units: 250150, Scale: 3}, Tax: Decimal{Units: 250, Scale: 1}}
	bare := LineUpdate{Line: 1, Status: Fulfilled}
	for _, repeat := range []LineUpdate{m, again, bare} {
		if events, err := o.mark(receiver, repeat, Rules{}, t1); len(events) != 0 || err != nil {
			t.Errorf("repeat %+v: %d events, %v", repeat, len(events), err)
		}
	}
	dearer := m
	dearer.Answer.Price = &ConfirmedPrice{Amount: Decimal{Units: 26000, Scale: 2}, Tax: Decimal{Units: 25}}
	if events, err := o.mark(receiver, dearer, Rules{}, t1); len(events) != 1 || err != nil {
		t.Errorf("another price: %d events, %v", len(events), err)
	}
}

func TestDerivedStatus(t *testing.T) {
	cases := []struct {
		lines []Status
		want  Status
	}{
		{[]Status{Unprocessed, Unprocessed}, Unprocessed},
		{[]Status{Failed, Failed}, Failed},
		{[]Status{Sent, Sent}, Sent},
		{[]Status{Received, Sent}, Sent},
		{[]Status{Received, Fulfilled}, Received},
		{[]Status{Fulfilled, FulfilledBlocked}, Fulfilled},
		{[]Status{FulfilledAssigned, FulfilledBlocked}, FulfilledAssigned},
		{[]Status{Rejected, Sent}, Sent},
		{[]Status{Rejected, FulfilledBlocked}, FulfilledBlocked},
		{[]Status{Rejected, Rejected}, Rejected},
	}
	for _, c := range cases {
		o := sentOrder(c.lines...)
		o.Lines = append(o.Lines, Line{Number: 9, Adjustment: true, Quantity: -1, Status: Requested})
		if got := o.deriveStatus(); got != c.want {
			t.Errorf("%v: got %s, want %s", c.lines, got, c.want)
		}
	}
}

func TestAnsweredIsReportedOnce(t *testing.T) {
	o := sentOrder(Sent, Sent)
	o.Lines = append(o.Lines, Line{Number: 3, Quantity: -1, Adjustment: true, Adjusts: 1, Status: Requested, Products: o.Lines[0].Products})
	var kinds []EventKind
	for _, m := range []LineUpdate{{Line: 1, Status: Received}, {Line: 2, Status: Rejected}, {Line: 1, Status: Fulfilled}, {Line: 3, Status: Received}} {
		events, err := o.mark(receiver, m, Rules{}, t0)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			kinds = append(kinds, e.Kind)
		}
	}
	want := []EventKind{EventMarked, EventMarked, EventAnswered, EventMarked, EventMarked}
	if !slices.Equal(kinds, want) {
		t.Errorf("events %v, want %v", kinds, want)
	}
}
