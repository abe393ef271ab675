package reach

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

func TestSort(t *testing.T) {
	for _, c := range []struct {
		err   error
		fault Fault
		words string
	}{
		{&net.DNSError{Name: "x.example", IsNotFound: true}, NoHost, "there is no host named x.example"},
		{&net.DNSError{Name: "x.example", IsTimeout: true}, NoAnswer, "the name x.example could not be looked up"},
		{syscall.EHOSTUNREACH, NoWay, "no route to host"},
		{syscall.ENETUNREACH, NoWay, "no route to host"},
		{syscall.ECONNREFUSED, Refused, "the connection was refused"},
		{context.DeadlineExceeded, Late, "no answer in time"},
		{os.ErrDeadlineExceeded, Late, "no answer in time"},
		{syscall.ETIMEDOUT, Late, "no answer in time"},
		{io.EOF, Cut, "the connection ended"},
		{io.ErrUnexpectedEOF, Cut, "the connection ended"},
		{syscall.ECONNRESET, Cut, "the connection ended"},
		{syscall.EPIPE, Cut, "the connection ended"},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")}, Handshake, `the alert "handshake failure"`},
		{errors.New("tls: server selected unsupported protocol version 301"), Handshake, "failed: server selected unsupported protocol version 301"},
		{x509.UnknownAuthorityError{}, UnknownAuthority, "an authority that is not known"},
		{x509.HostnameError{Certificate: &x509.Certificate{}, Host: "x"}, OtherName, "for another name"},
		{x509.CertificateInvalidError{Reason: x509.Expired}, OutOfDate, "has ended or does not begin yet"},
		{&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}}, Untrusted, "cannot be trusted"},
		{errors.New("secret details"), Unknown, "the connection failed"},
	} {
		wrapped := fmt.Errorf("x: %w", &net.OpError{Op: "dial", Err: c.err})
		fault, words := Sort(wrapped)
		if fault != c.fault || !strings.Contains(words, c.words) || strings.Contains(words, "secret") {
			t.Errorf("%v: %d, %q, want %d, %q", wrapped, fault, words, c.fault, c.words)
		}
		if fault.Certificate() != strings.Contains(words, "certificate") {
			t.Errorf("%q is about a certificate: %t", words, fault.Certificate())
		}
	}
}

// TestEveryFaultHasWords that no other fault has.
func TestEveryFaultHasWords(t *testing.T) {
	seen := map[string]Fault{}
	for f := Unknown; f <= Untrusted; f++ {
		if words := f.String(); words == "" {
			t.Errorf("fault %d has no words", f)
		} else if other, twice := seen[words]; twice {
			t.Errorf("faults %d and %d are both %q", other, f, words)
		} else {
			seen[words] = f
		}
	}
}

// TestNamesCannotSpeak wants a name to be shown as one, whatever it says.
func TestNamesCannotSpeak(t *testing.T) {
	_, words := Sort(&net.DNSError{Name: "x\x1b[2J\r\n" + strings.Repeat("y", 5000), IsNotFound: true})
	if strings.ContainsAny(words, "\x1b\r\n") || len(words) > 500 {
		t.Errorf("got %q", words)
	}
}
