package order_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

var operator = order.Actor{Name: "operator", Via: "command"}

// sendPersonal sends an order with a person in it, as a document.
func (s scene) sendPersonal(t *testing.T, number, person string) (order.ID, order.Order, order.Document) {
	t.Helper()
	o := draft(number, nbsn("7045"), nbsn("900877"))
	o.Header.Buyer.Names = []string{person}
	o.Header.Messages = []order.Message{{Type: "01", Lines: []string{"Til " + person}}}
	doc := order.NewDocument("application/xml", []byte(number+" for "+person))
	r, err := s.Submit(context.Background(), bookshop, o, doc)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ProcessPending(context.Background()); err != nil {
		t.Fatal(err)
	}
	return r.ID, o, doc
}

func TestErasedOrderStaysAsFacts(t *testing.T) {
	s := newScene(t)
	ctx := context.Background()
	id, _, _ := s.sendPersonal(t, "1", "Ola Nordmann")
	before := s.read(t, "7045", id)
	erased, err := s.Erase(ctx, operator, id, "case 7")
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%+v", s.read(t, "900877", id)); strings.Contains(text, "Ola") {
		t.Errorf("the receiver still sees %s", text)
	}
	if erased.Status != before.Status || len(erased.Lines) != 1 || erased.Lines[0].Quantity != 5 || erased.Header.Buyer.ID != nbsn("7045") || erased.Seller != "900877" {
		t.Errorf("facts are gone: %+v", erased)
	}
	again, err := s.Erase(ctx, operator, id, "once more")
	if err != nil || again.Revision != erased.Revision {
		t.Errorf("erased again: revision %d after %d, %v", again.Revision, erased.Revision, err)
	}
	if _, err := s.Mark(ctx, publisher, id, order.AnyRevision, order.LineUpdate{Line: 1, Status: order.Fulfilled}); err != nil {
		t.Errorf("an erased order cannot be answered: %v", err)
	}
}

func TestNumberOfAnErasedOrder(t *testing.T) {
	s := newScene(t)
	ctx := context.Background()
	id, o, doc := s.sendPersonal(t, "1", "Ola Nordmann")
	if _, err := s.Erase(ctx, operator, id, ""); err != nil {
		t.Fatal(err)
	}
	r, err := s.Submit(ctx, bookshop, o, doc)
	if err != nil || r.ID != id || !r.Repeated {
		t.Errorf("the same document gave %+v, %v", r, err)
	}
	for what, other := range map[string]order.Document{
		"the same order in other bytes": order.NewDocument("application/xml", []byte("1  for Ola Nordmann")),
		"no document":                   {},
	} {
		_, err = s.Submit(ctx, bookshop, o, other)
		if order.KindOf(err) != order.Conflict || order.CodeOf(err) != "order-erased" || !strings.Contains(err.Error(), string(id)) {
			t.Errorf("%s gave %v", what, err)
		}
	}
	page, err := s.List(ctx, order.Query{Party: "7045", Mode: order.All, Limit: 10})
	if err != nil || len(page.Items) != 1 {
		t.Errorf("%d orders, %v", len(page.Items), err)
	}
}

func TestRetiredOrderIsGoneForThoseWhoSawIt(t *testing.T) {
	s := newScene(t)
	ctx := context.Background()
	id, o, doc := s.sendPersonal(t, "1", "Ola Nordmann")
	if _, err := s.Mark(ctx, publisher, id, order.AnyRevision, order.LineUpdate{Line: 1, Status: order.Fulfilled}); err != nil {
		t.Fatal(err)
	}
	if _, n, err := s.db.RetireOrders(ctx, time.Now().Add(time.Hour), 0, 10); err != nil || n != 1 {
		t.Fatalf("%d retired, %v", n, err)
	}
	ask := map[string]func(order.Actor) error{
		"order":    func(by order.Actor) error { _, err := s.Order(ctx, by.Party, id); return err },
		"document": func(by order.Actor) error { _, err := s.Document(ctx, by.Party, id); return err },
		"history":  func(by order.Actor) error { _, err := s.History(ctx, by.Party, id); return err },
		"mark": func(by order.Actor) error {
			_, err := s.Mark(ctx, by, id, order.AnyRevision, order.LineUpdate{Line: 1, Status: order.Received})
			return err
		},
		"reduce": func(by order.Actor) error {
			_, err := s.Reduce(ctx, by, id, order.AnyRevision, order.Reduction{EAN: "9788202337926", Number: 1})
			return err
		},
	}
	for what, do := range ask {
		for _, by := range []order.Actor{bookshop, publisher} {
			if err := do(by); order.KindOf(err) != order.Gone || order.CodeOf(err) != "order-retired" {
				t.Errorf("%s of %s gave %v", what, by.Party, err)
			}
		}
		if err := do(portal); order.KindOf(err) != order.NotFound {
			t.Errorf("%s of a stranger gave %v", what, err)
		}
	}
	_, err := s.Submit(ctx, bookshop, o, doc)
	if order.KindOf(err) != order.Conflict || order.CodeOf(err) != "order-retired" || !strings.Contains(err.Error(), string(id)) {
		t.Errorf("its number again gave %v", err)
	}
	if _, err := s.Erase(ctx, operator, id, ""); order.KindOf(err) != order.Gone {
		t.Errorf("erasing it gave %v", err)
	}
}

