package boknett

import (
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/record"
	"github.com/bookgate/bookgate/order"
)

// The representations of an order, as ETags name them.
const (
	asHAL          = "hal"
	asClean        = "hal2"
	asEDItX        = "editx"
	asHistory      = "history"
	asResponse     = "response"
	asStatusReport = "status"
)

// word is the main representation of this surface.
func (f *front) word() string {
	if f.Orders == "/v2/orders" {
		return asClean
	}
	return asHAL
}

// orderID reads the id in the path and writes it into the record.
func orderID(r *http.Request, by order.Actor) (order.ID, error) {
	id, ok := order.ParseID(pathValue(r, "id"))
	if !ok {
		return "", errNoOrder(by.Party)
	}
	record.Of(r.Context()).Order = id
	return id, nil
}

// find gives the order that the path names, as the party sees it.
func (f *front) find(r *http.Request, by order.Actor) (order.Order, error) {
	id, err := orderID(r, by)
	if err != nil {
		return order.Order{}, err
	}
	return f.exchange.Order(r.Context(), by.Party, id)
}

// known sets the headers of an answer that shows o, and answers 304 when the
// client has it already.
func known(w http.ResponseWriter, r *http.Request, o *order.Order, representation string) bool {
	opaque := orderTag(o.Revision, representation)
	h := w.Header()
	private(h)
	h.Set("ETag", `"`+opaque+`"`)
	h.Set("Last-Modified", o.Updated.UTC().Format(http.TimeFormat))
	return unchanged(w, r, opaque)
}

// order answers GET /orders/{id} in the legacy form.
func (f *front) order(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	o, err := f.find(r, by)
	if err != nil || known(w, r, &o, asHAL) {
		return err
	}
	send(w, hal.MediaType, hal.AppendOrder(nil, &o, f.Surface))
	return nil
}

// orderClean answers GET /v2/orders/{id}.
func (f *front) orderClean(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	o, err := f.find(r, by)
	if err != nil || known(w, r, &o, asClean) {
		return err
	}
	return sendJSON(w, hal.NewOrder(&o, f.Surface))
}

// editx answers GET /orders/{id}/editx with the document as it stands now,
// adjustments included.
func (f *front) editx(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	return f.written(w, r, by, asEDItX, editx.Encode)
}

// original answers GET /orders/{id}/editx/original with the sender's bytes.
func (f *front) original(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	id, err := orderID(r, by)
	if err != nil {
		return err
	}
	doc, err := f.exchange.Document(r.Context(), by.Party, id)
	if err != nil {
		return err
	}
	h := w.Header()
	private(h)
	opaque := "sha256-" + base64.RawURLEncoding.EncodeToString(doc.SHA256[:])
	h.Set("ETag", `"`+opaque+`"`)
	h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(doc.SHA256[:])+":")
	if !unchanged(w, r, opaque) {
		send(w, doc.MediaType, doc.Body)
	}
	return nil
}

// history answers GET /v2/orders/{id}/history.
func (f *front) history(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	id, err := orderID(r, by)
	if err != nil {
		return err
	}
	events, err := f.exchange.History(r.Context(), by.Party, id)
	if err != nil {
		return err
	}
	opaque := historyTag(events)
	private(w.Header())
	w.Header().Set("ETag", `"`+opaque+`"`)
	if unchanged(w, r, opaque) {
		return nil
	}
	return sendJSON(w, hal.NewHistory(id, events, f.Surface))
}

// historyTag names a history as one party sees it: events are only ever added,
// and each is fetched once.
func historyTag(events []order.Event) string {
	var revision int64
	fetched := 0
	for _, e := range events {
		revision = e.Revision
		if !e.Fetched.IsZero() {
			fetched++
		}
	}
	if fetched == 0 {
		return orderTag(revision, asHistory)
	}
	return fmt.Sprintf("%s-%d", orderTag(revision, asHistory), fetched)
}
