package problem

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/order"
)

// Problem is a problem document (RFC 9457) with our extensions.
type Problem struct {
	Type      string        `json:"type"`
	Title     string        `json:"title"`
	Status    int           `json:"status"`
	Detail    string        `json:"detail"`
	Code      string        `json:"code"`
	Hint      string        `json:"hint,omitempty"`
	Errors    []order.Field `json:"errors,omitempty"`
	Retryable bool          `json:"retryable"`
	RequestID string        `json:"requestId"`

	RetryAfter time.Duration `json:"-"`
}

// MediaType labels a problem document.
const MediaType = "application/problem+json"

// status is the HTTP status of each kind of error.
func status(k order.Kind) int {
	switch k {
	case order.Malformed:
		return http.StatusBadRequest
	case order.Invalid:
		return http.StatusUnprocessableEntity
	case order.Unauthenticated:
		return http.StatusUnauthorized
	case order.Forbidden:
		return http.StatusForbidden
	case order.NotFound:
		return http.StatusNotFound
	case order.Gone:
		return http.StatusGone
	case order.Conflict:
		return http.StatusConflict
	case order.Stale:
		return http.StatusPreconditionFailed
	case order.TooLarge:
		return http.StatusRequestEntityTooLarge
	case order.Unsupported:
		return http.StatusUnsupportedMediaType
	case order.NotAllowed:
		return http.StatusMethodNotAllowed
	case order.TooMany:
		return http.StatusTooManyRequests
	case order.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Of makes the document of an error. What is not an order.Error, and what is
// Internal, shows nothing of itself. base is the public address of this
// server, under which the pages of the codes stand.
func Of(err error, base, requestID string) Problem {
	var e *order.Error
	if !errors.As(err, &e) || e.Kind == order.Internal {
		e = &order.Error{Code: CodeInternal, Detail: "Something went wrong on our side. Nothing was changed by this request unless a later answer says so.",
			Hint: "Try again. If it happens again, tell the operator this request id: " + requestID + "."}
	}
	return Problem{
		Type: base + "/problems/" + e.Code, Title: Lookup(e.Code).Title, Status: status(e.Kind),
		Detail: e.Detail, Code: e.Code, Hint: e.Hint, Errors: e.Fields,
		Retryable: e.Kind == order.TooMany || e.Kind == order.Unavailable || e.Kind == order.Internal,
		RequestID: requestID, RetryAfter: e.RetryAfter,
	}
}

// SetRetryAfter writes the Retry-After header where the problem has one, in
// whole seconds: clients in the field read nothing else (reference/boknett.md,
// b32).
func (p Problem) SetRetryAfter(h http.Header) {
	if p.Status != http.StatusTooManyRequests && p.Status != http.StatusServiceUnavailable {
		return
	}
	seconds := max(1, int(math.Ceil(p.RetryAfter.Seconds())))
	h.Set("Retry-After", strconv.Itoa(seconds))
}

// Write sends the document.
func (p Problem) Write(w http.ResponseWriter) {
	body, err := jsontext.Marshal(p)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", MediaType)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	p.SetRetryAfter(h)
	w.WriteHeader(p.Status)
	w.Write(body)
}
