package client

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"

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

// refusal makes the error of an answer that is no success.
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
// so somebody else answers.
func (c *Client) redirected(a answer) error {
	return order.Errorf(order.Malformed, "redirected", "%s answered %s and points to %q; bookgate follows no redirects.",
		c.base, statusText(a.status), order.Cut(a.header.Get("Location"))).
		WithHint("If that is where the server is now, log in there: bookgate login URL --user %s", c.config.User)
}

// foreign tells of an answer that has not the form of ours.
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

// unreadable tells of a success whose body is not what was asked for.
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
		return "content of type " + order.Cut(t)
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
