package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// The parties of every case.
const (
	shop      order.PartyID = "7045"
	publisher order.PartyID = "900877"
	stranger  order.PartyID = "116"
)

// fixture is a store under test with the clock that it reads.
type fixture struct {
	Store
	mu sync.Mutex
	at time.Time
}

func (h *fixture) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(time.Microsecond)
	return h.at
}

func (h *fixture) step(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

func (h *fixture) furnish(t *testing.T) {
	t.Helper()
	for _, id := range []order.PartyID{shop, publisher, stranger} {
		ok(t, h.AddParty(t.Context(), order.Party{ID: id, Name: "Party " + string(id), Scheme: order.DefaultScheme}))
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// many is more endpoints than any case makes.
const many = 100

// endpoint keeps an active endpoint of a party.
func (h *fixture) endpoint(t *testing.T, party order.PartyID, id string, events ...string) webhook.Endpoint {
	t.Helper()
	e := webhook.Endpoint{ID: id, Party: party, URL: "https://" + id + ".example/", Events: events, Format: webhook.StandardName,
		State: webhook.Active, Secret: webhook.NewSecret(), Created: h.now(), Updated: h.now()}
	ok(t, h.AddEndpoint(t.Context(), e, many))
	return e
}

// add keeps a new order of shop.
func (h *fixture) add(t *testing.T, number string) order.Order {
	t.Helper()
	o := order.Order{
		ID: order.NewID(time.Now()), Revision: 1, Source: "boknett", Sender: shop, Buyer: shop, Number: number, Status: order.Unprocessed,
		Lines: []order.Line{{Number: 1, Quantity: 1, Status: order.Unprocessed, Products: []order.Identifier{{Type: "EAN13", Value: "9788202337926"}}}},
	}
	stored, added, err := h.Add(t.Context(), o, order.Document{}, order.Event{Kind: order.EventReceived, To: order.Unprocessed, Actor: "a", Via: "ticket"})
	if err != nil || !added {
		t.Fatalf("Add %s: %v, %v", number, added, err)
	}
	return stored
}

// move sets an order's status, with one event of the given kind.
func (h *fixture) move(t *testing.T, id order.ID, kind order.EventKind, to order.Status) {
	t.Helper()
	_, err := h.Update(t.Context(), id, func(o *order.Order) ([]order.Event, error) {
		ev := order.Event{Kind: kind, From: o.Status, To: to, Line: 1, Actor: "a", Via: "ticket"}
		o.Seller, o.Status = publisher, to
		for i := range o.Lines {
			o.Lines[i].Status = to
		}
		return []order.Event{ev}, nil
	})
	ok(t, err)
}

func (h *fixture) deliveries(t *testing.T, e webhook.Endpoint) []webhook.Delivery {
	t.Helper()
	all, err := h.Deliveries(t.Context(), webhook.DeliveryQuery{Party: e.Party, Endpoint: e.ID, Limit: many})
	ok(t, err)
	return all
}

func (h *fixture) claim(t *testing.T, perEndpoint, limit int) []webhook.Task {
	t.Helper()
	now := h.now()
	tasks, err := h.Claim(t.Context(), now, now.Add(time.Minute), webhook.Bounds{PerEndpoint: perEndpoint, PerParty: many, Limit: limit})
	ok(t, err)
	return tasks
}

// finish settles a task as delivered, and fail as failed and due again.
func (h *fixture) finish(t *testing.T, task webhook.Task) {
	t.Helper()
	ok(t, h.RecordAttempt(t.Context(), task.Delivery.Party, task.Delivery.ID, func(e *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
		d.Attempts++
		d.State, d.Finished = webhook.Delivered, h.now()
		e.Success = d.Finished
		return webhook.Attempt{At: d.Finished, Status: 204}
	}))
}

func (h *fixture) fail(t *testing.T, task webhook.Task, again time.Duration) {
	t.Helper()
	ok(t, h.RecordAttempt(t.Context(), task.Delivery.Party, task.Delivery.ID, func(e *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
		d.Attempts++
		d.Due = h.now().Add(again)
		e.Failures++
		return webhook.Attempt{At: h.now(), Status: 500, Error: "answered 500"}
	}))
}
