package client

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/bookgate/bookgate/internal/neterr"
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

// call sends a request with a ticket and returns its answer, or an error for any
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

// checked turns an answer that is not a success into an error.
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
		return a, order.Errorf(order.Malformed, "address-invalid", "%s cannot be asked for %s.", c.base, order.Truncate(r.path))
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

// The short tries within one call. A caller that wants more calls again.
const (
	// retries bounds how often a call is tried again: enough for a restart or
	// a lost connection, too few to be a burden on a server in trouble.
	retries = 2

	// firstWait and longestWait bound the pause before a try. A server that
	// asks for a longer one is not asked again; the caller gets its time.
	firstWait   = 250 * time.Millisecond
	longestWait = 5 * time.Second

	// dialTimeout and headerTimeout bound one try, so that a dead host leaves
	// time for another within the call.
	dialTimeout   = 10 * time.Second
	headerTimeout = 25 * time.Second

	// maxHeader bounds the headers of an answer; ours have under 2 KiB.
	maxHeader = 64 << 10
)

// newHTTP makes the client for single tries: given or our own, never following
// a redirect, because an order must go only where it was sent.
func newHTTP(given *http.Client) *http.Client {
	h := &http.Client{}
	if given != nil {
		*h = *given
	}
	if h.Transport == nil {
		h.Transport = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSHandshakeTimeout:    dialTimeout,
			ResponseHeaderTimeout:  headerTimeout,
			MaxResponseHeaderBytes: maxHeader,
			IdleConnTimeout:        headerTimeout,
			ForceAttemptHTTP2:      true,
		}
	}
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return h
}

// retrying makes the client for one call. tries is set to the number of
// requests that went out.
func (c *Client) retrying(tries *int) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient:     c.http,
		RetryMax:       retries,
		RetryWaitMin:   firstWait,
		RetryWaitMax:   longestWait,
		CheckRetry:     mayRetry,
		Backoff:        c.wait,
		ErrorHandler:   lastAnswer,
		RequestLogHook: func(_ retryablehttp.Logger, _ *http.Request, n int) { *tries = n + 1 },
		PrepareRetry: func(r *http.Request) error {
			r.Header.Set("Date", c.date())
			return nil
		},
	}
}

// mayRetry reports whether another try can help.
func mayRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		return !permanent(err), nil
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return retryAfter(resp.Header) <= longestWait, nil
	}
	return false, nil
}

// permanent reports whether a failure will be the same a second later.
func permanent(err error) bool {
	kind, _ := neterr.Classify(err)
	return kind == neterr.HostNotFound || kind.Certificate() || errors.Is(err, http.ErrSchemeMismatch)
}

// wait is the pause before try n+1: what the server asks for, else one that
// doubles.
func (c *Client) wait(first, longest time.Duration, n int, resp *http.Response) time.Duration {
	pause := first << n
	if resp != nil {
		pause = max(pause, retryAfter(resp.Header))
	}
	pause = min(pause, longest)
	if c.config.Pause != nil {
		c.config.Pause(pause)
	}
	return pause
}

// retryAfter reads a Retry-After in seconds, 0 for anything else. Our servers
// send no dates there.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, maxRetryAfter)) * time.Second
}

// maxRetryAfter is the longest time that is passed on: a day. Larger numbers
// are mistakes.
const maxRetryAfter = 24 * 60 * 60

// lastAnswer hands out what the last try gave, an answer or an error and never
// both, for net/http's callers drop an answer that comes with an error.
func lastAnswer(resp *http.Response, err error, _ int) (*http.Response, error) {
	if err != nil && resp != nil {
		resp.Body.Close()
		resp = nil
	}
	return resp, err
}
