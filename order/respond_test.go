package order

import (
	"errors"
	"strings"
	"testing"
)

func line(n int) LineRef { return LineRef{Number: n} }

// answered is an order of three lines, the second and third of one product,
// the third with a reference.
func answered() Order {
	o := sentOrder(Sent, Sent, Sent)
	o.Lines[2].Products = o.Lines[1].Products
	o.Lines[2].Detail.References = []Reference{{Type: "BuyersOrderLineReference", Number: "L3"}}
	return o
}

func TestRespondAnswersEveryLineItNames(t *testing.T) {
	o := answered()
	events, err := o.respond(receiver, Response{OrderNumber: "1", Lines: []LineResponse{
		{Name: LineRef{Products: []Identifier{{Type: "EAN13", Value: ean1}}}, Mark: LineUpdate{Status: Received, Answer: Answer{Code: "AcceptedPartShippingPartBackordered",
			Quantities: &Quantities{Shipping: 6, Backordered: 4}, Expected: "2026-12-24"}}},
		{Name: LineRef{Reference: "L3"}, Mark: LineUpdate{Status: Rejected, Answer: Answer{Code: "CanceledCannotSupply"}}},
	}}, Rules{}, t1)
	if err != nil || len(events) != 2 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	if l := o.Lines[0]; l.Status != Received || l.Answer.Quantities.Backordered != 4 || l.Answer.Expected != "2026-12-24" {
		t.Errorf("line 1: %+v", l)
	}
	if l := o.Lines[2]; l.Status != Rejected || l.Answer.Code != "CanceledCannotSupply" {
		t.Errorf("line 3: %+v", l)
	}
	if missing := o.unansweredLines(); len(missing) != 1 || missing[0] != 2 || o.Lines[1].Status != Sent {
		t.Errorf("line 2 was left out and must be listed, not guessed: missing %v, status %s", missing, o.Lines[1].Status)
	}
	if want := "AcceptedPartShippingPartBackordered; shipping 6, back-ordered 4, cancelled 0; expected 2026-12-24"; events[0].Text != want {
		t.Errorf("history says %q, want %q", events[0].Text, want)
	}
}

func TestRespondRefusals(t *testing.T) {
	accept := LineUpdate{Status: Received}
	shares := func(s Quantities) LineUpdate { return LineUpdate{Status: Received, Answer: Answer{Quantities: &s}} }
	cases := []struct {
		name  string
		by    Actor
		reply Response
		code  string
		says  string
	}{
		{"another order's number", receiver, Response{OrderNumber: "2", Lines: []LineResponse{{line(1), accept}}}, "order-number-differs", "number 2"},
		{"no such line", receiver, Response{Lines: []LineResponse{{line(7), accept}}}, "line-unknown", "line 7"},
		{"a number with another line's product", receiver, Response{Lines: []LineResponse{{LineRef{Number: 1, Products: []Identifier{{Type: "EAN13", Value: ean2}}}, accept}}}, "line-unknown", "line 1, " + ean2},
		{"a product on two lines", receiver, Response{Lines: []LineResponse{{LineRef{Products: []Identifier{{Type: "EAN13", Value: ean2}}}, accept}}}, "line-ambiguous", "lines 2 and 3"},
		{"the same line twice", receiver, Response{Lines: []LineResponse{{line(1), accept}, {line(1), accept}}}, "line-twice", "Line 1"},
		{"copies that do not add up", receiver, Response{Lines: []LineResponse{{line(1), shares(Quantities{Shipping: 6, Cancelled: 3})}}}, "answer-invalid", "do not add up to the 10"},
		{"a negative number of copies", receiver, Response{Lines: []LineResponse{{line(1), shares(Quantities{Shipping: 11, Cancelled: -1})}}}, "answer-invalid", "negative"},
		{"rejected but shipping", receiver, Response{Lines: []LineResponse{{line(1), LineUpdate{Status: Rejected, Answer: Answer{Quantities: &Quantities{Shipping: 10}}}}}}, "answer-invalid", "cancels all"},
		{"an invented code", receiver, Response{Lines: []LineResponse{{line(1), LineUpdate{Status: Received, Answer: Answer{Code: "Perhaps"}}}}}, "answer-invalid", "Perhaps"},
		{"a code that contradicts the status", receiver, Response{Lines: []LineResponse{{line(1), LineUpdate{Status: Received, Answer: Answer{Code: "CanceledInvalid"}}}}}, "answer-invalid", "contradict"},
		{"no day", receiver, Response{Lines: []LineResponse{{line(1), LineUpdate{Status: Received, Answer: Answer{Expected: "2026-02-30"}}}}}, "answer-invalid", "2026-02-30"},
		{"two faults at once", receiver, Response{Lines: []LineResponse{{line(7), accept}, {line(8), accept}}}, "answers-refused", "2 of the lines"},
		{"one good line beside a fault", receiver, Response{Lines: []LineResponse{{line(1), accept}, {line(8), accept}}}, "line-unknown", ""},
		{"the sender may not", sender, Response{Lines: []LineResponse{{line(1), accept}}}, "not-receiver", ""},
		{"a stranger learns nothing", stranger, Response{Lines: []LineResponse{{line(1), accept}}}, "order-not-found", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := answered()
			_, err := o.respond(c.by, c.reply, Rules{}, t1)
			if CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %s with %q", err, c.code, c.says)
			}
		})
	}
}

