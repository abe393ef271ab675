package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

func undeliveredPromises() []promise {
	return []promise{
		{"what was not delivered is listed over all parties and channels", undeliveredListed},
		{"what was not delivered comes in pages", undeliveredPaged},
		{"an e-mail follows those that were taken before it", threaded},
		{"a try that did not get its turn leaves no attempt", turnless},
		{"a change of many lines is one e-mail", oneEmailAChange},
	}
}

// email keeps an endpoint that is written to by mail.
func (h *fixture) email(t *testing.T, party order.PartyID, id string, events ...string) webhook.Endpoint {
	t.Helper()
	e := webhook.Endpoint{ID: id, Party: party, URL: "mailto:a@b.example", Format: webhook.MailFormat, Events: events, State: webhook.Active, Secret: webhook.NewSecret(), Created: h.now(), Updated: h.now()}
	ok(t, h.AddEndpoint(t.Context(), e, many))
	return e
}

// giveUp settles a task as failed for good.
func (h *fixture) giveUp(t *testing.T, task webhook.Task, why string) {
	t.Helper()
	ok(t, h.RecordAttempt(t.Context(), task.Delivery.Party, task.Delivery.ID, func(e *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
		d.Attempts++
		d.State, d.Finished = webhook.Failed, h.now()
		return webhook.Attempt{At: d.Finished, Status: 550, Error: why}
	}))
}

func (h *fixture) undelivered(t *testing.T, q webhook.UndeliveredQuery) []webhook.Undelivered {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = many
	}
	all, err := h.Undelivered(t.Context(), q)
	ok(t, err)
	return all
}

func undeliveredListed(t *testing.T, h *fixture) {
	web := h.endpoint(t, shop, "ep_W", "order.received")
	o := h.add(t, "1")
	callback := webhook.Endpoint{ID: "ep_C", Party: publisher, Scope: o.ID, URL: "https://c.example/x?key=1", Events: webhook.Filter{"order.sent"}, Format: webhook.StandardName,
		State: webhook.Active, Secret: webhook.NewSecret(), Created: h.now(), Updated: h.now()}
	ok(t, h.AddEndpoint(t.Context(), callback, many))
	mail := h.email(t, publisher, "ep_M", "order.sent")
	h.move(t, o.ID, order.EventProcessed, order.Sent)
	for _, task := range h.claim(t, 9, 9) {
		switch task.Endpoint.ID {
		case mail.ID:
			h.giveUp(t, task, "550 no such user")
		case web.ID:
			h.fail(t, task, time.Hour)
		}
	}
	other := h.endpoint(t, stranger, "ep_S")
	test, err := h.AddTest(t.Context(), stranger, other.ID)
	ok(t, err)
	for _, task := range h.claim(t, 9, 9) {
		h.finish(t, task)
	}
	all := h.undelivered(t, webhook.UndeliveredQuery{})
	names := func(all []webhook.Undelivered) (ids []string) {
		for _, u := range all {
			ids = append(ids, u.Endpoint.ID)
		}
		return ids
	}
	if got := names(all); !slices.Equal(got, []string{"ep_M", "ep_C", "ep_W"}) {
		t.Fatalf("listed %v", got)
	}
	if u := all[0]; u.Why() != "550 no such user" || u.Last.Status != 550 || u.Delivery.State != webhook.Failed || !u.Next().IsZero() || u.Endpoint.Recipient() != "a@b.example" || u.Delivery.Event.Number != "1" {
		t.Errorf("the e-mail is %+v", u)
	}
	if u := all[1]; u.Why() != "not tried yet" || u.Endpoint.Recipient() != "https://c.example" || u.Last.Number != 0 {
		t.Errorf("the callback is %+v", u)
	}
	if u := all[2]; u.Why() != "answered 500" || u.Delivery.Attempts != 1 || u.Next().Before(h.now()) {
		t.Errorf("the webhook is %+v", u)
	}
	for _, c := range []struct {
		q    webhook.UndeliveredQuery
		want []string
	}{
		{webhook.UndeliveredQuery{Channel: webhook.ByEmail}, []string{"ep_M"}},
		{webhook.UndeliveredQuery{Channel: webhook.ByCallback}, []string{"ep_C"}},
		{webhook.UndeliveredQuery{Channel: webhook.ByWebhook}, []string{"ep_W"}},
		{webhook.UndeliveredQuery{State: webhook.Failed}, []string{"ep_M"}},
		{webhook.UndeliveredQuery{State: webhook.Pending}, []string{"ep_C", "ep_W"}},
		{webhook.UndeliveredQuery{Party: publisher}, []string{"ep_M", "ep_C"}},
		{webhook.UndeliveredQuery{Party: stranger}, nil},
		{webhook.UndeliveredQuery{Party: stranger, State: webhook.AnyState}, []string{"ep_S"}},
		{webhook.UndeliveredQuery{Party: publisher, State: webhook.Pending, Channel: webhook.ByCallback}, []string{"ep_C"}},
	} {
		if got := names(h.undelivered(t, c.q)); !slices.Equal(got, c.want) {
			t.Errorf("%+v lists %v, want %v", c.q, got, c.want)
		}
	}
	_, err = h.ChangeEndpoint(t.Context(), shop, web.ID, func(e *webhook.Endpoint) error {
		e.State, e.Reason = webhook.Paused, "paused by its owner"
		return nil
	})
	ok(t, err)
	if u := h.undelivered(t, webhook.UndeliveredQuery{Party: shop})[0]; u.Why() != "answered 500; the endpoint is paused: paused by its owner" || !u.Next().IsZero() {
		t.Errorf("paused, it is %q at %v", u.Why(), u.Next())
	}
	if test.ID == "" {
		t.Error("the test has no id")
	}
}

