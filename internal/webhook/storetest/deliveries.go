package storetest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

func deliveryPromises() []promise {
	return []promise{
		{"each party gets what it may see, with its own change number", sentOnce},
		{"a filter, a scope and a disabled endpoint leave out what is not wanted", filtered},
		{"a move in its own dialect goes to endpoints that ask for it by its exact name alone", movedByName},
		{"a paused endpoint's events wait", pausedWaits},
		{"a change that is not stored makes no delivery", undoneSendsNothing},
		{"deliveries are listed newest first, by state and page by page", deliveriesListed},
		{"a test event goes to its endpoint alone", testEvent},
	}
}

func types(all []webhook.Delivery) (names []webhook.Type) {
	for _, d := range all {
		names = append(names, d.Type)
	}
	return names
}

func sentOnce(t *testing.T, h *fixture) {
	sender, receiver := h.endpoint(t, shop, "ep_S"), h.endpoint(t, publisher, "ep_R")
	foreign := h.endpoint(t, stranger, "ep_F")
	o := h.add(t, "N-1")
	h.move(t, o.ID, order.EventProcessed, order.Sent)
	h.move(t, o.ID, order.EventMarked, order.Received)
	if got, want := types(h.deliveries(t, sender)), []webhook.Type{webhook.OrderLineStatus, webhook.OrderSent, webhook.OrderReceived}; !slices.Equal(got, want) {
		t.Errorf("the sender gets %v, want %v", got, want)
	}
	got := h.deliveries(t, receiver)
	if want := []webhook.Type{webhook.OrderLineStatus, webhook.OrderSent}; !slices.Equal(types(got), want) {
		t.Fatalf("the receiver gets %v, want %v", types(got), want)
	}
	if len(h.deliveries(t, foreign)) != 0 {
		t.Errorf("a stranger gets something")
	}
	head, err := h.Head(t.Context(), publisher)
	ok(t, err)
	epoch, err := h.Epoch(t.Context())
	ok(t, err)
	want := webhook.Event{Change: head, Epoch: epoch, Order: o.ID, Number: "N-1", Event: 3, At: got[0].Event.At, Line: 1, From: order.Sent, To: order.Received, Role: order.RoleReceiver}
	if diff := cmp.Diff(want, got[0].Event); diff != "" || got[0].State != webhook.Pending || got[0].Event.At.IsZero() {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func filtered(t *testing.T, h *fixture) {
	o := h.add(t, "before")
	some := h.endpoint(t, shop, "ep_A", "order.line.*", "order.failed")
	off := h.endpoint(t, shop, "ep_B")
	_, err := h.ChangeEndpoint(t.Context(), shop, off.ID, func(e *webhook.Endpoint) error { e.State = webhook.Disabled; return nil })
	ok(t, err)
	scoped := webhook.Endpoint{ID: "ep_C", Party: shop, Scope: o.ID, State: webhook.Active, Format: "hark"}
	ok(t, h.AddEndpoint(t.Context(), scoped, many))
	other := h.add(t, "other")
	for _, id := range []order.ID{o.ID, other.ID} {
		h.move(t, id, order.EventProcessed, order.Sent)
		h.move(t, id, order.EventMarked, order.Received)
	}
	if got := types(h.deliveries(t, some)); !slices.Equal(got, []webhook.Type{webhook.OrderLineStatus, webhook.OrderLineStatus}) {
		t.Errorf("the filter let pass %v", got)
	}
	if got := h.deliveries(t, off); len(got) != 0 {
		t.Errorf("a disabled endpoint got %v", types(got))
	}
	got := h.deliveries(t, scoped)
	if len(got) != 2 || got[0].Event.Order != o.ID || got[1].Event.Order != o.ID {
		t.Errorf("the endpoint of one order got %v", got)
	}
}

func movedByName(t *testing.T, h *fixture) {
	all, star, exact := h.endpoint(t, shop, "ep_A"), h.endpoint(t, shop, "ep_B", "order.*"), h.endpoint(t, shop, "ep_C", "order.moved")
	o := h.add(t, "1")
	h.move(t, o.ID, order.EventStateChanged, "shipped")
	for _, e := range []webhook.Endpoint{all, star} {
		if got := types(h.deliveries(t, e)); !slices.Equal(got, []webhook.Type{webhook.OrderReceived}) {
			t.Errorf("the filter %v let pass %v", e.Events, got)
		}
	}
	got := h.deliveries(t, exact)
	if !slices.Equal(types(got), []webhook.Type{webhook.OrderMoved}) || got[0].Event.To != "shipped" {
		t.Errorf("who asked for it got %v", got)
	}
}

func pausedWaits(t *testing.T, h *fixture) {
	e := h.endpoint(t, shop, "ep_A")
	pause := func(s webhook.State) {
		_, err := h.ChangeEndpoint(t.Context(), shop, e.ID, func(e *webhook.Endpoint) error { e.State = s; return nil })
		ok(t, err)
	}
	pause(webhook.Paused)
	h.add(t, "1")
	if tasks := h.claim(t, 1, 1); len(tasks) != 0 {
		t.Errorf("claimed %v", tasks)
	}
	pause(webhook.Active)
	if tasks := h.claim(t, 1, 1); len(tasks) != 1 {
		t.Errorf("claimed %v", tasks)
	}
}

func undoneSendsNothing(t *testing.T, h *fixture) {
	e := h.endpoint(t, shop, "ep_A", "order.sent")
	o := h.add(t, "1")
	refused := order.Errorf(order.Stale, "stale", "no")
	_, err := h.Update(t.Context(), o.ID, func(o *order.Order) ([]order.Event, error) {
		o.Seller, o.Status = publisher, order.Sent
		return []order.Event{{Kind: order.EventProcessed, To: order.Sent}}, refused
	})
	if order.CodeOf(err) != "stale" || len(h.deliveries(t, e)) != 0 {
		t.Errorf("%v, %v", err, h.deliveries(t, e))
	}
}

func deliveriesListed(t *testing.T, h *fixture) {
	e := h.endpoint(t, shop, "ep_A")
	for _, number := range []string{"1", "2", "3"} {
		h.add(t, number)
	}
	h.finish(t, h.claim(t, 1, 1)[0])
	numbers := func(q webhook.DeliveryQuery) (got []string) {
		q.Party, q.Endpoint = shop, e.ID
		all, err := h.Deliveries(t.Context(), q)
		ok(t, err)
		for _, d := range all {
			got = append(got, d.Event.Number)
		}
		return got
	}
	first := h.deliveries(t, e)[0]
	for _, c := range []struct {
		q    webhook.DeliveryQuery
		want []string
	}{
		{webhook.DeliveryQuery{Limit: 2}, []string{"3", "2"}},
		{webhook.DeliveryQuery{Limit: 2, Before: first.ID}, []string{"2", "1"}},
		{webhook.DeliveryQuery{Limit: 9, State: webhook.Delivered}, []string{"1"}},
		{webhook.DeliveryQuery{Limit: 9, State: webhook.Pending}, []string{"3", "2"}},
	} {
		if got := numbers(c.q); !slices.Equal(got, c.want) {
			t.Errorf("%+v gave %v, want %v", c.q, got, c.want)
		}
	}
	if _, err := h.Deliveries(t.Context(), webhook.DeliveryQuery{Party: stranger, Endpoint: e.ID, Limit: 1}); order.KindOf(err) != order.NotFound {
		t.Errorf("a stranger got %v", err)
	}
}

func testEvent(t *testing.T, h *fixture) {
	e, other := h.endpoint(t, shop, "ep_A", "order.failed"), h.endpoint(t, shop, "ep_B")
	d, err := h.AddTest(t.Context(), shop, e.ID)
	ok(t, err)
	if d.Type != webhook.EndpointTest || d.Endpoint != e.ID || d.Event.Order != "" || len(h.deliveries(t, other)) != 0 {
		t.Errorf("the test event is %+v", d)
	}
	tasks := h.claim(t, 1, 9)
	if len(tasks) != 1 || tasks[0].Delivery.ID != d.ID {
		t.Errorf("claimed %v", tasks)
	}
	if _, err := h.AddTest(t.Context(), stranger, e.ID); order.KindOf(err) != order.NotFound {
		t.Errorf("a stranger's test event: %v", err)
	}
}
