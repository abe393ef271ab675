package boknett

import (
	"context"
	"net/http"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// submit answers POST /orders: 202, and under /v2 201 for an order alone, means
// that what it names as accepted is stored permanently. The body is one order,
// or a message with several.
func (f *surface) submit(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	body, err := readDocument(w, r, "order")
	if err != nil {
		return err
	}
	charset := charsetOf(r)
	p, err := f.profile(r.Context(), by.Party)
	if err != nil {
		return err
	}
	if editx.IsMessage(body, charset) {
		return f.submitMessage(w, r, by, body, p)
	}
	return f.submitOrder(w, r, by, body, p)
}

// profile is how strictly a party wants its documents to be read. A word that
// no longer is a profile must not stop orders, so it counts as none.
func (f *surface) profile(ctx context.Context, id order.PartyID) (editx.Profile, error) {
	party, err := f.exchange.Party(ctx, id)
	if err != nil || party.Profile == "" {
		return editx.Trade, err
	}
	p, err := editx.ParseProfile(party.Profile)
	if err != nil {
		reqlog.From(ctx).Note("profile " + order.Truncate(party.Profile) + " is not known, read as trade")
		return editx.Trade, nil
	}
	return p, nil
}

func (f *surface) submitOrder(w http.ResponseWriter, r *http.Request, by order.Actor, body []byte,
	p editx.Profile) error {
	charset := charsetOf(r)
	o, findings, err := editx.DecodeAs(body, p, charset)
	if err != nil {
		return err
	}
	noteFindings(r, findings)
	o.Findings = editx.Stored(findings)
	rec := reqlog.From(r.Context())
	receipt, err := f.exchange.Submit(r.Context(), by, o, order.NewDocument(editx.MediaTypeOf(body, charset), body))
	rec.Order = receipt.ID
	if err != nil {
		return err
	}
	if receipt.Repeated {
		rec.Note("order sent again") // a client whose 202 was lost
		w.Header().Set("Idempotency-Replayed", "true")
	}
	w.Header().Set("Location", f.Order(receipt.ID))
	if f.clean() {
		return f.created(w, r, by, receipt.ID)
	}
	sendNothing(w, http.StatusAccepted)
	return nil
}

// created answers with a new order as it stands now: HAL clients follow a 201
// and no 202. An order that was sent again is answered as it was the first time.
// It is stored whatever happens from here on, so an order that cannot be shown
// is answered with its address alone.
func (f *surface) created(w http.ResponseWriter, r *http.Request, by order.Actor, id order.ID) error {
	text, err := f.createdDocument(w, r, by, id)
	if err != nil {
		reqlog.From(r.Context()).Note("the order is stored and cannot be shown: " + order.CodeOf(err))
		sendNothing(w, http.StatusCreated)
		return nil
	}
	h := w.Header()
	h.Set("Content-Location", f.Order(id))
	h.Set("Cache-Control", "no-store")
	sendStatus(w, http.StatusCreated, hal.MediaType, text)
	return nil
}

func (f *surface) createdDocument(w http.ResponseWriter, r *http.Request, by order.Actor, id order.ID) ([]byte, error) {
	o, err := f.exchange.Order(r.Context(), by.Party, id)
	if err != nil {
		return nil, err
	}
	original, err := f.exchange.HasDocument(r.Context(), by.Party, &o)
	if err != nil {
		return nil, err
	}
	text, err := jsontext.Marshal(f.orderDocument(&o, by, original))
	if err == nil {
		f.setTag(w, r, by, &o)
	}
	return text, err
}
