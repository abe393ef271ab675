package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"

	"github.com/bookgate/bookgate/internal/neterr"
	"github.com/bookgate/bookgate/order"
)

// problem is the part of a problem document (RFC 9457) that the caller can
// use.
type problem struct {
	Detail string        `json:"detail"`
	Code   string        `json:"code"`
	Hint   string        `json:"hint"`
	Errors []order.Field `json:"errors"`
}

// refusal makes the error of an answer that is not a success.
func (c *Client) refusal(a answer) error {
	if a.status/100 == 3 {
		return c.redirected(a)
	}
	var p problem
	if mediaType(a) != "application/problem+json" || json.Unmarshal(a.body, &p) != nil || p.Code == "" {
		return c.foreign(a)
	}
	return &order.Error{Kind: kindOf(a.status), Code: p.Code, Detail: p.Detail, Hint: p.Hint, Fields: p.Errors,
		RetryAfter: retryAfter(a.header)}
}

// redirected refuses to go where an answer points: our servers never redirect,
// so another server answers.
func (c *Client) redirected(a answer) error {
	return order.Errorf(order.Malformed, "redirected", "%s answered %s and points to %q; bookgate follows no redirects.",
		c.base, statusText(a.status), order.Truncate(a.header.Get("Location"))).
		WithHint("If that is where the server is now, log in there: bookgate login URL --user %s", c.config.User)
}

// foreign is the error of an answer that has not the form of ours.
func (c *Client) foreign(a answer) error {
	kind := kindOf(a.status)
	e := order.Errorf(kind, "not-bookgate", "%s answered %s", c.base, statusText(a.status))
	e.RetryAfter = retryAfter(a.header)
	if len(a.body) == 0 {
		e.Detail += " and gave no reason."
		return e.WithHint("Check the address of the server.")
	}
	e.Detail += " with " + contentText(a) + ", which is not how bookgate answers."
	return e.WithHint("A proxy or another program answers there: check the address, and that bookgate runs behind it.")
}

// unreadable is the error of a success whose body is not what was asked for.
func (c *Client) unreadable(a answer) error {
	return order.Errorf(order.Unavailable, "not-bookgate", "%s answered %s with %s that cannot be read as the document asked for.",
		c.base, statusText(a.status), contentText(a)).
		WithHint("Check the address; a proxy or another program may answer there, or a bookgate of another version.")
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("%d %s", status, text)
	}
	return fmt.Sprint(status)
}

func contentText(a answer) string {
	if t := mediaType(a); t != "" {
		return "content of type " + order.Truncate(t)
	}
	return "content of no type"
}

func mediaType(a answer) string {
	t, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	return t
}

// kindOf sorts a refusal by its status.
func kindOf(status int) order.Kind {
	switch status {
	case http.StatusUnprocessableEntity:
		return order.Invalid
	case http.StatusUnauthorized:
		return order.Unauthenticated
	case http.StatusForbidden:
		return order.Forbidden
	case http.StatusNotFound:
		return order.NotFound
	case http.StatusGone:
		return order.Gone
	case http.StatusConflict:
		return order.Conflict
	case http.StatusPreconditionFailed:
		return order.Stale
	case http.StatusRequestEntityTooLarge:
		return order.TooLarge
	case http.StatusUnsupportedMediaType:
		return order.Unsupported
	case http.StatusMethodNotAllowed:
		return order.NotAllowed
	case http.StatusTooManyRequests:
		return order.TooMany
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return order.Unavailable
	}
	if status >= http.StatusInternalServerError {
		return order.Internal
	}
	return order.Malformed
}

// errCut marks an answer that ended before it was complete.
var errCut = errors.New("answer cut off")

// unreachable says in plain words why no answer came. A caller who gave up
// gets its own error back.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return context.Canceled
	}
	c.config.Log.Debug("request failed", "server", c.base, "error", err)
	words, hint := networkText(err)
	return order.Errorf(order.Unavailable, "unreachable", "Cannot reach %s: %s.", c.base, words).WithHint("%s", hint)
}

// The next steps after a failure of the network.
const (
	hintRunning = "Check the address, and that the server is running."
	hintNetwork = "Check the network connection, and try again."
	hintAgain   = "Try again. An order that was sent is safe to send again: it is never taken twice."
	hintTrust   = "Check the address. If the server uses a certificate authority of its own, add it to this machine or name it in SSL_CERT_FILE."
)

// networkText is what a person calls the failure, and what to do about it.
func networkText(err error) (words, hint string) {
	if errors.Is(err, http.ErrSchemeMismatch) {
		return "it does not speak https", "Write http:// instead, if that is meant."
	}
	fault, words := neterr.Classify(err)
	switch {
	case fault == neterr.Refused:
		return "connection refused", hintRunning
	case fault == neterr.HostNotFound:
		return words, "Check the address."
	case fault == neterr.LookupFailed, fault == neterr.Unreachable:
		return words, hintNetwork
	case fault == neterr.Timeout, fault == neterr.Interrupted:
		return words, hintAgain
	case fault.Certificate():
		return words, hintTrust
	case errors.Is(err, errCut):
		return neterr.Interrupted.String(), hintAgain
	}
	return words, hintRunning
}
