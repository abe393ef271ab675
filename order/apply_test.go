package order_test

import (
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// held is an order that waits for a decision in its dialect.
func held(t *testing.T, s scene, number string) order.ID {
	t.Helper()
	o := draft(number, order.Identifier{Type: "NBSN", Value: "7045"}, order.Identifier{Type: "NBSN", Value: "900877"})
	o.Source, o.OnHold, o.Attributes = "hark", true, order.Attributes{order.AttrState: "pending"}
	receipt, err := s.Submit(t.Context(), bookshop, o, order.Document{})
	if err != nil {
		t.Fatal(err)
	}
	return receipt.ID
}

// accept is a dialect's rule that moves a pending order on.
func accept(by order.Actor) func(*order.Order) ([]order.Event, error) {
	return func(o *order.Order) ([]order.Event, error) {
		if o.Attributes[order.AttrState] != "pending" {
			return nil, order.Errorf(order.Conflict, "not-pending", "The order is not pending.")
		}
		o.Attributes = o.Attributes.Set(order.AttrState, "accepted")
		return []order.Event{o.StateChanged(by, "pending", "accepted", time.Now())}, nil
	}
}

func (s scene) want(t *testing.T, id order.ID, status order.Status, isHeld bool) {
	t.Helper()
	if o, err := s.LoadForOperator(t.Context(), id); err != nil || o.Status != status || o.OnHold != isHeld {
		t.Errorf("order is %s, held %v, %v; want %s, %v", o.Status, o.OnHold, err, status, isHeld)
	}
}

func TestHeldOrderIsRoutedWhenItIsReleased(t *testing.T) {
	s := newScene(t)
	id := held(t, s, "1")
	if err := s.ProcessPending(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.want(t, id, order.Unprocessed, true)
	if _, err := s.Order(t.Context(), "900877", id); order.KindOf(err) != order.NotFound {
		t.Errorf("the receiver sees a held order: %v", err)
	}
	o, err := s.Apply(t.Context(), bookshop, id, accept(bookshop))
	if err != nil || !o.OnHold || o.Status != order.Unprocessed || o.Attributes[order.AttrState] != "accepted" {
		t.Errorf("Act gave %s, held %v, %v, %v", o.Status, o.OnHold, o.Attributes, err)
	}
	if _, err := s.ApplyAndRelease(t.Context(), publisher, id, accept(publisher)); order.KindOf(err) != order.NotFound {
		t.Errorf("a party that does not see it released it: %v", err)
	}
	if _, err := s.ApplyAndRelease(t.Context(), bookshop, id, accept(bookshop)); order.CodeOf(err) != "not-pending" {
		t.Errorf("the rule's refusal gave %v", err)
	}
	s.want(t, id, order.Unprocessed, true)
	nothing := func(*order.Order) ([]order.Event, error) { return nil, nil }
	for range 2 { // the second finds nothing to do
		if o, err = s.ApplyAndRelease(t.Context(), bookshop, id, nothing); err != nil || o.OnHold || o.Status != order.Sent || o.Seller != "900877" {
			t.Errorf("Release gave %s to %q, held %v, %v", o.Status, o.Seller, o.OnHold, err)
		}
	}
	events, err := s.History(t.Context(), "900877", id)
	if err != nil || len(events) != 4 || events[2].Kind != order.EventStateChanged || events[2].Text != "released" || events[3].Kind != order.EventProcessed {
		t.Errorf("history %+v, %v", events, err)
	}
}

func TestOperatorDecidesAboutOrdersOfTheSource(t *testing.T) {
	s := newScene(t)
	id := held(t, s, "1")
	if _, err := s.ApplyAsOperator(t.Context(), operator, "montly", id, accept(operator)); order.KindOf(err) != order.NotFound {
		t.Errorf("another source gave %v", err)
	}
	if _, err := s.ApplyAsOperator(t.Context(), operator, "hark", order.NewID(time.Now()), accept(operator)); order.KindOf(err) != order.NotFound {
		t.Errorf("an unknown order gave %v", err)
	}
	o, err := s.ApplyAsOperator(t.Context(), operator, "hark", id, func(o *order.Order) ([]order.Event, error) {
		o.OnHold = false
		return accept(operator)(o)
	})
	if err != nil || o.OnHold || o.Status != order.Sent {
		t.Errorf("letting it go gave %s, held %v, %v", o.Status, o.OnHold, err)
	}
	turned := held(t, s, "2")
	o, err = s.ApplyAsOperator(t.Context(), operator, "hark", turned, func(o *order.Order) ([]order.Event, error) {
		return o.RejectOpenLines(operator, "avslått", time.Now()), nil
	})
	if err != nil || o.Status != order.Rejected || o.OnHold {
		t.Errorf("turning it down gave %s, held %v, %v", o.Status, o.OnHold, err)
	}
	if err := s.ProcessPending(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.want(t, turned, order.Rejected, false)
}

func TestRulesOfTheSourceAreAsked(t *testing.T) {
	s := newScene(t)
	s.Exchange = order.NewExchange(s.db, s.db, order.Config{Rules: map[string]order.Rules{"hark": {
		Mark: func(o *order.Order, m order.LineUpdate, _ time.Time) error {
			o.Attributes = o.Attributes.Set("deviceId", m.Attributes["deviceId"])
			return nil
		},
	}}})
	id := held(t, s, "1")
	if _, err := s.ApplyAndRelease(t.Context(), bookshop, id, accept(bookshop)); err != nil {
		t.Fatal(err)
	}
	mark := order.LineUpdate{Line: 1, Status: order.Received, Attributes: order.Attributes{"deviceId": "D-1"}}
	if o, err := s.Mark(t.Context(), publisher, id, order.AnyRevision, mark); err != nil || o.Attributes["deviceId"] != "D-1" {
		t.Errorf("attributes %v, %v", o.Attributes, err)
	}
	own := draft("2", order.Identifier{Type: "NBSN", Value: "7045"}, order.Identifier{Type: "NBSN", Value: "900877"})
	receipt, err := s.Submit(t.Context(), bookshop, own, order.Document{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ProcessPending(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Mark(t.Context(), publisher, receipt.ID, order.AnyRevision, mark); order.CodeOf(err) != "attributes-not-accepted" {
		t.Errorf("an order of no dialect gave %v", err)
	}
}

// TestSenderBuysForACustomer takes an order whose document names a buyer who is
// not connected, when the order says that its sender buys; the number in the
// document is not believed without that.
func TestSenderBuysForACustomer(t *testing.T) {
	s := newScene(t)
	for _, says := range []order.PartyID{"7045", "", "104"} {
		o := draft("of "+string(says), order.Identifier{Type: "SellersAccountNumber", Value: "559089-4308"}, nbsn("7045"))
		o.Source, o.Buyer = "montly", says
		receipt, err := s.Submit(t.Context(), bookshop, o, order.Document{})
		if says != "7045" {
			if order.CodeOf(err) != "buyer-not-sender" {
				t.Errorf("an order that says %q buys gave %v", says, err)
			}
			continue
		}
		stored, _ := s.LoadForOperator(t.Context(), receipt.ID)
		if err != nil || stored.Buyer != "7045" || stored.Header.Buyer.ID.Value != "559089-4308" {
			t.Errorf("stored for %s, %+v, %v", stored.Buyer, stored.Header.Buyer, err)
		}
	}
}