func TestAllFaultsAreListed(t *testing.T) {
	o := answered()
	_, err := o.respond(receiver, Response{Lines: []LineResponse{{line(7), LineUpdate{Status: Received}}, {line(1), LineUpdate{Status: "LOST"}}}}, Rules{}, t1)
	var e *Error
	if !errors.As(err, &e) || len(e.Fields) != 2 || e.Fields[0].Code != "line-unknown" || e.Fields[1].Code != "status-unknown" {
		t.Errorf("got %+v", err)
	}
}

func TestCancelWithdrawsWhatIsOpen(t *testing.T) {
	o := answered() // 10 of one product, 20 + 30 of the other
	o.Lines[0].Status = Fulfilled
	if _, err := o.reduce(sender, Reduction{EAN: ean2, Number: 25}, Rules{}, t0); err != nil {
		t.Fatal(err)
	}
	events, err := o.cancel(sender, Cancellation{OrderNumber: "1"}, Rules{}, t1)
	if err != nil {
		t.Fatal(err)
	}
	var taken int64
	for _, l := range o.Lines[4:] {
		taken -= l.Quantity
	}
	if taken != 25 || len(events) != len(o.Lines)-4 {
		t.Errorf("%d copies taken back by %d events, want the 25 that were left", taken, len(events))
	}
	if _, err := o.cancel(sender, Cancellation{}, Rules{}, t1); CodeOf(err) != "nothing-to-cancel" {
		t.Errorf("nothing is left: %v", err)
	}
}

func TestCancelLines(t *testing.T) {
	o := answered()
	_, err := o.cancel(sender, Cancellation{Lines: []LineCancellation{{Name: line(2), Quantity: 5}, {Name: LineRef{Reference: "L3"}}}}, Rules{}, t1)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := o.Lines[3], o.Lines[4]; a.Quantity != -5 || a.Adjusts != 2 || b.Quantity != -30 || b.Adjusts != 3 {
		t.Errorf("adjustments %+v and %+v", a, b)
	}
}

func TestCancelRefusals(t *testing.T) {
	cases := []struct {
		name   string
		by     Actor
		status Status
		c      Cancellation
		code   string
	}{
		{"a fulfilled line", sender, Fulfilled, Cancellation{Lines: []LineCancellation{{Name: line(1)}}}, "line-not-open"},
		{"a rejected line", sender, Rejected, Cancellation{Lines: []LineCancellation{{Name: line(1)}}}, "line-not-open"},
		{"more than ordered", sender, Sent, Cancellation{Lines: []LineCancellation{{Name: line(1), Quantity: 11}}}, "reduction-too-large"},
		{"fewer than none", sender, Sent, Cancellation{Lines: []LineCancellation{{Name: line(1), Quantity: -1}}}, "number-invalid"},
		{"no such line", sender, Sent, Cancellation{Lines: []LineCancellation{{Name: line(5)}}}, "line-unknown"},
		{"another order", sender, Sent, Cancellation{OrderNumber: "2"}, "order-number-differs"},
		{"the receiver may not", receiver, Sent, Cancellation{}, "not-sender"},
		{"a stranger learns nothing", stranger, Sent, Cancellation{}, "order-not-found"},
		{"all is fulfilled", sender, Fulfilled, Cancellation{}, "nothing-to-cancel"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := sentOrder(c.status)
			if _, err := o.cancel(c.by, c.c, Rules{}, t1); CodeOf(err) != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
}

func TestLineCodes(t *testing.T) {
	for code, want := range map[LineCode]Status{"AcceptedShipping": Received, "BackorderedAwaitingSupply": Received,
		"CanceledCannotSupply": Rejected, "NotFound": Rejected, "AlreadyShipped": Fulfilled, "SubstShipping": Received, "TemporaryHold": Received} {
		if !code.Valid() || code.Status() != want {
			t.Errorf("%s: valid %v, status %s, want %s", code, code.Valid(), code.Status(), want)
		}
	}
	for _, code := range []LineCode{"", "Accepted", "AcceptedShipping AcceptedBackordered", "acceptedshipping"} {
		if code.Valid() {
			t.Errorf("%q is not a code", code)
		}
	}
}
