package webhook_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/freshstore"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

const shop order.PartyID = "7045"

// capacity is a real store under a clock that can be put forward.
type capacity struct {
	*store.DB
	ahead atomic.Int64 // of the real time, in nanoseconds
}

func (r *capacity) now() time.Time { return time.Now().Add(time.Duration(r.ahead.Load())) }

// advance puts the clock forward to an instant, when it is not there yet.
func (r *capacity) advance(to time.Time) {
	if d := to.Sub(r.now()); d > 0 {
		r.ahead.Add(int64(d))
	}
}

func openCapacity(t *testing.T) *capacity {
	t.Helper()
	r := &capacity{}
	db, err := freshstore.Open(t, store.Open, t.TempDir(), store.Options{Now: r.now})
	ok(t, err)
	t.Cleanup(func() { db.Close() })
	r.DB = db
	ok(t, db.AddParty(t.Context(), order.Party{ID: shop, Name: "Shop", Scheme: order.DefaultScheme}))
	return r
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// dispatch runs a dispatcher with the sender until stop is called.
func (r *capacity) dispatch(t *testing.T, sender *webhook.Sender) (d *webhook.Dispatcher, stop func()) {
	t.Helper()
	d = webhook.NewDispatcher(webhook.Config{Store: r, Sender: sender, Formats: []webhook.Format{webhook.Standard("https://orders.example.no")}, Now: r.now})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { d.Run(ctx) })
	stop = func() { cancel(); running.Wait() }
	t.Cleanup(stop)
	return d, stop
}

// eventually waits for something that must come.
func eventually(t *testing.T, what string, come func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !come(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never came: %s", what)
		}
	}
}

// loopback lets everything on this machine be sent to.
func loopback() *webhook.Guard { return webhook.NewGuard(netip.MustParsePrefix("127.0.0.0/8")) }

// addOrder keeps a new order of the shop, which makes one delivery for each of
// its endpoints.
func (r *capacity) addOrder(t *testing.T, n int) {
	t.Helper()
	r.addOrderOf(t, shop, n)
}

func (r *capacity) addOrderOf(t *testing.T, sender order.PartyID, n int) {
	t.Helper()
	o := order.Order{
		ID: order.NewID(time.Now()), Revision: 1, Source: "boknett", Sender: sender, Buyer: sender, Number: fmt.Sprint(n), Status: order.Unprocessed,
		Lines: []order.Line{{Number: 1, Quantity: 1, Status: order.Unprocessed, Products: []order.Identifier{{Type: "EAN13", Value: "9788202337926"}}}},
	}
	_, added, err := r.Add(t.Context(), o, order.Document{}, order.Event{Kind: order.EventReceived, To: order.Unprocessed, Actor: "a", Via: "ticket"})
	if err != nil || !added {
		t.Fatalf("order %d: %v, %v", n, added, err)
	}
}

// TestAddressOfMailsIsTheOperators: a party cannot make a web address of the
// endpoint that its e-mails go to.
func TestAddressOfMailsIsTheOperators(t *testing.T) {
	r := openCapacity(t)
	ok(t, r.AddEndpoint(t.Context(), webhook.Endpoint{ID: "ep_mail", Party: shop, URL: "mailto:a@b.example", Format: "email", State: webhook.Active}, 9))
	service := webhook.NewService(webhook.ServiceConfig{Store: r, Guard: loopback(), Names: net.DefaultResolver})
	url, words := "https://127.0.0.1/", "evenings"
	if _, err := service.Change(t.Context(), shop, "ep_mail", webhook.EndpointUpdate{URL: &url}); order.CodeOf(err) != "webhook-url" {
		t.Errorf("another address gave %v", err)
	}
	if e, err := service.Change(t.Context(), shop, "ep_mail", webhook.EndpointUpdate{Description: &words}); err != nil || e.URL != "mailto:a@b.example" || e.Description != words {
		t.Errorf("another description gave %+v, %v", e, err)
	}
}
