package storetest

import (
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

func mailPromises() []promise {
	return []promise{
		{"a receiver is reminded of an order that lies unanswered", reminded},
		{"a link is used once", linkOnce},
		{"a link leads to its delivery and endpoint", linkLeads},
		{"e-mails are stored while their links are good", mailsStored},
	}
}

func reminded(t *testing.T, h *fixture) {
	e := webhook.Endpoint{ID: "ep_M", Party: publisher, URL: "mailto:a@b.example", Format: webhook.MailFormat, Events: webhook.Filter{"order.sent"}, State: webhook.Active}
	ok(t, h.AddEndpoint(t.Context(), e, many))
	lies, answered := h.add(t, "1"), h.add(t, "2")
	h.move(t, lies.ID, order.EventProcessed, order.Sent)
	h.move(t, answered.ID, order.EventProcessed, order.Sent)
	h.move(t, answered.ID, order.EventMarked, order.Received)
	remind := func(want int64) {
		t.Helper()
		n, err := h.Remind(t.Context(), webhook.MailFormat, h.now().Add(-time.Hour), 9)
		ok(t, err)
		if n != want {
			t.Errorf("%d reminders, want %d", n, want)
		}
	}
	remind(0) // too early
	h.step(2 * time.Hour)
	remind(0) // the first mail has not gone out yet
	for _, task := range h.claim(t, 9, 9) {
		h.finish(t, task)
	}
	h.step(2 * time.Hour)
	remind(1)
	remind(0) // it was just reminded
	tasks := h.claim(t, 9, 9)
	if len(tasks) != 1 || tasks[0].Delivery.Type != webhook.OrderReminder || tasks[0].Delivery.Event.Order != lies.ID || tasks[0].Delivery.Event.Number != "1" {
		t.Errorf("claimed %+v", tasks)
	}
}

func linkOnce(t *testing.T, h *fixture) {
	if at, err := h.LinkUsed(t.Context(), "msg_1"); err != nil || !at.IsZero() {
		t.Errorf("before: %v, %v", at, err)
	}
	now := h.now()
	for i, want := range []bool{true, false, false} {
		if first, err := h.UseLink(t.Context(), "msg_1", now.Add(time.Duration(i))); err != nil || first != want {
			t.Errorf("use %d: %v, %v", i, first, err)
		}
	}
	if at, err := h.LinkUsed(t.Context(), "msg_1"); err != nil || !at.Equal(now) {
		t.Errorf("after: %v, %v", at, err)
	}
}

func linkLeads(t *testing.T, h *fixture) {
	e := h.endpoint(t, shop, "ep_A")
	h.add(t, "1")
	d := h.deliveries(t, e)[0]
	task, err := h.MailTask(t.Context(), d.ID)
	ok(t, err)
	if task.Endpoint.ID != e.ID || task.Delivery.Event.Number != "1" {
		t.Errorf("it leads to %+v", task)
	}
	if _, err := h.MailTask(t.Context(), "msg_x"); order.KindOf(err) != order.NotFound {
		t.Errorf("none gave %v", err)
	}
}

func mailsStored(t *testing.T, h *fixture) {
	e := webhook.Endpoint{ID: "ep_M", Party: shop, URL: "mailto:a@b.example", Format: "some-mail", State: webhook.Active}
	ok(t, h.AddEndpoint(t.Context(), e, many))
	other := h.endpoint(t, shop, "ep_A")
	h.add(t, "1")
	for _, task := range h.claim(t, 9, 9) {
		h.finish(t, task)
	}
	mail := h.deliveries(t, e)[0]
	first, err := h.UseLink(t.Context(), mail.ID, h.now())
	ok(t, err)
	trim := func(before time.Time, want int64) {
		t.Helper()
		n, err := h.PurgeFinished(t.Context(), before, many)
		ok(t, err)
		if n != want {
			t.Errorf("%d deliveries were dropped, want %d", n, want)
		}
	}
	h.step(webhook.LinkLife - time.Hour)
	trim(h.now(), 1)
	if len(h.deliveries(t, other)) != 0 || len(h.deliveries(t, e)) != 1 {
		t.Errorf("the e-mail went before its link ended")
	}
	h.step(2 * time.Hour)
	trim(h.now(), 1)
	if at, err := h.LinkUsed(t.Context(), mail.ID); err != nil || !at.IsZero() || !first {
		t.Errorf("the link of an e-mail that is gone was used %v, %v", at, err)
	}
}
