package montly

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/order"
)

// TestStatesAndOperations tries every operation at every step, by the rules
// themselves: what it leads to, or that it is refused and changes nothing.
func TestStatesAndOperations(t *testing.T) {
	now := time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)
	by := customer()
	const refused = ""
	for from, want := range map[string]map[string]string{
		pending:          {"accept": accepted, "decline": declined, "sign": refused, "ship": refused, "approve": refused, "cancel": cancelled},
		accepted:         {"accept": refused, "decline": refused, "sign": signed, "ship": refused, "approve": refused, "cancel": cancelled},
		signed:           {"accept": refused, "decline": refused, "sign": refused, "ship": shipped, "approve": refused, "cancel": refused},
		shipped:          {"accept": refused, "decline": refused, "sign": refused, "ship": shipped, "approve": deliveryApproved, "cancel": refused},
		deliveryApproved: {"accept": refused, "decline": refused, "sign": refused, "ship": refused, "approve": refused, "cancel": refused},
		declined:         {"accept": refused, "decline": refused, "sign": refused, "ship": refused, "approve": refused, "cancel": refused},
		cancelled:        {"accept": refused, "decline": refused, "sign": refused, "ship": refused, "approve": refused, "cancel": cancelled},
	} {
		for operation, to := range want {
			o, before := orderAt(from), orderAt(from)
			var events []order.Event
			var err error
			switch operation {
			case "accept":
				events, err = accept(&o, by, now)
			case "decline":
				events, err = decline(&o, by, "no", now)
			case "sign":
				events, err = sign(&o, by, now)
			case "ship":
				events, err = ship(&o, by, now.Add(-time.Hour), now)
			case "approve":
				events, err = approve(&o, by, now)
			case "cancel":
				events, err = cancel(&o, by, now)
			}
			diff := cmp.Diff(before, o)
			switch {
			case to == refused && (order.CodeOf(err) != "lease-state" || order.KindOf(err) != order.Conflict || diff != ""):
				t.Errorf("%s, %s: %v\n%s", from, operation, err, diff)
			case to != refused && (err != nil || step(&o) != to):
				t.Errorf("%s, %s: %s, %v; want %s", from, operation, step(&o), err, to)
			case to == from && (diff != "" || len(events) > 0):
				t.Errorf("%s, %s again: %+v\n%s", from, operation, events, diff)
			}
			if state(&o) == shipped {
				t.Errorf("%s, %s: shipped is the order's state", from, operation)
			}
		}
	}
}

// orderAt is an order of one line at a step.
func orderAt(at string) order.Order {
	o := order.Order{ID: "0193", Source: Source, Sender: kontor, Buyer: kontor, Number: "1", Status: order.Unprocessed, OnHold: true,
		Attributes: order.Attributes{order.AttrState: at}, Lines: []order.Line{{Number: 1, Quantity: 1, Status: order.Unprocessed}}}
	routed := func(line order.Status) { o.OnHold, o.Seller, o.Status, o.Lines[0].Status = false, kontor, line, line }
	switch at {
	case signed:
		routed(order.Sent)
	case shipped:
		routed(order.Received)
		o.Attributes = order.Attributes{order.AttrState: signed, attrShipped: "2026-05-01T00:00:00.000Z"}
	case deliveryApproved:
		routed(order.Fulfilled)
	case declined, cancelled:
		o.OnHold, o.Status, o.Lines[0].Status = false, order.Rejected, order.Rejected
	}
	return o
}

// TestOperationsOverHTTP tries the shop's own operations at every step.
func TestOperationsOverHTTP(t *testing.T) {
	w := newWorld(t)
	for n, at := range steps() {
		for operation, status := range map[string]int{"cancel": http.StatusOK, "shipped": http.StatusNoContent} {
			o := w.bring(number(n, operation), at)
			before := o
			a := w.call("good", http.MethodPost, "/v1/orders/"+o.Number+"/"+operation, "")
			o = w.core("good", o.Number)
			may := operation == "cancel" && (at == pending || at == accepted || at == cancelled) || operation == "shipped" && (at == signed || at == shipped)
			changed := operation == "cancel" && at != cancelled || operation == "shipped" && at == signed
			switch diff := cmp.Diff(before, o); {
			case may && (a.status != status || a.raw != "" || (diff != "") != changed):
				t.Errorf("%s, %s: %d %s\n%s", at, operation, a.status, a.raw, diff)
			case !may && (a.status != http.StatusForbidden || a.code() != codeUnmodifiable || diff != ""):
				t.Errorf("%s, %s: %d %s\n%s", at, operation, a.status, a.raw, diff)
			}
		}
	}
}

// TestHistoryFollows reads the moves of an order to its end, each reported once.
func TestHistoryFollows(t *testing.T) {
	w := newWorld(t)
	for at, want := range map[string]string{
		deliveryApproved: "pending>accepted accepted>signed signed>shipped shipped>deliveryApproved ",
		declined:         "pending>declined ", cancelled: "pending>cancelled ",
	} {
		o := w.bring(at, at)
		events, err := w.Exchange.History(t.Context(), kontor, o.ID)
		check(t, err)
		moves := ""
		for _, e := range events {
			if e.Kind == order.EventStateChanged {
				moves += string(e.From+">"+e.To) + " "
			}
		}
		if moves != want {
			t.Errorf("%s: %q, want %q", at, moves, want)
		}
	}
}

