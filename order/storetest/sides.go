package storetest

import (
	"testing"

	"github.com/bookgate/bookgate/order"
)

var sidePromises = []promise{
	{"an UNPROCESSED order is seen by the sending side alone", unprocessedHidden},
	{"a SENT order is seen by both sides", sentSeen},
	{"a FAILED order is seen by the sending side alone, with its reason", failedHidden},
	{"a test order never reaches the receiver", testHidden},
	{"a buyer sees what was sent in its name", buyerSees},
	{"an order to oneself is in both modes and once in ALL", orderToOneself},
	{"a party that no longer stands in the order loses sight of it", sightLost},
	{"an order that is not visible looks like one that is not there", hiddenLikeMissing},
	{"a change for a party that does not see the order is not run", changeOutside},
	{"an order is found as sent by its sender in its source alone", sentBySender},
}

// wantSeen checks every way in which a party can see an order.
func wantSeen(t *testing.T, h *house, o order.Order, party order.PartyID, want order.Side) {
	t.Helper()
	_, err := h.Order(t.Context(), party, o.ID)
	_, errDoc := h.Document(t.Context(), party, o.ID)
	_, errHas := h.HasDocument(t.Context(), party, o.ID)
	_, errHist := h.History(t.Context(), party, o.ID)
	_, errChange := h.Change(t.Context(), party, o.ID, func(*order.Order) ([]order.Event, error) { return nil, nil })
	for what, err := range map[string]error{"Change": errChange, "Order": err, "Document": errDoc, "HasDocument": errHas, "History": errHist} {
		if want == order.Outside && order.KindOf(err) != order.NotFound || want != order.Outside && err != nil {
			t.Errorf("%s of %s (%s) for %s: %v", what, o.Number, o.Status, party, err)
		}
	}
	for mode, side := range map[order.Mode]order.Side{order.SentByMe: order.Sending, order.SentToMe: order.Receives, order.All: order.Sending | order.Receives} {
		n := 0
		for _, it := range list(t, h, order.Query{Party: party, Mode: mode, Limit: 100}) {
			if it.ID == o.ID {
				n++
			}
		}
		if seen := want&side != 0; seen && n != 1 || !seen && n != 0 {
			t.Errorf("%s (%s) is %d times in the list %s of %s", o.Number, o.Status, n, mode, party)
		}
	}
}

func unprocessedHidden(t *testing.T, h *house) {
	o := sample("A-1")
	o.Seller = publisher
	add(t, h, o)
	wantSeen(t, h, o, shop, order.Sending)
	wantSeen(t, h, o, publisher, order.Outside)
	wantSeen(t, h, o, stranger, order.Outside)
	wantSeen(t, h, o, "", order.Outside)
}

func sentSeen(t *testing.T, h *house) {
	o := change(t, h, add(t, h, sample("A-1")).ID, send(publisher))
	for _, s := range []order.Status{order.Sent, order.Received, order.Rejected, order.FulfilledBlocked} {
		o = change(t, h, o.ID, answer(s))
		wantSeen(t, h, o, shop, order.Sending)
		wantSeen(t, h, o, publisher, order.Receives)
		wantSeen(t, h, o, stranger, order.Outside)
	}
}

func failedHidden(t *testing.T, h *house) {
	o := sample("A-1")
	o.Seller = publisher
	failed := change(t, h, add(t, h, o).ID, fail)
	wantSeen(t, h, failed, shop, order.Sending)
	wantSeen(t, h, failed, publisher, order.Outside)
	got, err := h.Order(t.Context(), shop, o.ID)
	if err != nil || got.Reason == nil || got.Reason.Hint != "somebody" {
		t.Errorf("reason %+v, %v", got.Reason, err)
	}
}

func testHidden(t *testing.T, h *house) {
	o := sample("A-1")
	o.Header.Purpose = order.Test
	sent := change(t, h, add(t, h, o).ID, send(publisher))
	wantSeen(t, h, sent, shop, order.Sending)
	wantSeen(t, h, sent, publisher, order.Outside)
	if n := head(t, h, publisher); n != 0 {
		t.Errorf("the receiver's head is %d, want 0", n)
	}
}

