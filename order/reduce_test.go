package order

import (
	"strings"
	"testing"
)

const ean1, ean2 = "9788202337926", "9788202339296"

func TestReduceAddsARequestedLine(t *testing.T) {
	for _, by := range []Actor{sender, buyer} {
		o := sentOrder(Sent, Received)
		events, err := o.reduce(by, Reduction{EAN: ean1, Number: 3}, Rules{}, t1)
		if err != nil || len(events) != 1 {
			t.Fatalf("%d events, %v", len(events), err)
		}
		l := o.Lines[2]
		if l.Number != 3 || l.Quantity != -3 || !l.Adjustment || l.Status != Requested || l.EAN() != ean1 || !l.Changed.Equal(t1) {
			t.Errorf("line %+v", l)
		}
		if ev := events[0]; ev.Kind != EventReduced || ev.Line != 3 || ev.To != Requested || ev.Party != by.Party {
			t.Errorf("event %+v", ev)
		}
		if o.Status != Sent {
			t.Errorf("order became %s: an adjustment must not count", o.Status)
		}
	}
}

func TestReduceRefusals(t *testing.T) {
	cases := []struct {
		name   string
		by     Actor
		r      Reduction
		lines  []Status
		kind   Kind
		code   string
		detail string
	}{
		{"a stranger learns nothing", stranger, Reduction{EAN: ean1, Number: 1}, []Status{Sent}, NotFound, "order-not-found", ""},
		{"the receiver may not", receiver, Reduction{EAN: ean1, Number: 1}, []Status{Sent}, Forbidden, "not-sender", "104"},
		{"nothing to take", sender, Reduction{EAN: ean1, Number: 0}, []Status{Sent}, Invalid, "number-invalid", ""},
		{"adding copies", sender, Reduction{EAN: ean1, Number: -1}, []Status{Sent}, Invalid, "number-invalid", ""},
		{"more than ordered", sender, Reduction{EAN: ean1, Number: 11}, []Status{Sent}, Forbidden, "reduction-too-large", "10 remain"},
		{"another product", sender, Reduction{EAN: ean2, Number: 1}, []Status{Sent}, Forbidden, "product-not-on-order", ean2},
		{"a rejected line", sender, Reduction{EAN: ean1, Number: 1}, []Status{Rejected}, Forbidden, "product-not-on-order", ""},
		{"a blocked line", sender, Reduction{EAN: ean1, Number: 1}, []Status{FulfilledBlocked}, Forbidden, "line-blocked", ""},
		{"an unprocessed order", sender, Reduction{EAN: ean1, Number: 1}, []Status{Unprocessed}, Forbidden, "order-not-sent", "UNPROCESSED"},
		{"a failed order", sender, Reduction{EAN: ean1, Number: 1}, []Status{Failed}, Forbidden, "order-not-sent", "FAILED"},
		{"another line's product", sender, Reduction{EAN: ean1, Line: 2, Number: 1}, []Status{Sent, Sent}, Forbidden, "product-not-on-order", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o, before := sentOrder(c.lines...), sentOrder(c.lines...)
			_, err := o.reduce(c.by, c.r, Rules{}, t1)
			if KindOf(err) != c.kind || CodeOf(err) != c.code || !strings.Contains(err.Error(), c.detail) {
				t.Errorf("got %v, want %s with %q", err, c.code, c.detail)
			}
			if !sameJSON(o, before) {
				t.Error("a refused reduction changed the order")
			}
		})
	}
}

func TestReductionsAddUp(t *testing.T) {
	o := sentOrder(Fulfilled)
	take := func(n int64) error {
		_, err := o.reduce(sender, Reduction{EAN: "978-82-02-33792-6", Number: n}, Rules{}, t1)
		return err
	}
	if err := take(6); err != nil {
		t.Fatal(err)
	}
	if err := take(5); CodeOf(err) != "reduction-too-large" {
		t.Errorf("6 + 5 of 10: got %v", err)
	}
	if _, err := o.mark(receiver, LineUpdate{Line: 2, Status: Rejected}, Rules{}, t1); err != nil {
		t.Fatal(err)
	}
	if err := take(10); err != nil {
		t.Errorf("a rejected reduction must give its copies free: %v", err)
	}
	if err := take(1); CodeOf(err) != "reduction-too-large" {
		t.Errorf("nothing is left: got %v", err)
	}
}

func TestReduceWithTwoLinesOfAProduct(t *testing.T) {
	o := sentOrder(Sent, FulfilledBlocked)
	o.Lines[1].Products = o.Lines[0].Products
	if _, err := o.reduce(sender, Reduction{EAN: ean1, Number: 11}, Rules{}, t1); CodeOf(err) != "reduction-too-large" {
		t.Errorf("the blocked copies must not count: %v", err)
	}
	if _, err := o.reduce(sender, Reduction{EAN: ean1, Number: 10}, Rules{}, t1); err != nil {
		t.Error(err)
	}
}
