package neterr

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		err   error
		kind  Kind
		words string
	}{
		{&net.DNSError{Name: "x.example", IsNotFound: true}, HostNotFound, "there is no host named x.example"},
		{&net.DNSError{Name: "x.example", IsTimeout: true}, LookupFailed, "the name x.example could not be looked up"},
		{syscall.EHOSTUNREACH, Unreachable, "no route to host"},
		{syscall.ENETUNREACH, Unreachable, "no route to host"},
		{syscall.ECONNREFUSED, Refused, "the connection was refused"},
		{context.DeadlineExceeded, Timeout, "no answer in time"},
		{os.ErrDeadlineExceeded, Timeout, "no answer in time"},
		{syscall.ETIMEDOUT, Timeout, "no answer in time"},
		{io.EOF, Interrupted, "the connection ended"},
		{io.ErrUnexpectedEOF, Interrupted, "the connection ended"},
		{syscall.ECONNRESET, Interrupted, "the connection ended"},
		{syscall.EPIPE, Interrupted, "the connection ended"},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")}, Handshake, `the alert "handshake failure"`},
		{errors.New("tls: server selected unsupported protocol version 301"), Handshake, "failed: server selected unsupported protocol version 301"},
		{x509.UnknownAuthorityError{}, UnknownAuthority, "an authority that is not known"},
		{x509.HostnameError{Certificate: &x509.Certificate{}, Host: "x"}, CertNameMismatch, "for another name"},
		{x509.CertificateInvalidError{Reason: x509.Expired}, CertExpired, "has ended or does not begin yet"},
		{&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}}, Untrusted, "cannot be trusted"},
		{errors.New("secret details"), Unknown, "the connection failed"},
	} {
		wrapped := fmt.Errorf("x: %w", &net.OpError{Op: "dial", Err: c.err})
		kind, words := Classify(wrapped)
		if kind != c.kind || !strings.Contains(words, c.words) || strings.Contains(words, "secret") {
			t.Errorf("%v: %d, %q, want %d, %q", wrapped, kind, words, c.kind, c.words)
		}
		if kind.Certificate() != strings.Contains(words, "certificate") {
			t.Errorf("%q is about a certificate: %t", words, kind.Certificate())
		}
	}
}

// TestEveryKindHasWords that no other kind has.
func TestEveryKindHasWords(t *testing.T) {
	seen := map[string]Kind{}
	for f := Unknown; f <= Untrusted; f++ {
		if words := f.String(); words == "" {
			t.Errorf("kind %d has no words", f)
		} else if other, twice := seen[words]; twice {
			t.Errorf("kinds %d and %d are both %q", other, f, words)
		} else {
			seen[words] = f
		}
	}
}

// TestNamesCannotSpeak wants a name to be shown as one, whatever it says.
func TestNamesCannotSpeak(t *testing.T) {
	_, words := Classify(&net.DNSError{Name: "x\x1b[2J\r\n" + strings.Repeat("y", 5000), IsNotFound: true})
	if strings.ContainsAny(words, "\x1b\r\n") || len(words) > 500 {
		t.Errorf("got %q", words)
	}
}

func TestShown(t *testing.T) {
	for address, want := range map[string]string{
		"https://orders.example.no/bookgate":            "https://orders.example.no/bookgate",
		"https://user:secret@orders.example.no/x":       "https://…@orders.example.no/x",
		"https://user:sec@ret@orders.example.no/x":      "https://…@orders.example.no/x",
		"https://user:sec/ret?x@orders.example.no":      "https://…@orders.example.no",
		"https://orders.example.no/x?token=secret":      "https://orders.example.no/x?…",
		"https://orders.example.no/x?token=sec?ret#top": "https://orders.example.no/x?…",
		"https://orders.example.no/x#secret":            "https://orders.example.no/x#…",
		"user:secret@orders.example.no:25":              "…@orders.example.no:25",
		"shop.example.no:port":                          "shop.example.no:port",
		"":                                              "",
	} {
		if got := Shown(address); got != want {
			t.Errorf("Shown(%q) = %q, want %q", address, got, want)
		}
	}
}
