package boknett

import (
	"net/http"

	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// challenge names the schemes that a caller without a good credential can use.
const challenge = `Boknett realm="orders", Bearer realm="orders"`

// fail answers with a problem document and writes the refusal into the record.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	rec := reqlog.From(r.Context())
	p := problem.Of(err, a.public, rec.ID)
	note(rec, err, p.Code)
	h := w.Header()
	for _, name := range []string{"ETag", "Last-Modified", "Next", "Link", "Repr-Digest", "Vary"} {
		h.Del(name) // of the answer that failed
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", challenge)
	}
	if p.Retryable && problem.WantsStream(r) {
		rec.Meant = p.Status
		p.WriteStream(w, r)
	}
	p.Write(w)
}

// note writes a refusal down; what went wrong inside is for the log alone.
func note(rec *reqlog.Event, err error, code string) {
	rec.Code = code
	if order.KindOf(err) == order.Internal {
		rec.Failure = err
	}
}

// errOrderNotFound is the answer for an id that no order can have, in the very words
// that the core uses for one that is not there.
func errOrderNotFound(party order.PartyID) error {
	return order.Errorf(order.NotFound, "order-not-found", "No order with this id is visible to party %s.", party).
		WithHint("Check the id and the login; the orders of a party are listed at /orders.")
}

func errLineNotFound(written string) error {
	return order.Errorf(order.NotFound, "line-not-found", "%q is no line number.", order.Truncate(written)).
		WithHint("Use the lineNumber of the order's view, a whole number from 1.").
		WithField(order.Field{Parameter: "line", Value: written})
}

// errStored is for an order that is stored and cannot be written: whatever the
// encoder calls it, the client that reads is not at fault.
func errStored(id order.ID, err error) error {
	e := order.Errorf(order.Internal, problem.CodeInternal, "order %s cannot be written as EDItX", id)
	e.Err = err
	return e
}
