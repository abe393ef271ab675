package hark

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// The codes under extensions.code.
const (
	codeUnauthenticated = "UNAUTHENTICATED"
	codeForbidden       = "FORBIDDEN"
	codeInput           = "BAD_USER_INPUT"
	codeNotFound        = "NOT_FOUND"
	codeNotCancellable  = "ORDER_NOT_CANCELLABLE"
	codeParse           = "GRAPHQL_PARSE_FAILED"
	codeValidation      = "GRAPHQL_VALIDATION_FAILED"
	codeOperation       = "OPERATION_RESOLUTION_FAILURE"
	codeComplex         = "QUERY_TOO_COMPLEX"
	codeRequest         = "BAD_REQUEST"
	codePersisted       = "PERSISTED_QUERY_NOT_SUPPORTED"
	codeLater           = "SERVICE_UNAVAILABLE"
	codeInternal        = "INTERNAL_SERVER_ERROR"
)

// fault is a refusal as this dialect writes it.
type fault struct {
	code    string
	message string
	hint    string
	fields  []badField
	reason  string // our own code, which has a page under /problems
	request string // the id of the request, where the operator must look into the log
	status  int    // of HTTP, when the request as a whole is refused; 0 is 200
	retry   problem.Problem
}

// badField is one value of the input at fault.
type badField struct {
	Field   string `json:"field"` // its place in the input, such as recipient.email
	Message string `json:"message"`
}

// Error is what people read.
func (f *fault) Error() string { return f.message }

// Extensions is what programs read.
func (f *fault) Extensions() map[string]any {
	e := map[string]any{"code": f.code}
	for name, text := range map[string]string{"hint": f.hint, "reason": f.reason, "requestId": f.request} {
		if text != "" {
			e[name] = text
		}
	}
	if len(f.fields) > 0 {
		e["fields"] = f.fields
	}
	return e
}

// faultOf writes an error of the core in this dialect's words. What went wrong
// inside goes into the log and shows nothing of itself.
func faultOf(ctx context.Context, err error) *fault {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	rec := reqlog.From(ctx)
	p := problem.Of(err, "", rec.ID)
	rec.Code = p.Code
	f = &fault{code: codeOf(order.KindOf(err)), message: p.Detail, hint: p.Hint, reason: p.Code, retry: p}
	if order.KindOf(err) == order.Internal {
		rec.Failure, f.request = err, rec.ID
	}
	if p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusNotFound &&
		p.Status != http.StatusForbidden && p.Status != http.StatusConflict {
		f.status = p.Status
	}
	return f
}

// codeOf returns the code of a kind of error.
func codeOf(k order.Kind) string {
	switch k {
	case order.Unauthenticated:
		return codeUnauthenticated
	case order.Forbidden:
		return codeForbidden
	case order.NotFound, order.Gone:
		return codeNotFound
	case order.Invalid:
		return codeInput
	case order.Conflict, order.Stale:
		return codeNotCancellable
	case order.Malformed, order.TooLarge, order.Unsupported, order.NotAllowed:
		return codeRequest
	case order.TooMany, order.Unavailable:
		return codeLater
	}
	return codeInternal
}

// errOrderNotFound is the one answer for an order that is not there, is another
// intermediary's, or belongs to the other mode of keys.
func errOrderNotFound(orderID string) error {
	message := "There is no order " + order.Truncate(orderID) + " of yours."
	if strings.TrimSpace(orderID) == "" {
		message = "The orderId is empty."
	}
	return &fault{code: codeNotFound, message: message,
		hint: "Use an orderId that orderDevice or ordersForUser gave you."}
}

// errMutationByGet refuses a change by an address alone: browsers and proxies
// send a GET again as they please.
func errMutationByGet() error {
	return &fault{code: codeRequest, message: "With GET only queries are answered.",
		hint:   "Send the mutation with POST.",
		status: http.StatusMethodNotAllowed}
}

// errPersisted is the answer to a hash in the place of a query. Clients know its
// message and its code, and send the whole query then.
func errPersisted() error {
	return &fault{code: codePersisted, message: "PersistedQueryNotSupported"}
}

// queryError is an error as it stands in an answer.
type queryError = gqlerror.Error

// refusal is why a request is not executed at all.
type refusal []*queryError

// refuse is the refusal for one fault.
func refuse(err error) refusal {
	var f *fault
	if !errors.As(err, &f) {
		f = &fault{code: codeInternal, message: "Something went wrong on our side."}
	}
	return refusal{{Message: f.message, Extensions: f.Extensions()}}
}

// response is an answer. A request that was refused has no data in it, and one
// whose fields failed has null (October 2021, 7.1).
type response struct {
	Errors []*queryError   `json:"errors,omitempty"`
	Data   json.RawMessage `json:"data,omitempty"`
}

// code returns the code of the first error, for the log.
func (r response) code() string {
	if len(r.Errors) == 0 {
		return ""
	}
	code, _ := r.Errors[0].Extensions["code"].(string)
	return code
}
