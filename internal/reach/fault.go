package reach

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/bookgate/bookgate/order"
)

// Fault is what is in the way.
type Fault int

// The faults. Those of a certificate come last.
const (
	Unknown   Fault = iota // none of those below
	NoHost                 // the name does not exist
	NoAnswer               // DNS lookup failed
	NoWay                  // no route leads there
	Refused                // no server listens there
	Late                   // no answer in time
	Cut                    // the connection was made, and ended too early
	Handshake              // it was made, and the two did not agree on how to encrypt it
	UnknownAuthority
	OtherName
	OutOfDate
	Untrusted
)

// String returns for people what is in the way, without any names.
func (f Fault) String() string {
	return [...]string{
		Unknown:          "the connection failed",
		NoHost:           "there is no host of that name",
		NoAnswer:         "the name could not be looked up",
		NoWay:            "no route to host",
		Refused:          "the connection was refused",
		Late:             "no answer in time",
		Cut:              "the connection ended before the answer was complete",
		Handshake:        "the TLS handshake failed",
		UnknownAuthority: "its certificate is signed by an authority that is not known here",
		OtherName:        "its certificate is for another name",
		OutOfDate:        "its certificate has ended or does not begin yet",
		Untrusted:        "its certificate cannot be trusted",
	}[f]
}

// Certificate reports whether the machine was there, and is not trusted.
func (f Fault) Certificate() bool { return f >= UnknownAuthority }

// Sort finds the fault behind an error, and says it in words. A name comes
// first: whatever else an error holds, without an address nothing was tried.
func Sort(err error) (Fault, string) {
	var dns *net.DNSError
	if !errors.As(err, &dns) {
		f := faultOf(err)
		if said := tlsWords(err); f == Handshake && said != "" {
			return f, f.String() + ": " + said
		}
		return f, f.String()
	}
	if dns.IsNotFound {
		return NoHost, "there is no host named " + order.Cut(dns.Name)
	}
	return NoAnswer, "the name " + order.Cut(dns.Name) + " could not be looked up"
}

func faultOf(err error) Fault {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return NoWay
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return Late
	case broken(err):
		return Cut
	}
	if f := certificateFault(err); f != Unknown || tlsWords(err) == "" {
		return f
	}
	return Handshake
}

// tlsWords are what the library for TLS, or the other side by an alert, has to
// say of a handshake, or "".
func tlsWords(err error) string {
	for ; err != nil; err = errors.Unwrap(err) {
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "remote error" && op.Err != nil {
			return "the other side answered with the alert \"" + order.Cut(strings.TrimPrefix(op.Err.Error(), "tls: ")) + "\""
		}
		if said, ok := strings.CutPrefix(err.Error(), "tls: "); ok {
			return order.Cut(said)
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

func certificateFault(err error) Fault {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var other *tls.CertificateVerificationError
	switch {
	case errors.As(err, &unknown):
		return UnknownAuthority
	case errors.As(err, &name):
		return OtherName
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return OutOfDate
	case errors.As(err, &other):
		return Untrusted
	}
	return Unknown
}
