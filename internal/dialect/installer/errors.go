package installer

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// envelope is the body of every refusal: the three members of the original, and
// what a program or a person needs beyond them.
type envelope struct {
	Error      string   `json:"error"` // the words of HTTP for the status
	Message    string   `json:"message"`
	StatusCode int      `json:"statusCode"`
	Code       string   `json:"code,omitempty"` // has a page under /problems
	OrderID    order.ID `json:"orderId,omitempty"`
	DisplayID  string   `json:"displayId,omitempty"`
	Details    []detail `json:"details,omitempty"`
	RequestID  string   `json:"requestId,omitempty"` // where the operator must look into the log
}

// detail is one value of the request at fault.
type detail struct {
	Path    string `json:"path"` // its place, such as offer.lines.0.quantity
	Message string `json:"message"`
}

// strangerMessage is the original's, whatever is wrong with a token: a caller
// without one learns nothing else.
const strangerMessage = "Invalid or expired token"

// duplicateError refuses an idempotencyKey that was used before, and names the
// order that it was used for.
type duplicateError struct {
	first  order.ID
	key    string
	status int
}

// Error is for the log.
func (e duplicateError) Error() string {
	return "the idempotencyKey was used for order " + string(e.first)
}

// Refuse writes what the server refuses at this dialect's paths.
func (a *API) Refuse(w http.ResponseWriter, r *http.Request, err error) bool {
	fail(w, r, err)
	return true
}

// fail answers a request that is refused.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	e, retry := envelopeOf(r.Context(), err)
	retry.SetRetryAfter(w.Header())
	if e.StatusCode == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="installation orders"`)
	}
	if err := send(w, e.StatusCode, e); err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// envelopeOf writes an error in this dialect's words. What went wrong inside
// goes into the log and shows nothing of itself.
func envelopeOf(ctx context.Context, err error) (e envelope, retry problem.Problem) {
	rec := reqlog.From(ctx)
	var duplicate duplicateError
	if errors.As(err, &duplicate) {
		e = duplicate.envelope()
	} else {
		retry = problem.Of(err, "", rec.ID)
		e = envelope{StatusCode: statusCode(err, retry), Code: retry.Code,
			Message: strings.TrimSpace(retry.Detail + " " + retry.Hint), Details: details(retry.Errors)}
	}
	if order.KindOf(err) == order.Internal && e.StatusCode == http.StatusInternalServerError {
		rec.Failure, e.RequestID = err, rec.ID
	}
	e.Error, rec.Code = http.StatusText(e.StatusCode), e.Code
	if e.StatusCode == http.StatusUnauthorized {
		e.Message, e.Code = strangerMessage, ""
	}
	return e, retry
}

// statusCode is the status of HTTP. The original has 400 for all that is wrong
// with a request's content.
func statusCode(err error, p problem.Problem) int {
	if order.KindOf(err) == order.Invalid {
		return http.StatusBadRequest
	}
	return p.Status
}

func (e duplicateError) envelope() envelope {
	return envelope{StatusCode: e.status, Code: "duplicate-number", OrderID: e.first, DisplayID: displayID(e.first),
		Message: "The idempotencyKey " + order.Truncate(e.key) + " was used before, for order " + displayID(e.first) +
			". Nothing was created; read that order, or send another key."}
}

// details returns the places of values as the members' names with dots between.
// What is wrong with a request as a whole has no place, and the message says it.
func details(fields []order.Field) []detail {
	var all []detail
	for _, f := range fields {
		path := f.Parameter
		if path == "" {
			path = strings.ReplaceAll(strings.TrimPrefix(f.Pointer, "/"), "/", ".")
		}
		if path != "" {
			all = append(all, detail{path, f.Message})
		}
	}
	return all
}

// errOrderNotFound is the one answer for an order that is not there, is another
// party's, came by another dialect, or belongs to the other mode of keys.
func errOrderNotFound() error {
	return order.Errorf(order.NotFound, "order-not-found", "There is no order of yours with this id.").
		WithHint("Use an id that creating or listing orders gave you.")
}
