package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

func callbackPromises() []promise {
	return []promise{
		{"an erased order leaves no endpoint of its own", erasedLeavesNone},
		{"an endpoint whose order never came is dropped, and no other", straysDropped},
		{"no more endpoints are dropped at once than asked for", straysInPieces},
	}
}

// callback keeps an endpoint that is for one order alone.
func (h *fixture) callback(t *testing.T, party order.PartyID, id string, scope order.ID) webhook.Endpoint {
	t.Helper()
	e := webhook.Endpoint{ID: id, Party: party, Scope: scope, URL: "mailto:" + id + "@shop.example", Format: webhook.StandardName,
		State: webhook.Active, Secret: webhook.NewSecret(), Created: h.now(), Updated: h.now()}
	ok(t, h.AddEndpoint(t.Context(), e, many))
	return e
}

// left lists which of some endpoints are there.
func (h *fixture) left(t *testing.T, all ...webhook.Endpoint) (ids []string) {
	t.Helper()
	for _, e := range all {
		_, err := h.Endpoint(t.Context(), e.Party, e.ID)
		if err == nil {
			ids = append(ids, e.ID)
		} else if order.KindOf(err) != order.NotFound {
			t.Fatal(err)
		}
	}
	return ids
}

func erasedLeavesNone(t *testing.T, h *fixture) {
	gone, stored := h.add(t, "1"), h.add(t, "2")
	first, second := h.callback(t, shop, "ep_A", gone.ID), h.callback(t, publisher, "ep_B", gone.ID)
	other, all := h.callback(t, shop, "ep_C", stored.ID), h.endpoint(t, shop, "ep_D")
	for _, o := range []order.Order{gone, stored} {
		h.move(t, o.ID, order.EventProcessed, order.Sent)
		h.move(t, o.ID, order.EventMarked, order.Received)
	}
	tasks := h.claim(t, 1, many)
	if len(tasks) != 4 {
		t.Fatalf("claimed %v", tasks)
	}
	for _, task := range tasks[:2] {
		h.fail(t, task, 0)
	}
	h.move(t, gone.ID, order.EventErased, order.Received)
	if got := h.left(t, first, second, other, all); !slices.Equal(got, []string{"ep_C", "ep_D"}) {
		t.Errorf("left are %v", got)
	}
	if got, want := types(h.deliveries(t, all)), []webhook.Type{webhook.OrderErased, webhook.OrderLineStatus, webhook.OrderSent, webhook.OrderLineStatus, webhook.OrderSent}; !slices.Equal(got, want) {
		t.Errorf("the endpoint for all orders gets %v, want %v", got, want)
	}
	if got := h.deliveries(t, other); len(got) != 2 {
		t.Errorf("the endpoint for the other order gets %v", types(got))
	}
	for _, task := range tasks {
		h.finish(t, task) // what was under way comes to its end, and is not an error
	}
	if _, err := h.MailTask(t.Context(), tasks[0].Delivery.ID); order.KindOf(err) != order.NotFound {
		t.Errorf("what was sent leads to %v", err)
	}
	for range 3 {
		for _, task := range h.claim(t, many, many) {
			if id := task.Endpoint.ID; id != other.ID && id != all.ID {
				t.Errorf("claimed %+v", task)
			}
			h.finish(t, task)
		}
	}
}

func straysDropped(t *testing.T, h *fixture) {
	since := h.now()
	stray := h.callback(t, shop, "ep_A", order.NewID(time.Now()))
	whole := h.callback(t, shop, "ep_B", h.add(t, "1").ID)
	of := h.endpoint(t, shop, "ep_C")
	before := h.now()
	young := h.callback(t, shop, "ep_D", order.NewID(time.Now()))
	_, err := h.AddTest(t.Context(), shop, stray.ID)
	ok(t, err)
	trim := func(since, before time.Time, want ...string) {
		t.Helper()
		_, err := h.PurgeOrphans(t.Context(), since, before, many)
		ok(t, err)
		if got := h.left(t, stray, whole, of, young); !slices.Equal(got, want) {
			t.Errorf("left are %v, want %v", got, want)
		}
	}
	trim(before, before, "ep_A", "ep_B", "ep_C", "ep_D")
	trim(since, stray.Created, "ep_A", "ep_B", "ep_C", "ep_D")
	trim(stray.Created, before, "ep_B", "ep_C", "ep_D")
	trim(time.UnixMicro(0), h.now(), "ep_B", "ep_C")
}

func straysInPieces(t *testing.T, h *fixture) {
	for _, id := range []string{"ep_A", "ep_B", "ep_C"} {
		h.callback(t, shop, id, order.NewID(time.Now()))
	}
	for _, want := range []int64{2, 1, 0} {
		if n, err := h.PurgeOrphans(t.Context(), time.UnixMicro(0), h.now(), 2); err != nil || n != want {
			t.Errorf("dropped %d, %v, want %d", n, err, want)
		}
	}
}
