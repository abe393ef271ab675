package montly

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// The codes of errors.
const (
	codeInvalid      = "InvalidOrder"
	codeNotAccepted  = "OrderNotAccepted"
	codeUnmodifiable = "OrderCantBeModified"
	codeNotFound     = "NotFound"
	codeRequest      = "BadRequest"
	codeForbidden    = "Forbidden"
	codeUnauthorized = "Unauthorized"
	codeMethod       = "MethodNotAllowed"
	codeTooMany      = "TooManyRequests"
	codeUnavailable  = "ServiceUnavailable"
	codeInternal     = "InternalServerError"
)

// fault is an error as this API writes it.
type fault struct {
	Code    string     `json:"code"`
	Message string     `json:"message"`
	Fields  []badField `json:"fields"`
	status  int
	retry   problem.Problem
}

// Error returns code and message.
func (f *fault) Error() string { return f.Code + ": " + f.Message }

// invalid rejects an order for its invalid fields.
func invalid(bad []badField) error {
	return &fault{Code: codeInvalid, Message: "Validation error", Fields: bad, status: http.StatusBadRequest}
}

// errRepeated rejects an order number that the shop has used. There is no replay:
// the same order again is rejected as well.
func errRepeated() error {
	return invalid([]badField{{"unique violation", "orderId must be unique on orderId", "orderId"}})
}

// errNotAccepted rejects an order at once; it is not stored.
func errNotAccepted() error {
	return &fault{Code: codeNotAccepted, status: http.StatusBadRequest,
		Message: "The order is not accepted: the company does not pass the credit check."}
}

// errNoOrder is the one answer for an order that does not exist, is another
// shop's, or belongs to the other mode of keys.
func errNoOrder() error {
	return &fault{Code: codeNotFound, Message: "There is no such order of yours.", status: http.StatusNotFound}
}

// faultOf returns an error of the core in the form of this API. The cause of an
// internal error is logged and not shown.
func faultOf(ctx context.Context, err error) *fault {
	rec := reqlog.From(ctx)
	var f *fault
	if errors.As(err, &f) {
		rec.Code = f.Code
		return f
	}
	kind := order.KindOf(err)
	p := problem.Of(err, "", rec.ID)
	rec.Code = p.Code
	if kind == order.Internal {
		rec.Failure = err
	}
	code, status := codeFor(kind)
	if status == 0 {
		status = p.Status
	}
	return &fault{Code: code, Message: strings.TrimSpace(p.Detail + " " + p.Hint), status: status, retry: p}
}

// codeFor returns the code of a kind of error, and the status where it differs
// from the core's.
func codeFor(k order.Kind) (code string, status int) {
	switch k {
	case order.Unauthenticated:
		return codeUnauthorized, 0
	case order.Forbidden:
		return codeForbidden, 0
	case order.NotFound, order.Gone:
		return codeNotFound, http.StatusNotFound
	case order.Conflict, order.Stale:
		return codeUnmodifiable, http.StatusForbidden
	case order.Malformed, order.Invalid:
		return codeRequest, http.StatusBadRequest
	case order.TooLarge, order.Unsupported:
		return codeRequest, 0
	case order.NotAllowed:
		return codeMethod, 0
	case order.TooMany:
		return codeTooMany, 0
	case order.Unavailable:
		return codeUnavailable, 0
	}
	return codeInternal, 0
}

// Refuse writes what the server refuses at the paths of the API. The pages of
// customers are left to the server.
func (a *API) Refuse(w http.ResponseWriter, r *http.Request, err error) bool {
	if isPage(r.URL.Path) {
		return false
	}
	fail(w, faultOf(r.Context(), err))
	return true
}

// fail answers a request with an error.
func fail(w http.ResponseWriter, f *fault) {
	if f.Fields == nil {
		f.Fields = []badField{} // clients iterate over it without a check
	}
	f.retry.SetRetryAfter(w.Header())
	if f.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="lease orders"`)
	}
	if err := send(w, f.status, map[string]*fault{"error": f}); err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}
