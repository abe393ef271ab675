package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

func endpointPromises() []promise {
	return []promise{
		{"an endpoint comes back whole", endpointWhole},
		{"another party's endpoint and none are the same", endpointForeign},
		{"endpoints are listed oldest first, those of one order left out", endpointsListed},
		{"a party has so many endpoints and no more", endpointsMost},
		{"a change is stored, and an error changes nothing", endpointChanged},
		{"a deleted endpoint is gone with its deliveries", endpointDeleted},
	}
}

func endpointWhole(t *testing.T, h *fixture) {
	at := h.now()
	e := webhook.Endpoint{
		ID: "ep_A", Party: shop, URL: "https://a.example/x?y=1", Description: "æøå \"x\"", Events: webhook.Filter{"order.*"}, Format: "hark",
		Scope: "0193b5a0-0000-7000-8000-000000000001", Headers: map[string]string{"X-Key": "s\"s"}, State: webhook.Failing, Reason: "because",
		Secret: webhook.NewSecret(), OldSecrets: []webhook.OldSecret{{Secret: webhook.NewSecret(), Until: at.Add(2 * time.Hour)}, {Secret: webhook.NewSecret(), Until: at.Add(time.Hour)}}, Created: at, Updated: at,
		Failures: 7, Since: at, Success: at.Add(time.Second), Due: at.Add(time.Minute),
	}
	ok(t, h.AddEndpoint(t.Context(), e, many))
	got, err := h.Endpoint(t.Context(), shop, "ep_A")
	ok(t, err)
	if diff := cmp.Diff(e, got, cmpopts.EquateEmpty()); diff != "" || got.Secret.Reveal() != e.Secret.Reveal() {
		t.Errorf("(-stored +got)\n%s", diff)
	}
	if err := h.AddEndpoint(t.Context(), webhook.Endpoint{ID: "ep_B", Party: "unknown", State: webhook.Active}, many); order.KindOf(err) != order.NotFound {
		t.Errorf("an endpoint of no party gave %v", err)
	}
}

func endpointForeign(t *testing.T, h *fixture) {
	h.endpoint(t, shop, "ep_A")
	_, none := h.Endpoint(t.Context(), shop, "ep_X")
	_, foreign := h.Endpoint(t.Context(), stranger, "ep_A")
	if order.KindOf(none) != order.NotFound || order.CodeOf(foreign) != order.CodeOf(none) {
		t.Errorf("none %v, foreign %v", none, foreign)
	}
	change := func(*webhook.Endpoint) error { return nil }
	_, err := h.ChangeEndpoint(t.Context(), stranger, "ep_A", change)
	for name, err := range map[string]error{"change": err, "delete": h.DeleteEndpoint(t.Context(), stranger, "ep_A")} {
		if order.KindOf(err) != order.NotFound {
			t.Errorf("%s gave %v", name, err)
		}
	}
}

func endpointsListed(t *testing.T, h *fixture) {
	h.endpoint(t, shop, "ep_B")
	h.endpoint(t, shop, "ep_A")
	h.endpoint(t, publisher, "ep_C")
	ok(t, h.AddEndpoint(t.Context(), webhook.Endpoint{ID: "ep_D", Party: shop, Scope: "x", State: webhook.Active}, many))
	all, err := h.Endpoints(t.Context(), shop)
	ok(t, err)
	if len(all) != 2 || all[0].ID != "ep_B" || all[1].ID != "ep_A" || all[0].Secret.Reveal() == all[1].Secret.Reveal() {
		t.Errorf("listed %v", all)
	}
}

func endpointsMost(t *testing.T, h *fixture) {
	h.endpoint(t, shop, "ep_A")
	err := h.AddEndpoint(t.Context(), webhook.Endpoint{ID: "ep_B", Party: shop, State: webhook.Active}, 1)
	if order.KindOf(err) != order.Conflict {
		t.Errorf("one too many gave %v", err)
	}
	ok(t, h.AddEndpoint(t.Context(), webhook.Endpoint{ID: "ep_C", Party: shop, Scope: "x", State: webhook.Active}, 1))
	ok(t, h.AddEndpoint(t.Context(), webhook.Endpoint{ID: "ep_D", Party: publisher, State: webhook.Active}, 1))
}

func endpointChanged(t *testing.T, h *fixture) {
	h.endpoint(t, shop, "ep_A")
	stored, err := h.ChangeEndpoint(t.Context(), shop, "ep_A", func(e *webhook.Endpoint) error {
		e.State, e.URL, e.Events, e.Headers = webhook.Paused, "https://b.example", webhook.Filter{"order.sent"}, map[string]string{"A": "b"}
		return nil
	})
	ok(t, err)
	failed := errors.New("no")
	if _, err := h.ChangeEndpoint(t.Context(), shop, "ep_A", func(e *webhook.Endpoint) error { e.URL = "x"; return failed }); !errors.Is(err, failed) {
		t.Errorf("the change's error came back as %v", err)
	}
	got, err := h.Endpoint(t.Context(), shop, "ep_A")
	ok(t, err)
	if diff := cmp.Diff(stored, got, cmpopts.EquateEmpty()); diff != "" || got.URL != "https://b.example" {
		t.Errorf("(-stored +got)\n%s", diff)
	}
}

func endpointDeleted(t *testing.T, h *fixture) {
	e := h.endpoint(t, shop, "ep_A")
	h.add(t, "1")
	task := h.claim(t, 1, 1)[0]
	h.fail(t, task, 0)
	ok(t, h.DeleteEndpoint(t.Context(), shop, e.ID))
	h.finish(t, task) // comes too late, and is not an error
	if _, err := h.Delivery(t.Context(), shop, e.ID, task.Delivery.ID); order.KindOf(err) != order.NotFound {
		t.Errorf("its delivery gave %v", err)
	}
	if tasks := h.claim(t, 1, 1); len(tasks) != 0 {
		t.Errorf("claimed %v", tasks)
	}
}
