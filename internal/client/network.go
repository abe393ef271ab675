package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/bookgate/bookgate/internal/reach"
	"github.com/bookgate/bookgate/order"
)

// errCut marks an answer that ended before it was complete.
var errCut = errors.New("answer cut off")

// unreachable tells in plain words why no answer came. A caller who gave up
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
	fault, words := reach.Sort(err)
	switch {
	case fault == reach.Refused:
		return "connection refused", hintRunning
	case fault == reach.NoHost:
		return words, "Check the address."
	case fault == reach.NoAnswer, fault == reach.NoWay:
		return words, hintNetwork
	case fault == reach.Late, fault == reach.Cut:
		return words, hintAgain
	case fault.Certificate():
		return words, hintTrust
	case errors.Is(err, errCut):
		return reach.Cut.String(), hintAgain
	}
	return words, hintRunning
}
