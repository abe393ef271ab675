package client_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// TestWebhooks makes an endpoint, changes it, looks after its deliveries and
// deletes it.
func TestWebhooks(t *testing.T) {
	w := newWorld(t)
	ctx, c := t.Context(), w.client("publisher")
	url, events := "https://192.88.99.1/", []string{"order.sent"}
	_, err := c.AddWebhook(ctx, client.WebhookUpdate{URL: &url})
	want(t, err, order.Invalid, "webhook-url")
	url = "https://8.8.8.8/hook" // an address, so that no name is looked up; nothing is sent in this test
	made, err := c.AddWebhook(ctx, client.WebhookUpdate{URL: &url, Events: &events, Headers: &map[string]string{"X-Key": "k"}})
	check(t, err)
	if _, err := webhook.ParseSecret(made.Secret); err != nil || made.State != "active" || made.Headers["X-Key"] == "k" {
		t.Errorf("made %+v", made)
	}
	words := "ERP"
	changed, err := c.ChangeWebhook(ctx, made.ID, client.WebhookUpdate{Description: &words})
	check(t, err)
	if changed.Description != words || changed.URL != url || changed.Secret != "" {
		t.Errorf("changed to %+v", changed)
	}
	rotated, err := c.RotateWebhook(ctx, made.ID)
	check(t, err)
	if rotated.Secret == "" || rotated.Secret == made.Secret {
		t.Errorf("rotated to %+v", rotated)
	}
	paused, err := c.PauseWebhook(ctx, made.ID)
	check(t, err)
	id := w.send("W-1", 2)
	all, more, err := c.Deliveries(ctx, made.ID, client.DeliveryQuery{State: "pending", Limit: 5})
	check(t, err)
	if paused.State != "paused" || more || len(all) != 1 || all[0].Order != id {
		t.Errorf("%s with %+v", paused.State, all)
	}
	test, err := c.TestWebhook(ctx, made.ID)
	check(t, err)
	if all, more, err = c.Deliveries(ctx, made.ID, client.DeliveryQuery{Limit: 1}); err != nil || !more || all[0].ID != test.ID {
		t.Errorf("%+v, %v, %v", all, more, err)
	}
	if all, _, err = c.Deliveries(ctx, made.ID, client.DeliveryQuery{Before: test.ID}); err != nil || len(all) != 1 {
		t.Errorf("behind the test event: %+v, %v", all, err)
	}
	one, err := c.Delivery(ctx, made.ID, test.ID)
	check(t, err)
	tries, err := c.Attempts(ctx, made.ID, test.ID)
	if err != nil || len(tries) != 0 || one.Type != "endpoint.test" {
		t.Errorf("%+v with %+v, %v", one, tries, err)
	}
	check(t, c.Resend(ctx, made.ID, test.ID))
	if n, err := c.ResendMany(ctx, made.ID, time.Now().Add(-time.Hour), false); err != nil || n != 2 {
		t.Errorf("sent %d again: %v", n, err)
	}
	if n, err := c.ResendMany(ctx, made.ID, time.Time{}, true); err != nil || n != 0 {
		t.Errorf("sent %d again that failed: %v", n, err)
	}
	resumed, err := c.ResumeWebhook(ctx, made.ID)
	check(t, err)
	shown, err := c.Webhook(ctx, made.ID)
	if list, listErr := c.Webhooks(ctx); err != nil || listErr != nil || len(list) != 1 || list[0].ID != shown.ID || resumed.State != "active" || shown.Description != words {
		t.Errorf("%+v in %+v, %v, %v", shown, list, err, listErr)
	}
	_, err = w.client("shop").Webhook(ctx, made.ID)
	want(t, err, order.NotFound, "webhook-not-found")
	check(t, c.DeleteWebhook(ctx, made.ID))
	_, err = c.Webhook(ctx, made.ID)
	want(t, err, order.NotFound, "webhook-not-found")
}

// TestWebhooksOfAnother: an answer that is none of ours is not taken for one.
func TestWebhooksOfAnother(t *testing.T) {
	w := newWorld(t)
	c := w.client("shop")
	check(t, c.Login(t.Context()))
	w.front = func(http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.Write([]byte(`{"id":""}`)) })
	}
	for _, ask := range []func() error{
		func() error { _, err := c.Webhooks(t.Context()); return err },
		func() error { _, err := c.Webhook(t.Context(), "ep_1"); return err },
		func() error { _, _, err := c.Deliveries(t.Context(), "ep_1", client.DeliveryQuery{}); return err },
		func() error { _, err := c.Delivery(t.Context(), "ep_1", "msg_1"); return err },
		func() error { _, err := c.Attempts(t.Context(), "ep_1", "msg_1"); return err },
	} {
		want(t, ask(), order.Unavailable, "not-bookgate")
	}
}
