package neterr

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"

	"github.com/bookgate/bookgate/order"
)

// Kind is what is in the way.
type Kind int

// The kinds. Those of a certificate come last.
const (
	Unknown      Kind = iota // none of those below
	HostNotFound             // the name does not exist
	LookupFailed             // DNS lookup failed
	Unreachable              // no route leads there
	Refused                  // no server listens there
	Timeout                  // no answer in time
	Interrupted              // the connection was made, and ended too early
	Handshake                // it was made, and the two did not agree on how to encrypt it
	UnknownAuthority
	CertNameMismatch
	CertExpired
	Untrusted
)

// String returns for people what is in the way, without any names.
func (k Kind) String() string {
	return [...]string{
		Unknown:          "the connection failed",
		HostNotFound:     "there is no host of that name",
		LookupFailed:     "the name could not be looked up",
		Unreachable:      "no route to host",
		Refused:          "the connection was refused",
		Timeout:          "no answer in time",
		Interrupted:      "the connection ended before the answer was complete",
		Handshake:        "the TLS handshake failed",
		UnknownAuthority: "its certificate is signed by an authority that is not known here",
		CertNameMismatch: "its certificate is for another name",
		CertExpired:      "its certificate has ended or does not begin yet",
		Untrusted:        "its certificate cannot be trusted",
	}[k]
}

// Certificate reports whether the machine was there, and is not trusted.
func (k Kind) Certificate() bool { return k >= UnknownAuthority }

// Classify finds the kind of an error, and says it in words. A name comes
// first: whatever else an error holds, without an address nothing was tried.
func Classify(err error) (Kind, string) {
	var dns *net.DNSError
	if !errors.As(err, &dns) {
		k := kindOf(err)
		if said := tlsWords(err); k == Handshake && said != "" {
			return k, k.String() + ": " + said
		}
		return k, k.String()
	}
	if dns.IsNotFound {
		return HostNotFound, "there is no host named " + order.Truncate(dns.Name)
	}
	return LookupFailed, "the name " + order.Truncate(dns.Name) + " could not be looked up"
}

func kindOf(err error) Kind {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Unreachable
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return Timeout
	case broken(err):
		return Interrupted
	}
	if k := certificateKind(err); k != Unknown || tlsWords(err) == "" {
		return k
	}
	return Handshake
}

// tlsWords are what the library for TLS, or the other side by an alert, has to
// say of a handshake, or "".
func tlsWords(err error) string {
	for ; err != nil; err = errors.Unwrap(err) {
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "remote error" && op.Err != nil {
			return "the other side answered with the alert \"" + order.Truncate(strings.TrimPrefix(op.Err.Error(), "tls: ")) + "\""
		}
		if said, ok := strings.CutPrefix(err.Error(), "tls: "); ok {
			return order.Truncate(said)
		}
	}
	return ""
}

// broken reports whether a connection ended in the middle, as it does when the
// other side has just restarted.
func broken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func certificateKind(err error) Kind {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var other *tls.CertificateVerificationError
	switch {
	case errors.As(err, &unknown):
		return UnknownAuthority
	case errors.As(err, &name):
		return CertNameMismatch
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return CertExpired
	case errors.As(err, &other):
		return Untrusted
	}
	return Unknown
}

// Shown returns an address as it may be shown, well written or not: without what
// stands before an @, which may be a password, and behind a ?, which may be a
// token.
func Shown(address string) string {
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		scheme, _, _ := strings.Cut(address[:at], "://")
		if address[:at] == scheme {
			scheme = ""
		} else {
			scheme += "://"
		}
		address = scheme + "…" + address[at:]
	}
	plain, query, found := strings.Cut(address, "?")
	if found && query != "" {
		plain += "?…"
	}
	if u, err := url.Parse(plain); err == nil && u.Fragment != "" {
		plain, _, _ = strings.Cut(plain, "#")
		plain += "#…"
	}
	return order.Truncate(plain)
}
