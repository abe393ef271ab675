package dialecttest

import (
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
)

// Due claims what is to be sent a second from now.
func (h *Fixture) Due() []webhook.Task {
	h.T.Helper()
	h.Advance(time.Second)
	tasks, err := h.DB.Claim(h.T.Context(), h.Now(), h.Now().Add(time.Hour), webhook.Bounds{PerEndpoint: 9, PerParty: 9, Limit: 9})
	check(h.T, err)
	return tasks
}

// Sent keeps that a task was done.
func (h *Fixture) Sent(t webhook.Task) {
	h.T.Helper()
	check(h.T, h.DB.RecordAttempt(h.T.Context(), t.Delivery.Party, t.Delivery.ID, func(_ *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
		d.State, d.Finished = webhook.Delivered, h.Now()
		return webhook.Attempt{At: h.Now(), Status: 250}
	}))
}
