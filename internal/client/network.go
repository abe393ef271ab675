package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"

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
	words, hint := networkWords(err)
	return order.Errorf(order.Unavailable, "unreachable", "Cannot reach %s: %s.", c.base, words).WithHint("%s", hint)
}

// The next steps after a failure of the network.
const (
	hintRunning = "Check the address, and that the server is running."
	hintNetwork = "Check the network connection, and try again."
	hintAgain   = "Try again. An order that was sent is safe to send again: it is never taken twice."
	hintTrust   = "Check the address. If the server uses a certificate authority of its own, add it to this machine or name it in SSL_CERT_FILE."
)

// networkWords is what a person calls the failure, and what to do about it.
func networkWords(err error) (words, hint string) {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused", hintRunning
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "the network has no way there", hintNetwork
	case errors.Is(err, http.ErrSchemeMismatch):
		return "it does not speak https", "Write http:// instead, if that is meant."
	}
	if words, hint := nameWords(err); words != "" {
		return words, hint
	}
	if words := trustWords(err); words != "" {
		return words, hintTrust
	}
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "no answer in time", hintAgain
	case errors.Is(err, errCut), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection ended before the answer was complete", hintAgain
	}
	return "the connection failed", hintRunning
}

// nameWords tells what is wrong with the name of the server, if that is it.
func nameWords(err error) (words, hint string) {
	var dns *net.DNSError
	if !errors.As(err, &dns) {
		return "", ""
	}
	if dns.IsNotFound {
		return "there is no host named " + order.Cut(dns.Name), "Check the address."
	}
	return "the name " + order.Cut(dns.Name) + " could not be looked up", hintNetwork
}

// trustWords tells what is wrong with the certificate of the server, if that
// is it.
func trustWords(err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var other *tls.CertificateVerificationError
	switch {
	case errors.As(err, &unknown):
		return "its certificate is signed by an authority that is not known here"
	case errors.As(err, &name):
		return "its certificate is for another name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has ended or does not begin yet"
	case errors.As(err, &other):
		return "its certificate cannot be trusted"
	}
	return ""
}
