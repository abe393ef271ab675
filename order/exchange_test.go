package order_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/freshstore"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// scene is an exchange over a real store with three parties: the portal 104,
// which may act for the bookshop 7045, and the publisher 900877.
type scene struct {
	*order.Exchange
	db *store.DB
}

func newScene(t *testing.T) scene {
	t.Helper()
	ctx := context.Background()
	db, err := freshstore.Open(t, store.Open, t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	for _, p := range []order.Party{
		{ID: "104", Name: "Skoleportalen", Scheme: "NBSN"},
		{ID: "7045", Name: "Eksempel Bokhandel", Scheme: "NBSN", Aliases: []order.Identifier{{Type: "GLN", Value: "7080000070459"}}},
		{ID: "116", Name: "Studentbokhandelen", Scheme: "NBSN"},
		{ID: "900877", Name: "Eksempel Forlag", Scheme: "NBSN", Aliases: []order.Identifier{{Type: "GLN", Value: "7080009008774"}}},
	} {
		if err := db.AddParty(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Allow(ctx, "104", "7045"); err != nil {
		t.Fatal(err)
	}
	return scene{order.NewExchange(db, db, order.Config{}), db}
}

var (
	portal    = order.Actor{Party: "104", Name: "skole", Via: "token"}
	bookshop  = order.Actor{Party: "7045", Name: "bokhandel", Via: "ticket"}
	publisher = order.Actor{Party: "900877", Name: "forlag", Via: "ticket"}
)

// draft is an order of one line as a document would give it.
func draft(number string, buyer, seller order.Identifier) order.Order {
	o := order.Order{Number: number, Header: order.Header{Purpose: order.Original, Buyer: order.TradeParty{ID: buyer}},
		Lines: []order.Line{{Number: 1, Quantity: 5, Products: []order.Identifier{{Type: "EAN13", Value: "9788202337926"}}}}}
	if seller.Value != "" {
		o.Header.Seller = &order.TradeParty{ID: seller}
	}
	return o
}

func nbsn(v string) order.Identifier { return order.Identifier{Type: "NBSN", Value: v} }

// send submits and routes an order.
func (s scene) send(t *testing.T, by order.Actor, o order.Order) order.ID {
	t.Helper()
	r, err := s.Submit(context.Background(), by, o, order.NewDocument("application/xml", []byte(o.Number)))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ProcessPending(context.Background()); err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func (s scene) read(t *testing.T, party order.PartyID, id order.ID) order.Order {
	t.Helper()
	o, err := s.Order(context.Background(), party, id)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestWhoMaySendForWhom(t *testing.T) {
	s := newScene(t)
	cases := []struct {
		name  string
		by    order.Actor
		buyer order.Identifier
		want  order.PartyID // empty: refused
		says  string
	}{
		{"for itself", bookshop, nbsn("7045"), "7045", ""},
		{"for itself by another of its numbers", bookshop, order.Identifier{Type: "gln", Value: " 7080000070459 "}, "7045", ""},
		{"for a party it may act for", portal, nbsn("7045"), "7045", ""},
		{"for a party it may not act for", portal, nbsn("116"), "", "may not send in its name"},
		{"the other way round", bookshop, nbsn("104"), "", "may not send in its name"},
		{"for an unknown party", bookshop, nbsn("999"), "", "not connected"},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			number := "n" + string(rune('a'+i))
			r, err := s.Submit(context.Background(), c.by, draft(number, c.buyer, nbsn("900877")), order.NewDocument("application/xml", nil))
			if c.want == "" {
				if order.KindOf(err) != order.Invalid || order.CodeOf(err) != "buyer-not-sender" || !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %v, want a refusal that says %q", err, c.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if o := s.read(t, c.want, r.ID); o.Buyer != c.want || o.Sender != c.by.Party {
				t.Errorf("buyer %s, sender %s", o.Buyer, o.Sender)
			}
		})
	}
}

func TestWhereAnOrderGoes(t *testing.T) {
	s := newScene(t)
	ctx := context.Background()
	fails := s.read(t, "7045", s.send(t, bookshop, draft("1", nbsn("7045"), nbsn("900878"))))
	if fails.Status != order.Failed || fails.Reason == nil || fails.Reason.Code != "receiver-unknown" || !strings.Contains(fails.Reason.Detail, "900877 Eksempel Forlag") {
		t.Errorf("unknown receiver: %s %+v", fails.Status, fails.Reason)
	}
	fails = s.read(t, "7045", s.send(t, bookshop, draft("2", nbsn("7045"), order.Identifier{})))
	if fails.Status != order.Failed || fails.Reason.Code != "receiver-missing" {
		t.Errorf("no receiver: %s %+v", fails.Status, fails.Reason)
	}
	sent := s.read(t, "900877", s.send(t, bookshop, draft("3", nbsn("7045"), order.Identifier{Type: "GLN", Value: "7080009008774"})))
	if sent.Status != order.Sent || !strings.Contains(sent.Routing, "SellerParty") {
		t.Errorf("by alias: %s %q", sent.Status, sent.Routing)
	}
	if err := s.db.SetDefaultSeller(ctx, "7045", "116"); err != nil {
		t.Fatal(err)
	}
	sent = s.read(t, "116", s.send(t, bookshop, draft("4", nbsn("7045"), order.Identifier{})))
	if sent.Seller != "116" || !strings.Contains(sent.Routing, "default seller") {
		t.Errorf("by default: %q", sent.Routing)
	}
	if err := s.db.AddRoute(ctx, order.Route{Prefix: "978820", Seller: "900877"}); err != nil {
		t.Fatal(err)
	}
	sent = s.read(t, "900877", s.send(t, bookshop, draft("5", nbsn("7045"), order.Identifier{})))
	if !strings.Contains(sent.Routing, "978820") {
		t.Errorf("by route: %q", sent.Routing)
	}
}

func TestAnotherNumberOfTheSellerRoutes(t *testing.T) {
	s := newScene(t)
	o := draft("1", nbsn("7045"), nbsn("0000"))
	o.Header.Seller.AdditionalIDs = []order.Identifier{{Type: "GLN", Value: "7080009008774"}}
	if got := s.read(t, "7045", s.send(t, bookshop, o)); got.Seller != "900877" {
		t.Errorf("seller %q, %+v", got.Seller, got.Reason)
	}
}

func TestTestOrderNeverReachesTheReceiver(t *testing.T) {
	s := newScene(t)
	o := draft("1", nbsn("7045"), nbsn("900877"))
	o.Header.Purpose = order.Test
	id := s.send(t, bookshop, o)
	if got := s.read(t, "7045", id); got.Status != order.Sent || got.Seller != "900877" {
		t.Errorf("the sender sees %s to %s", got.Status, got.Seller)
	}
	if _, err := s.Order(context.Background(), "900877", id); order.KindOf(err) != order.NotFound {
		t.Errorf("the receiver got %v", err)
	}
	page, err := s.List(context.Background(), order.Query{Party: "900877", Mode: order.All, Limit: 10})
	if err != nil || len(page.Items) != 0 {
		t.Errorf("the receiver's list has %d items, %v", len(page.Items), err)
	}
}

func TestStaleChangesAreRefused(t *testing.T) {
	s := newScene(t)
	ctx := context.Background()
	id := s.send(t, bookshop, draft("1", nbsn("7045"), nbsn("900877")))
	seen := s.read(t, "900877", id).Revision
	if _, err := s.Mark(ctx, publisher, id, seen, order.LineUpdate{Line: 1, Status: order.Received}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Mark(ctx, publisher, id, seen, order.LineUpdate{Line: 1, Status: order.Rejected})
	if order.KindOf(err) != order.Stale {
		t.Errorf("got %v", err)
	}
	_, err = s.Reduce(ctx, bookshop, id, seen, order.Reduction{EAN: "9788202337926", Number: 1})
	if order.KindOf(err) != order.Stale {
		t.Errorf("got %v", err)
	}
	_, err = s.Mark(ctx, portal, id, 99, order.LineUpdate{Line: 1, Status: order.Rejected})
	if order.KindOf(err) != order.NotFound {
		t.Errorf("a stranger must not learn that the revision is stale: %v", err)
	}
	if got := s.read(t, "900877", id); got.Lines[0].Status != order.Received || len(got.Lines) != 1 {
		t.Errorf("lines %+v", got.Lines)
	}
}

func TestTheSameOrderAtOnceIsOneOrder(t *testing.T) {
	s := newScene(t)
	const copies = 32
	ids := make([]order.ID, copies)
	var wg sync.WaitGroup
	for i := range copies {
		wg.Go(func() {
			r, err := s.Submit(context.Background(), bookshop, draft("1", nbsn("7045"), nbsn("900877")), order.NewDocument("application/xml", nil))
			if err != nil {
				t.Error(err)
			}
			ids[i] = r.ID
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("two orders: %s and %s", id, ids[0])
		}
	}
	events, err := s.History(context.Background(), "7045", ids[0])
	if err != nil || len(events) != 1 {
		t.Errorf("%d events, %v", len(events), err)
	}
}

func TestRunRoutesWhatIsSubmittedAndWhatWasLeft(t *testing.T) {
	s := newScene(t)
	left, err := s.Submit(context.Background(), bookshop, draft("left", nbsn("7045"), nbsn("900877")), order.NewDocument("application/xml", nil))
	if err != nil {
		t.Fatal(err)
	}
	// Another exchange over the same store, as after a restart: it never saw the
	// first order come in.
	exchange := order.NewExchange(s.db, s.db, order.Config{})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- exchange.Run(ctx) }()
	fresh, err := exchange.Submit(context.Background(), bookshop, draft("fresh", nbsn("7045"), nbsn("900877")), order.NewDocument("application/xml", nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []order.ID{left.ID, fresh.ID} {
		for deadline := time.Now().Add(10 * time.Second); s.read(t, "7045", id).Status != order.Sent; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("order %s was not routed", id)
			}
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
