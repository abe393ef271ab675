package webhook_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// leasing is a format whose dialect decides what is sent, of every second order.
func leasing() webhook.Format {
	return webhook.Format{Name: "leasing", Events: webhook.Filter{string(webhook.OrderReceived)}, Write: func(_ context.Context, t webhook.Task, _ time.Time) (webhook.Message, error) {
		return webhook.Message{Header: http.Header{}, Body: []byte(t.Delivery.Event.Number), Skip: t.Delivery.Event.Number == "1"}, nil
	}}
}

// TestFormatIsChosenOnce has a party choose the format of an endpoint.
func TestFormatIsChosenOnce(t *testing.T) {
	r := openCapacity(t)
	service := webhook.NewService(webhook.ServiceConfig{Store: r, Guard: loopback(), Names: net.DefaultResolver, Formats: []webhook.Format{leasing()}})
	url, chosen, unknown, filter := "https://127.0.0.1/", "leasing", "email", webhook.Filter{"order.sent"}
	e, err := service.Add(t.Context(), shop, webhook.EndpointUpdate{URL: &url, Format: &chosen})
	if err != nil || e.Format != chosen || len(e.Events) != 1 || e.Events[0] != string(webhook.OrderReceived) {
		t.Fatalf("%+v, %v", e, err)
	}
	standard := webhook.StandardName
	for what, c := range map[string]struct {
		code string
		do   func() error
	}{
		"a format that is not a party's": {"webhook-format", func() error {
			_, err := service.Add(t.Context(), shop, webhook.EndpointUpdate{URL: &url, Format: &unknown})
			return err
		}},
		"a filter beside the dialect's": {"webhook-events", func() error {
			_, err := service.Add(t.Context(), shop, webhook.EndpointUpdate{URL: &url, Format: &chosen, Events: &filter})
			return err
		}},
		"another filter": {"webhook-events", func() error {
			_, err := service.Change(t.Context(), shop, e.ID, webhook.EndpointUpdate{Events: &filter})
			return err
		}},
		"another format": {"webhook-format", func() error {
			_, err := service.Change(t.Context(), shop, e.ID, webhook.EndpointUpdate{Format: &standard})
			return err
		}},
	} {
		if err := c.do(); order.CodeOf(err) != c.code {
			t.Errorf("%s: %v", what, err)
		}
	}
	other := "https://127.0.0.1/other"
	if e, err = service.Change(t.Context(), shop, e.ID, webhook.EndpointUpdate{URL: &other, Format: &chosen}); err != nil || e.URL != other {
		t.Errorf("another address: %+v, %v", e, err)
	}
	all, err := service.Endpoints(t.Context(), shop)
	if err != nil || len(all) != 1 {
		t.Errorf("what was refused is stored: %+v, %v", all, err)
	}
}

// TestNothingToTellIsNotSent has orders come of which the format sends only the
// second.
func TestNothingToTellIsNotSent(t *testing.T) {
	r := openCapacity(t)
	var came atomic.Value
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { came.Store(req.ContentLength) }))
	t.Cleanup(receiver.Close)
	ok(t, r.AddEndpoint(t.Context(), webhook.Endpoint{ID: "ep_leasing", Party: shop, URL: receiver.URL, Format: "leasing", State: webhook.Active}, 9))
	r.addOrder(t, 1)
	r.addOrder(t, 2)
	d := webhook.NewDispatcher(webhook.Config{Store: r, Sender: webhook.NewSender(loopback(), nil, "test"), Formats: []webhook.Format{leasing()}})
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { d.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	eventually(t, "both deliveries end", func() bool {
		done, err := r.Deliveries(t.Context(), webhook.DeliveryQuery{Party: shop, Endpoint: "ep_leasing", State: webhook.Delivered, Limit: 9})
		return err == nil && len(done) == 2
	})
	for _, order := range []struct{ n, tries int }{{0, 200}, {1, 0}} { // newest first
		done, err := r.Deliveries(t.Context(), webhook.DeliveryQuery{Party: shop, Endpoint: "ep_leasing", Limit: 9})
		ok(t, err)
		tries, err := r.Attempts(t.Context(), shop, "ep_leasing", done[order.n].ID)
		if err != nil || len(tries) != 1 || tries[0].Status != order.tries {
			t.Errorf("delivery of order %s: %+v, %v", done[order.n].Event.Number, tries, err)
		}
	}
	if came.Load() != int64(1) {
		t.Errorf("the receiver got %v bytes", came.Load())
	}
}
