package storetest

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

func outcomePromises() []promise {
	return []promise{
		{"an outcome alters delivery and endpoint and keeps the attempt", outcomeStored},
		{"attempts are counted over the whole life", attemptsCounted},
		{"what waits for an endpoint that is active again is due at once", awake},
		{"what finished long ago is dropped, and what waits is not", trimmed},
		{"the figures of the queue count what waits", queueCounted},
	}
}

func outcomeStored(t *testing.T, h *fixture) {
	e := h.endpoint(t, shop, "ep_A")
	h.add(t, "1")
	task := h.claim(t, 1, 1)[0]
	at := h.now()
	want := webhook.Attempt{Number: 1, At: at, Took: 1234 * time.Millisecond, Status: 503, Error: "answered 503",
		Header: http.Header{"Retry-After": {"5"}, "Server": {"x"}}, Body: []byte("\x00\xff busy")}
	ok(t, h.RecordAttempt(t.Context(), shop, task.Delivery.ID, func(e *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
		d.Attempts, d.Due = 1, at.Add(5*time.Second)
		e.Failures, e.Since, e.Due = 1, at, at.Add(5*time.Second)
		return want
	}))
	d, err := h.Delivery(t.Context(), shop, e.ID, task.Delivery.ID)
	ok(t, err)
	got, err := h.Endpoint(t.Context(), shop, e.ID)
	ok(t, err)
	if d.Attempts != 1 || !d.Due.Equal(at.Add(5*time.Second)) || got.Failures != 1 || !got.Since.Equal(at) {
		t.Errorf("delivery %+v, endpoint %+v", d, got)
	}
	attempts, err := h.Attempts(t.Context(), shop, e.ID, d.ID)
	ok(t, err)
	if diff := cmp.Diff([]webhook.Attempt{want}, attempts, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if _, err := h.Attempts(t.Context(), stranger, e.ID, d.ID); order.KindOf(err) != order.NotFound {
		t.Errorf("a stranger got %v", err)
	}
}

func attemptsCounted(t *testing.T, h *fixture) {
	e := h.endpoint(t, shop, "ep_A")
	h.add(t, "1")
	task := h.claim(t, 1, 1)[0]
	h.fail(t, task, 0)
	h.fail(t, h.claim(t, 1, 1)[0], 0)
	_, err := h.Resend(t.Context(), webhook.Resend{Party: shop, Endpoint: e.ID, ID: task.Delivery.ID, Now: h.now()})
	ok(t, err)
	h.finish(t, h.claim(t, 1, 1)[0])
	attempts, err := h.Attempts(t.Context(), shop, e.ID, task.Delivery.ID)
	ok(t, err)
	for i, a := range attempts {
		if a.Number != i+1 {
			t.Errorf("attempt %d has number %d", i+1, a.Number)
		}
	}
	if len(attempts) != 3 {
		t.Errorf("%d attempts", len(attempts))
	}
}

func awake(t *testing.T, h *fixture) {
	e := h.endpoint(t, shop, "ep_A")
	h.add(t, "1")
	h.add(t, "2")
	for _, task := range h.claim(t, 9, 9) {
		h.fail(t, task, 24*time.Hour)
	}
	state := func(s webhook.State) {
		_, err := h.ChangeEndpoint(t.Context(), shop, e.ID, func(e *webhook.Endpoint) error { e.State = s; return nil })
		ok(t, err)
	}
	state(webhook.Active)
	if tasks := h.claim(t, 9, 9); len(tasks) != 0 {
		t.Errorf("an endpoint that was active all the time woke %v", tasks)
	}
	state(webhook.Paused)
	state(webhook.Active)
	tasks := h.claim(t, 9, 9)
	if len(tasks) != 2 {
		t.Fatalf("resumed, claimed %v", tasks)
	}
	for _, task := range tasks {
		h.fail(t, task, 24*time.Hour)
	}
	failures := func(n int, due time.Time) {
		_, err := h.ChangeEndpoint(t.Context(), shop, e.ID, func(e *webhook.Endpoint) error { e.Failures, e.Due = n, due; return nil })
		ok(t, err)
	}
	failures(2, h.now().Add(24*time.Hour)) // as after an answer that asks for a day
	failures(0, time.Time{})
	if tasks = h.claim(t, 9, 9); len(tasks) != 2 {
		t.Fatalf("resumed while it was active, claimed %v", tasks)
	}
	h.fail(t, tasks[0], 24*time.Hour)
	h.fail(t, tasks[1], time.Hour)
	state(webhook.Failing)
	h.step(2 * time.Hour)
	probe := h.claim(t, 9, 9)[0]
	ok(t, h.RecordAttempt(t.Context(), shop, probe.Delivery.ID, func(e *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
		e.State, d.State, d.Finished = webhook.Active, webhook.Delivered, h.now()
		return webhook.Attempt{At: d.Finished, Status: 204}
	}))
	if rest := h.claim(t, 9, 9); len(rest) != 1 || rest[0].Delivery.ID != tasks[0].Delivery.ID {
		t.Errorf("healed, claimed %v", rest)
	}
}

func trimmed(t *testing.T, h *fixture) {
	e := h.endpoint(t, shop, "ep_A")
	for _, number := range []string{"1", "2", "3"} {
		h.add(t, number)
	}
	tasks := h.claim(t, 9, 2)
	h.finish(t, tasks[0])
	h.step(time.Hour)
	between := h.now()
	h.finish(t, tasks[1])
	h.step(24 * time.Hour)
	n, err := h.PurgeFinished(t.Context(), between, 9)
	ok(t, err)
	if left := h.deliveries(t, e); n != 1 || len(left) != 2 || left[1].ID != tasks[1].Delivery.ID {
		t.Errorf("dropped %d, left %+v", n, left)
	}
	if n, err = h.PurgeFinished(t.Context(), h.now(), 9); err != nil || n != 1 || len(h.deliveries(t, e)) != 1 {
		t.Errorf("then dropped %d, %v", n, err)
	}
}

func queueCounted(t *testing.T, h *fixture) {
	s, err := h.QueueStats(t.Context())
	ok(t, err)
	if s.Pending != 0 || !s.Oldest.IsZero() {
		t.Errorf("at first %+v", s)
	}
	h.endpoint(t, shop, "ep_A")
	paused := h.endpoint(t, publisher, "ep_B")
	_, err = h.ChangeEndpoint(t.Context(), publisher, paused.ID, func(e *webhook.Endpoint) error { e.State = webhook.Paused; return nil })
	ok(t, err)
	before := h.now()
	h.move(t, h.add(t, "1").ID, order.EventProcessed, order.Sent)
	s, err = h.QueueStats(t.Context())
	ok(t, err)
	if s.Endpoints[webhook.Active] != 1 || s.Endpoints[webhook.Paused] != 1 || s.Pending != 2 || s.Oldest.Before(before) {
		t.Errorf("the figures are %+v", s)
	}
}
