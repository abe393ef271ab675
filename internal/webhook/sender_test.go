package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		status int
		text   string
		want   time.Duration
	}{
		{429, "1", time.Second},
		{429, "0", time.Second},
		{429, " 120 ", 2 * time.Minute},
		{503, "86400", 24 * time.Hour},
		{503, "86401", 24 * time.Hour},
		{503, "9223372036854775807", 24 * time.Hour},
		{503, "18446744073709551615", 24 * time.Hour},
		{503, strings.Repeat("9", 400), 24 * time.Hour},
		{503, "-1", 0},
		{503, "+5", 0},
		{503, "1.5", 0},
		{503, "soon", 0},
		{503, "", 0},
		{503, "Sat, 21 Nov 2026 12:05:00 GMT", 5 * time.Minute},
		{503, "Saturday, 21-Nov-26 12:05:00 GMT", 5 * time.Minute},
		{503, "Sat Nov 21 12:05:00 2026", 5 * time.Minute},
		{503, "saturday, 21-nov-26 12:05:00 GMT", 5 * time.Minute},
		{503, "Mon, 21 Nov 2026 12:05:00 GMT", 5 * time.Minute},
		{503, "Sat, 21 Nov 2026 12:05:00 UTC", 5 * time.Minute},
		{503, "Sat, 21 Nov 2026 12:05:00 Z", 5 * time.Minute},
		{503, "Sat, 21 Nov 2026 12:05:00 +0000", 5 * time.Minute},
		{503, "Sat, 21 Nov 2026 13:05:00 +0100", 5 * time.Minute},
		{503, "Saturday, 21-Nov-26 14:05:00 CEST", 0},
		{503, "Saturday, 21-Nov-26 13:05:00 GMT+1", 0},
		{503, "Sat, 21 Nov 2026 14:05:00 CEST", 0},
		{503, "Sat, 21 Nov 2020 12:05:00 GMT", time.Second},
		{503, "Fri, 31 Dec 9999 23:59:59 GMT", 24 * time.Hour},
		{500, "120", 0},
		{301, "120", 0},
		{200, "120", 0},
	} {
		resp := &http.Response{StatusCode: c.status, Header: http.Header{"Retry-After": {c.text}}}
		if got := retryAfter(resp, now); got != c.want {
			t.Errorf("%d %.40q: %s, want %s", c.status, c.text, got, c.want)
		}
	}
}

func TestHeadersAreStoredMasked(t *testing.T) {
	stored := masked(http.Header{
		"Content-Type": {"text/html"}, "Retry-After": {"5"}, "Set-Cookie": {"session=canary"}, "Authorization": {"Bearer canary"},
		"X-Token": {"canary"}, "Server": {"x\r\n" + strings.Repeat("y", 500)}, "Via": {"a", "b"},
	})
	if text := fmt.Sprint(stored); strings.Contains(text, "canary") || strings.ContainsAny(text, "\r\n") || len(text) > 500 {
		t.Errorf("stored %s", text)
	}
	if stored.Get("Content-Type") != "text/html" || stored.Get("Via") != "a, b" || stored.Get("Set-Cookie") != redacted || stored.Get("X-Token") != redacted {
		t.Errorf("stored %v", stored)
	}
	many := http.Header{}
	for n := range 1000 {
		many.Set(fmt.Sprint("X-", n), "x")
	}
	if n := len(masked(many)); n != maxShownHeaders {
		t.Errorf("stored %d headers", n)
	}
}

func TestFailuresInWords(t *testing.T) {
	wrapped := func(err error) error { return &net.OpError{Op: "dial", Err: fmt.Errorf("x: %w", err)} }
	for _, c := range []struct {
		result Result
		want   string
	}{
		{Result{Status: 500}, "answered 500 Internal Server Error"},
		{Result{Status: 599}, "answered 599"},
		{Result{Status: 307}, "redirects are not followed"},
		{Result{Status: 410}, "which ends the endpoint"},
		{Result{Err: wrapped(&addressError{addrs("127.0.0.1")[0], "loopback"})}, "not reachable from here by design (loopback)"},
		{Result{Err: wrapped(&net.DNSError{Name: "x.example", IsNotFound: true})}, "there is no host named x.example"},
		{Result{Err: wrapped(&net.DNSError{Name: "x.example", IsTimeout: true})}, "x.example could not be looked up"},
		{Result{Err: wrapped(syscall.ECONNREFUSED)}, "connection was refused"},
		{Result{Err: wrapped(http.ErrSchemeMismatch)}, "does not speak TLS"},
		{Result{Err: wrapped(context.DeadlineExceeded)}, "no answer in time"},
		{Result{Err: wrapped(io.EOF)}, "connection ended before"},
		{Result{Err: wrapped(syscall.ECONNRESET)}, "connection ended before"},
		{Result{Err: wrapped(x509.UnknownAuthorityError{})}, "an authority that is not known"},
		{Result{Err: wrapped(x509.HostnameError{Certificate: &x509.Certificate{}, Host: "x"})}, "for another name"},
		{Result{Err: wrapped(x509.CertificateInvalidError{Reason: x509.Expired})}, "has ended"},
		{Result{Err: wrapped(&tls.CertificateVerificationError{Err: errors.New("x")})}, "cannot be trusted"},
		{Result{Err: errors.New("secret details")}, "the connection failed"},
	} {
		if got := resultText(c.result); !strings.Contains(got, c.want) || strings.Contains(got, "secret") {
			t.Errorf("%+v: %q, want %q", c.result, got, c.want)
		}
	}
}

// TestWaitingFormatsAreLoggedOnce lets deliveries of formats that are not known
// here come again and again, as they do at every claim.
func TestWaitingFormatsAreLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	d := NewDispatcher(Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	for range 3 {
		for format, url := range map[string]string{"some-mail": "mailto:a@b.example", "hark": "https://a.example"} {
			d.Try(t.Context(), Task{Endpoint: Endpoint{ID: "ep_" + format, Format: format, URL: url}})
		}
	}
	if text := log.String(); strings.Count(text, "\n") != 2 || strings.Count(text, "e-mails wait") != 1 || strings.Count(text, "format=hark") != 1 {
		t.Errorf("the log says\n%s", text)
	}
}

// TestFaultsAreReportedAsTheyAre sees that a format's own words reach the party.
func TestFaultsAreReportedAsTheyAre(t *testing.T) {
	if got := resultText(Result{Status: 550, Err: PublicError("no such mailbox")}); got != "no such mailbox" {
		t.Errorf("reported as %q", got)
	}
}
