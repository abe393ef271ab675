package storetest

import (
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

func resendPromises() []promise {
	return []promise{
		{"one delivery is sent again", resendOne},
		{"what was given up is sent again", resendFailed},
		{"what was made since an instant is sent again", resendSince},
	}
}

// three are deliveries of one endpoint: the first delivered, the second given
// up, the third pending.
func three(t *testing.T, h *fixture) (e webhook.Endpoint, second time.Time) {
	e = h.endpoint(t, shop, "ep_A")
	h.add(t, "1")
	h.finish(t, h.claim(t, 1, 1)[0])
	h.step(time.Hour)
	second = h.now()
	h.add(t, "2")
	ok(t, h.RecordAttempt(t.Context(), shop, h.claim(t, 1, 1)[0].Delivery.ID, func(e *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
		d.State, d.Finished, d.Attempts = webhook.Failed, h.now(), 11
		e.Due = h.now().Add(time.Hour)
		return webhook.Attempt{At: h.now(), Error: "no"}
	}))
	h.step(time.Hour)
	h.add(t, "3")
	return e, second
}

func resendOne(t *testing.T, h *fixture) {
	e, _ := three(t, h)
	first := h.deliveries(t, e)[2]
	n, err := h.Resend(t.Context(), webhook.Resend{Party: shop, Endpoint: e.ID, ID: first.ID, Now: h.now()})
	ok(t, err)
	again, err := h.Delivery(t.Context(), shop, e.ID, first.ID)
	ok(t, err)
	if n != 1 || again.State != webhook.Pending || again.Attempts != 0 || !again.Finished.IsZero() {
		t.Errorf("%d, %+v", n, again)
	}
	if _, err := h.Resend(t.Context(), webhook.Resend{Party: shop, Endpoint: e.ID, ID: "msg_x", Now: h.now()}); order.KindOf(err) != order.NotFound {
		t.Errorf("an unknown one gave %v", err)
	}
	if _, err := h.Resend(t.Context(), webhook.Resend{Party: stranger, Endpoint: e.ID, ID: first.ID, Now: h.now()}); order.KindOf(err) != order.NotFound {
		t.Errorf("a stranger got %v", err)
	}
}

func resendFailed(t *testing.T, h *fixture) {
	e, _ := three(t, h)
	n, err := h.Resend(t.Context(), webhook.Resend{Party: shop, Endpoint: e.ID, Failed: true, Now: h.now()})
	ok(t, err)
	all := h.deliveries(t, e)
	if n != 1 || all[1].State != webhook.Pending || all[2].State != webhook.Delivered {
		t.Errorf("%d, %+v", n, all)
	}
	if tasks := h.claim(t, 9, 9); len(tasks) != 2 {
		t.Errorf("claimed %v, although a resend ends the endpoint's wait", tasks)
	}
}

func resendSince(t *testing.T, h *fixture) {
	e, second := three(t, h)
	n, err := h.Resend(t.Context(), webhook.Resend{Party: shop, Endpoint: e.ID, Since: second, Now: h.now()})
	ok(t, err)
	all := h.deliveries(t, e)
	if n != 2 || all[0].State != webhook.Pending || all[1].State != webhook.Pending || all[2].State != webhook.Delivered {
		t.Errorf("%d, %+v", n, all)
	}
}