func undeliveredPaged(t *testing.T, h *fixture) {
	h.endpoint(t, shop, "ep_A")
	var want, got []string
	for _, number := range []string{"1", "2", "3", "4", "5"} {
		h.add(t, number)
		want = append([]string{number}, want...)
	}
	for before := ""; ; {
		page := h.undelivered(t, webhook.UndeliveredQuery{Before: before, Limit: 2})
		if len(page) == 0 {
			break
		}
		for _, u := range page {
			got = append(got, u.Delivery.Event.Number)
			before = u.Delivery.ID
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the pages hold %v, want %v", got, want)
	}
	if _, err := h.Undelivered(t.Context(), webhook.UndeliveredQuery{Before: "msg_x", Limit: 1}); order.KindOf(err) != order.NotFound {
		t.Errorf("an unknown place gave %v", err)
	}
}

func threaded(t *testing.T, h *fixture) {
	e := h.email(t, publisher, "ep_M")
	h.endpoint(t, publisher, "ep_W")
	o, other := h.add(t, "1"), h.add(t, "2")
	h.move(t, o.ID, order.EventProcessed, order.Sent)
	h.move(t, other.ID, order.EventProcessed, order.Sent)
	h.move(t, o.ID, order.EventReduced, order.Requested)
	for range 3 {
		for _, task := range h.claim(t, 9, 9) {
			if task.Delivery.Type == webhook.OrderReduced && task.Endpoint.ID == e.ID {
				ok(t, h.RecordAttempt(t.Context(), publisher, task.Delivery.ID, func(_ *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
					d.State, d.Finished = webhook.Delivered, h.now() // skipped
					return webhook.Attempt{At: d.Finished}
				}))
				continue
			}
			h.finish(t, task)
		}
	}
	h.move(t, o.ID, order.EventReduced, order.Requested)
	all := h.deliveries(t, e)
	first := all[len(all)-1]
	thread, err := h.Thread(t.Context(), all[0].ID)
	ok(t, err)
	if len(all) != 4 || !slices.Equal(thread, []string{first.ID}) {
		t.Errorf("of %d, %s follows %v, want %s", len(all), all[0].ID, thread, first.ID)
	}
	if thread, err = h.Thread(t.Context(), first.ID); err != nil || len(thread) != 0 {
		t.Errorf("the first follows %v, %v", thread, err)
	}
}

func turnless(t *testing.T, h *fixture) {
	e := h.endpoint(t, shop, "ep_A")
	h.add(t, "1")
	task := h.claim(t, 9, 9)[0]
	ok(t, h.RecordAttempt(t.Context(), shop, task.Delivery.ID, func(_ *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
		d.Due = h.now().Add(time.Second)
		return webhook.Attempt{}
	}))
	attempts, err := h.Attempts(t.Context(), shop, e.ID, task.Delivery.ID)
	ok(t, err)
	if len(attempts) != 0 || len(h.claim(t, 9, 9)) != 0 {
		t.Errorf("%d attempts, or due at once", len(attempts))
	}
	h.step(2 * time.Second)
	if again := h.claim(t, 9, 9); len(again) != 1 || again[0].Delivery.Attempts != 0 {
		t.Errorf("then claimed %+v", again)
	}
}

func oneEmailAChange(t *testing.T, h *fixture) {
	mail, web := h.email(t, publisher, "ep_M"), h.endpoint(t, publisher, "ep_W", "order.reduced")
	o := h.add(t, "1")
	h.move(t, o.ID, order.EventProcessed, order.Sent)
	const lines = 60
	for range 2 {
		_, err := h.Update(t.Context(), o.ID, func(o *order.Order) ([]order.Event, error) {
			var all []order.Event
			for range lines {
				line := order.Line{Number: len(o.Lines) + 1, Quantity: -1, Adjustment: true, Status: order.Requested}
				o.Lines = append(o.Lines, line)
				all = append(all, order.Event{Kind: order.EventReduced, To: order.Requested, Line: line.Number, Actor: "a", Via: "ticket"})
			}
			return all, nil
		})
		ok(t, err)
	}
	if got := h.deliveries(t, mail); len(got) != 3 || got[0].Type != webhook.OrderReduced || got[1].Type != webhook.OrderReduced {
		t.Errorf("%d e-mails, want one of the order and one of each change", len(got))
	}
	if all, err := h.Deliveries(t.Context(), webhook.DeliveryQuery{Party: publisher, Endpoint: web.ID, Limit: 5 * lines}); err != nil || len(all) != 2*lines {
		t.Errorf("%d webhooks, %v, want one of each line", len(all), err)
	}
}
