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

// fault is a refusal as this dialect writes it.
type fault struct {
	Code    string     `json:"code"`
	Message string     `json:"message"`
	Fields  []badField `json:"fields"`
	status  int
	retry   problem.Problem
}

// Error is what people read.
func (f *fault) Error() string { return f.Code + ": " + f.Message }

// invalid refuses an order for what is wrong with its fields.
func invalid(bad []badField) error {
	return &fault{Code: codeInvalid, Message: "Validation error", Fields: bad, status: http.StatusBadRequest}
}

// errRepeated refuses a number that the shop has used. There is no replay: the
// same order again is refused as well.
func errRepeated() error {
	return invalid([]badField{{"unique violation", "orderId must be unique on orderId", "orderId"}})
}

// errNotAccepted refuses an order at once, so that there is none.
func errNotAccepted() error {
	return &fault{Code: codeNotAccepted, Message: "The order is not accepted: the company does not pass the credit check.", status: http.StatusBadRequest}
}

// errNoOrder is the one answer for an order that is not there, is another
// shop's, or belongs to the other mode of keys.
func errNoOrder() error {
	return &fault{Code: codeNotFound, Message: "There is no such order of yours.", status: http.StatusNotFound}
}

// faultOf writes an error of the core in this dialect's words. What went wrong
// inside goes into the log and shows nothing of itself.
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
	code, status := word(kind)
	if status == 0 {
		status = p.Status
	}
	return &fault{Code: code, Message: strings.TrimSpace(p.Detail + " " + p.Hint), status: status, retry: p}
}

// word is the code of a kind of error, and the status where it is another than
// the core's.
func word(k order.Kind) (code string, status int) {
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