// TestShopSeesWhatIsSigned looks for an order at each step in the shop's inbox.
func TestShopSeesWhatIsSigned(t *testing.T) {
	w := newWorld(t)
	for at, status := range map[string]order.Status{pending: "", accepted: "", signed: order.Sent, shipped: order.Received, deliveryApproved: order.Fulfilled} {
		o := w.bring("of-"+at, at)
		page, err := w.Exchange.List(t.Context(), order.Query{Party: kontor, Mode: order.SentToMe, Limit: 100})
		check(t, err)
		var seen order.Status
		for _, it := range page.Items {
			if it.ID == o.ID {
				seen = it.Status
			}
		}
		if seen != status {
			t.Errorf("%s: the shop sees %q, want %q", at, seen, status)
		}
	}
}

// mark answers a line as the shop.
func (w *world) mark(o order.Order, line int, s order.Status, comment string) error {
	_, err := w.Exchange.Mark(w.T.Context(), order.Actor{Party: kontor, Name: "shop", Via: "ticket"}, o.ID, order.AnyRevision,
		order.LineUpdate{Line: line, Status: s, Answer: order.Answer{Comment: comment}})
	return err
}

// TestMarks answers the lines at every step through the exchange.
func TestMarks(t *testing.T) {
	w := newWorld(t)
	const refused = ""
	for at, want := range map[string]map[order.Status]string{
		signed:           {order.Received: signed, order.Fulfilled: shipped, order.FulfilledAssigned: shipped, order.FulfilledBlocked: shipped, order.Rejected: declined},
		shipped:          {order.Received: shipped, order.Fulfilled: shipped, order.FulfilledAssigned: shipped, order.FulfilledBlocked: shipped, order.Rejected: refused},
		deliveryApproved: {order.Received: refused, order.Fulfilled: deliveryApproved, order.FulfilledAssigned: deliveryApproved, order.FulfilledBlocked: deliveryApproved, order.Rejected: refused},
	} {
		for status, to := range want {
			o := w.bring(number(at, status), at)
			var err error
			for line := 1; line <= 2 && err == nil; line++ {
				err = w.mark(o, line, status, "from the shop")
			}
			after := w.core("good", o.Number)
			if to == refused && (order.CodeOf(err) != "lease-closed" || step(&after) != at) || to != refused && (err != nil || step(&after) != to) {
				t.Errorf("%s, %s: %s, %v; want %s", at, status, step(&after), err, to)
			}
			if to == declined && (after.Attributes[attrReason] != "from the shop" || after.Attributes[attrDeclined] == "") {
				t.Errorf("%s, %s: %v", at, status, after.Attributes)
			}
		}
	}
	for _, at := range []string{declined, cancelled} {
		o := orderAt(at)
		if err := mark(&o, order.LineUpdate{Line: 1, Status: order.Fulfilled}, time.Now()); order.CodeOf(err) != "lease-closed" {
			t.Errorf("%s: %v", at, err)
		}
	}
	for _, at := range []string{pending, accepted} {
		o := orderAt(at)
		if err := mark(&o, order.LineUpdate{Line: 1, Status: order.Received}, time.Now()); order.CodeOf(err) != "lease-unsigned" {
			t.Errorf("%s: %v", at, err)
		}
		if err := w.mark(w.bring("early-"+at, at), 1, order.Fulfilled, ""); err == nil {
			t.Errorf("%s: a line was fulfilled", at)
		}
	}
}

// TestMixedMarks fulfils one line and refuses the other, either way round: the
// order ships with what is left, at the last answer.
func TestMixedMarks(t *testing.T) {
	w := newWorld(t)
	for n, answers := range [][2]order.Status{{order.Fulfilled, order.Rejected}, {order.Rejected, order.Fulfilled}} {
		o := w.bring(digits(n), signed)
		check(t, w.mark(o, 1, answers[0], ""))
		if o = w.core("good", o.Number); step(&o) != signed {
			t.Errorf("after one line it is %s", step(&o))
		}
		check(t, w.mark(o, 2, answers[1], ""))
		if o = w.core("good", o.Number); step(&o) != shipped {
			t.Errorf("after both it is %s", step(&o))
		}
		w.approve(o)
		if o = w.core("good", o.Number); state(&o) != deliveryApproved || o.Line(1+n).Status != order.Fulfilled || o.Line(2-n).Status != order.Rejected {
			t.Errorf("%s, %+v", state(&o), o.Lines)
		}
	}
}

// TestNothingIsTakenBack reduces an order that was signed.
func TestNothingIsTakenBack(t *testing.T) {
	w := newWorld(t)
	o := w.bring("1", signed)
	_, err := w.Exchange.Reduce(context.Background(), order.Actor{Party: kontor}, o.ID, order.AnyRevision, order.Reduction{EAN: "32832849", Number: 1})
	if order.CodeOf(err) != "lease-whole" {
		t.Error(err)
	}
}
