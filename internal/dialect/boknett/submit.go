package boknett

import (
	"context"
	"net/http"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/record"
	"github.com/bookgate/bookgate/order"
)

// submit answers POST /orders: 202 means that what it names as accepted is kept
// for ever. The body is one order, or a message with several.
func (f *front) submit(w http.ResponseWriter, r *http.Request, by order.Actor) error {
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
func (f *front) profile(ctx context.Context, id order.PartyID) (editx.Profile, error) {
	party, err := f.exchange.Party(ctx, id)
	if err != nil || party.Profile == "" {
		return editx.Trade, err
	}
	p, err := editx.ParseProfile(party.Profile)
	if err != nil {
		record.Of(ctx).Note("profile " + order.Cut(party.Profile) + " is not known, read as trade")
		return editx.Trade, nil
	}
	return p, nil
}

func (f *front) submitOrder(w http.ResponseWriter, r *http.Request, by order.Actor, body []byte, p editx.Profile) error {
	charset := charsetOf(r)
	o, findings, err := editx.DecodeAs(body, p, charset)
	if err != nil {
		return err
	}
	noteFindings(r, findings)
	o.Findings = editx.Stored(findings)
	rec := record.Of(r.Context())
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
	sendNothing(w, http.StatusAccepted)
	return nil
}
