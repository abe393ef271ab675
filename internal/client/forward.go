package client

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/bookgate/bookgate/internal/neterr"
	"github.com/bookgate/bookgate/order"
)

// Forwarder sends messages to a program that its user names. It follows no
// redirects, as webhooks do not, and tries once.
type Forwarder struct {
	http   *http.Client
	target string
}

// Forwarded is what the program answered.
type Forwarded struct {
	Status int
	Took   time.Duration
}

// forwardTime is what a receiver of webhooks has for its answer.
const forwardTime = 15 * time.Second

// forwardBody is how much of an answer is read, so that the connection can be
// used again.
const forwardBody = 64 << 10

// NewForwarder makes a forwarder to an address.
func NewForwarder(target string) (*Forwarder, error) {
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, order.Errorf(order.Malformed, "address-invalid", "%q is not an address to send to.", neterr.Shown(target)).
			WithHint("Write it like http://127.0.0.1:3000/webhooks")
	}
	return &Forwarder{http: newHTTP(nil), target: target}, nil
}

// Target is the address that it sends to, as it may be shown.
func (f *Forwarder) Target() string { return neterr.Shown(f.target) }

// Send posts a message and returns what came back. An answer of any status is no
// error.
func (f *Forwarder) Send(ctx context.Context, header http.Header, body []byte) (sent Forwarded, err error) {
	ctx, cancel := context.WithTimeout(ctx, forwardTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.target, bytes.NewReader(body))
	if err != nil {
		return sent, order.Errorf(order.Malformed, "address-invalid", "%q is not an address to send to.",
			neterr.Shown(f.target))
	}
	for name, values := range header {
		req.Header[name] = values
	}
	begin := time.Now()
	resp, err := f.http.Do(req)
	sent.Took = time.Since(begin)
	if err != nil {
		words, hint := networkText(err)
		return sent, order.Errorf(order.Unavailable, "unreachable", "Cannot reach %s: %s.", neterr.Shown(f.target),
			words).WithHint("%s", hint)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, forwardBody)) // the status is the answer
	sent.Status = resp.StatusCode
	return sent, nil
}