func TestErasedPartyNeitherSendsNorReceives(t *testing.T) {
	s := newScene(t)
	ctx := context.Background()
	if _, err := s.EraseParty(ctx, operator, "900877", "case 8", nil); err != nil {
		t.Fatal(err)
	}
	for name, seller := range map[string]order.Identifier{"number": nbsn("900877"), "alias": {Type: "GLN", Value: "7080009008774"}} {
		got := s.read(t, "7045", s.send(t, bookshop, draft(name, nbsn("7045"), seller)))
		if got.Status != order.Failed || got.Reason == nil || got.Reason.Code != "receiver-erased" || !strings.Contains(got.Reason.Detail, "taken out") {
			t.Errorf("an order to its %s is %s, %+v", name, got.Status, got.Reason)
		}
	}
	near := s.read(t, "7045", s.send(t, bookshop, draft("near", nbsn("7045"), nbsn("900878"))))
	if near.Reason == nil || strings.Contains(near.Reason.Detail, "900877") {
		t.Errorf("the erased party is proposed: %+v", near.Reason)
	}
	if _, err := s.EraseParty(ctx, operator, "7045", "", nil); err != nil {
		t.Fatal(err)
	}
	for _, by := range []order.Actor{bookshop, portal} {
		_, err := s.Submit(ctx, by, draft("x", nbsn("7045"), nbsn("116")), order.NewDocument("application/xml", nil))
		if order.KindOf(err) != order.Invalid || !strings.Contains(err.Error(), "taken out of this exchange") {
			t.Errorf("%s sends for it: %v", by.Party, err)
		}
	}
}

func TestErasingAPartyErasesWhatItSent(t *testing.T) {
	s := newScene(t)
	ctx := context.Background()
	const orders = 450 // more than two batches
	var ids []order.ID
	for i := range orders {
		o := draft(fmt.Sprint(i), nbsn("7045"), nbsn("900877"))
		o.Header.Buyer.Names = []string{"Ola Nordmann"}
		by := bookshop
		if i%2 == 0 {
			by = portal // sent in its name
		}
		r, err := s.Submit(ctx, by, o, order.NewDocument("application/xml", []byte(o.Number)))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	broken, stop := context.WithCancel(ctx)
	defer stop()
	_, err := s.EraseParty(broken, operator, "7045", "case 9", func(order.PartyErasure) { stop() })
	if err == nil {
		t.Fatal("it went on after it was broken off")
	}
	calls := 0
	done, err := s.EraseParty(ctx, operator, "7045", "case 9", func(p order.PartyErasure) { calls++ })
	if err != nil || done.Orders == 0 || done.Orders >= orders || calls != 3 || done.Party.Erased.IsZero() {
		t.Errorf("%+v after %d calls, %v", done, calls, err)
	}
	for _, id := range ids {
		o := s.read(t, "7045", id)
		events, err := s.History(ctx, "7045", id)
		if err != nil || o.Erased.IsZero() || len(o.Header.Buyer.Names) != 0 || len(events) != 2 || events[1].Text != "case 9" {
			t.Fatalf("order %s: %+v, %d events, %v", o.Number, o.Header.Buyer, len(events), err)
		}
	}
	if again, err := s.EraseParty(ctx, operator, "7045", "", nil); err != nil || again.Orders != 0 {
		t.Errorf("once more: %+v, %v", again, err)
	}
}