func buyerSees(t *testing.T, h *house) {
	o := sample("A-1")
	o.Buyer = school
	sent := change(t, h, add(t, h, o).ID, send(publisher))
	wantSeen(t, h, sent, shop, order.Sending)
	wantSeen(t, h, sent, school, order.Sending)
	wantSeen(t, h, sent, publisher, order.Receives)
	if n := head(t, h, school); n != 2 {
		t.Errorf("the buyer's head is %d, want 2", n)
	}
}

func orderToOneself(t *testing.T, h *house) {
	o := add(t, h, sample("A-1"))
	wantSeen(t, h, o, shop, order.Sending)
	o = change(t, h, o.ID, send(shop))
	wantSeen(t, h, o, shop, order.Sending|order.Receives)
	o = change(t, h, o.ID, answer(order.Received))
	wantSeen(t, h, o, shop, order.Sending|order.Receives)
	if n := head(t, h, shop); n != 3 {
		t.Errorf("head is %d, want 3: one number a change, however many sides", n)
	}
}

func sightLost(t *testing.T, h *house) {
	o := change(t, h, add(t, h, sample("A-1")).ID, send(publisher))
	o = change(t, h, o.ID, send(stranger))
	wantSeen(t, h, o, publisher, order.Outside)
	wantSeen(t, h, o, stranger, order.Receives)
	o = change(t, h, o.ID, send(publisher))
	wantSeen(t, h, o, publisher, order.Receives)
	wantSeen(t, h, o, stranger, order.Outside)
}

func hiddenLikeMissing(t *testing.T, h *house) {
	o := add(t, h, sample("A-1"))
	_, hidden := h.Order(t.Context(), publisher, o.ID)
	_, missing := h.Order(t.Context(), publisher, order.NewID(h.clock.now()))
	wantKind(t, hidden, order.NotFound)
	if hidden.Error() != missing.Error() {
		t.Errorf("%q and %q tell the two apart", hidden, missing)
	}
}

func changeOutside(t *testing.T, h *house) {
	o := change(t, h, add(t, h, sample("A-1")).ID, send(publisher))
	run := false
	_, hidden := h.Change(t.Context(), stranger, o.ID, func(*order.Order) ([]order.Event, error) {
		run = true
		return []order.Event{{Kind: order.EventMarked}}, nil
	})
	_, missing := h.Change(t.Context(), stranger, order.NewID(h.clock.now()), func(*order.Order) ([]order.Event, error) { return nil, nil })
	wantKind(t, hidden, order.NotFound)
	if run || hidden.Error() != missing.Error() {
		t.Errorf("run %t; %q and %q tell the two apart", run, hidden, missing)
	}
	after, err := h.Order(t.Context(), publisher, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the order after it", o, after)
	changed, err := h.Change(t.Context(), publisher, o.ID, answer(order.Received))
	if err != nil || changed.Revision != o.Revision+1 {
		t.Errorf("the receiver's change: revision %d, %v", changed.Revision, err)
	}
}

func sentBySender(t *testing.T, h *house) {
	o := sample("A-1")
	o.Buyer, o.Source = school, "hark"
	o = change(t, h, add(t, h, o).ID, send(publisher))
	got, err := h.Sent(t.Context(), shop, "hark", o.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the order sent", o, got)
	for _, of := range []struct {
		sender order.PartyID
		source string
		id     order.ID
	}{{shop, "", o.ID}, {shop, "hark-test", o.ID}, {school, "hark", o.ID}, {publisher, "hark", o.ID}, {stranger, "hark", o.ID}, {"", "hark", o.ID},
		{shop, "hark", order.NewID(h.clock.now())}} {
		_, err := h.Sent(t.Context(), of.sender, of.source, of.id)
		wantKind(t, err, order.NotFound)
	}
}
