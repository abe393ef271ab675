package boknett

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// history answers GET /v2/orders/{id}/history.
func (f *front) history(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	id, events, err := f.readHistory(r, by)
	if err != nil {
		return err
	}
	if done, err := f.knownHistory(w, r, events); done || err != nil {
		return err
	}
	return sendJSON(w, hal.NewHistory(id, events, f.Surface))
}

// event answers GET /v2/orders/{id}/history/{event}.
func (f *front) event(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	id, events, err := f.readHistory(r, by)
	if err != nil {
		return err
	}
	written := pathValue(r, "event")
	n, err := strconv.Atoi(written)
	at := slices.IndexFunc(events, func(e order.Event) bool { return e.Number == n })
	if err != nil || !isDigits(written) || at < 0 {
		return order.Errorf(order.NotFound, "event-not-found", "The history of order %s has no entry %q.",
			id, order.Cut(written)).
			WithHint("Its entries are numbered from 1 to %d.", len(events)).
			WithField(order.Field{Parameter: "event", Value: written})
	}
	if done, err := f.knownHistory(w, r, events); done || err != nil {
		return err
	}
	return sendJSON(w, hal.NewEvent(id, &events[at], f.Surface))
}

// readHistory reads the history of the order that the path names.
func (f *front) readHistory(r *http.Request, by order.Actor) (order.ID, []order.Event, error) {
	id, err := orderID(r, by)
	if err != nil {
		return "", nil, err
	}
	events, err := f.exchange.History(r.Context(), by.Party, id)
	return id, events, err
}

// knownHistory sets the headers of an answer that shows events, and answers 304
// when the client has it already.
func (f *front) knownHistory(w http.ResponseWriter, r *http.Request, events []order.Event) (bool, error) {
	epoch, err := f.exchange.Epoch(r.Context())
	if err != nil {
		return false, err
	}
	return tagged(w, r, historyTag(events, epoch).String()), nil
}

// historyTag names a history as one party sees it: events are only ever added,
// and each is fetched once.
func historyTag(events []order.Event, epoch string) orderTag {
	t := orderTag{epoch: epoch, representation: asHistory}
	fetched := 0
	for _, e := range events {
		t.revision = e.Revision
		if !e.Fetched.IsZero() {
			fetched++
		}
	}
	if fetched > 0 {
		t.representation = fmt.Sprintf("%s-%d", asHistory, fetched)
	}
	return t
}
