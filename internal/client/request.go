package client

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/bookgate/bookgate/order"
)

// request is one call as a method of the Client means it.
type request struct {
	method string
	path   string // below the base, with the query
	accept string
	kind   string // Content-Type of body
	body   []byte
	match  string // If-Match
	plain  bool   // asks for the bytes without any compression, so that a digest fits
	open   bool   // goes without a ticket: the login itself
}

// answer is what came back, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
	tries  int // requests that went out; above 1, an earlier one may have taken effect
}

// maxAnswer bounds an answer's body: well above a page of 1000 orders and an
// EDItX order of the greatest size that is taken, both expanded.
const maxAnswer = 32 << 20

// call sends a request with a ticket and gives its answer, or an error for any
// answer but success. A ticket that the server refuses is replaced once.
func (c *Client) call(ctx context.Context, r request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	if r.open {
		return c.checked(c.exchange(ctx, r, ""))
	}
	ticket, err := c.validTicket(ctx, "")
	if err != nil {
		return answer{}, err
	}
	a, err := c.exchange(ctx, r, ticket)
	if err != nil || a.status != http.StatusUnauthorized {
		return c.checked(a, err)
	}
	if ticket, err = c.validTicket(ctx, ticket); err != nil {
		return answer{}, err
	}
	return c.checked(c.exchange(ctx, r, ticket))
}

// checked turns an answer that is no success into an error.
func (c *Client) checked(a answer, err error) (answer, error) {
	if err == nil && a.status/100 != 2 {
		err = c.refusal(a)
	}
	return a, err
}

// exchange sends a request, with its short tries, and reads the answer.
func (c *Client) exchange(ctx context.Context, r request, ticket string) (a answer, err error) {
	req, err := c.newRequest(ctx, r, ticket)
	if err != nil {
		return a, order.Errorf(order.Malformed, "address-invalid", "%s cannot be asked for %s.", c.base, order.Cut(r.path))
	}
	resp, err := c.retrying(&a.tries).Do(req)
	if err != nil {
		return a, c.unreachable(ctx, err)
	}
	defer resp.Body.Close()
	a.status, a.header = resp.StatusCode, resp.Header
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return a, c.unreachable(ctx, errors.Join(errCut, err))
	}
	if len(a.body) > maxAnswer {
		return a, order.Errorf(order.Unavailable, "answer-too-large", "%s sent an answer of more than %d MiB.", c.base, maxAnswer>>20).
			WithHint("No bookgate does that: check the address.")
	}
	return a, nil
}

func (c *Client) newRequest(ctx context.Context, r request, ticket string) (*retryablehttp.Request, error) {
	var body any
	if r.body != nil {
		body = r.body
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, r.method, c.base+r.path, body)
	if err != nil {
		return nil, err
	}
	set := func(name, value string) {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	set("Accept", r.accept)
	set("Content-Type", r.kind)
	set("If-Match", r.match)
	set("User-Agent", c.config.UserAgent)
	set("Date", c.date())
	if r.plain {
		set("Accept-Encoding", "identity")
	}
	if ticket != "" {
		set("Authorization", "Boknett "+ticket)
	}
	return req, nil
}

// date is the time of a request, which the Boknett scheme asks for.
func (c *Client) date() string { return c.config.Now().UTC().Format(http.TimeFormat) }
