package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/mail/mailtest"
)

// to is a sender to a server that speaks by a script.
func to(t *testing.T, o *mailtest.ScriptedServer, change func(*Config)) *Sender {
	t.Helper()
	c := Config{Address: o.Address, From: "ordre@bookgate.example", Roots: o.Roots}
	if change != nil {
		change(&c)
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plainly starts a server without TLS, and makes a sender to it.
func plainly(t *testing.T, s mailtest.Script) (*mailtest.ScriptedServer, *Sender) {
	t.Helper()
	o := mailtest.StartScripted(t, s)
	return o, to(t, o, func(c *Config) { c.TLS = None })
}

// faultOf sends an e-mail that must fail.
func faultOf(t *testing.T, s *Sender) *Error {
	t.Helper()
	err := s.Send(t.Context(), sample())
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("Send returned %v", err)
	}
	return e
}

func TestMessagesShareAConnection(t *testing.T) {
	o, s := plainly(t, mailtest.Script{})
	for range maxPerConnection + 3 {
		if err := s.Send(t.Context(), sample()); err != nil {
			t.Fatal(err)
		}
	}
	if made, _ := o.Connections(); made != 2 || len(o.Messages()) != maxPerConnection+3 {
		t.Errorf("%d connections for %d e-mails", made, len(o.Messages()))
	}
}

// TestConnectionsAreBounded sends more e-mails at once than a server takes.
func TestConnectionsAreBounded(t *testing.T) {
	o, s := plainly(t, mailtest.Script{Says: func(verb string, _ int) string {
		if verb == "DATA" {
			time.Sleep(2 * time.Millisecond)
		}
		return ""
	}})
	var all sync.WaitGroup
	for range 8 * maxConnections {
		all.Go(func() {
			if err := s.Send(t.Context(), sample()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if made, most := o.Connections(); most > maxConnections || made > 2*maxConnections {
		t.Errorf("%d connections, %d at once", made, most)
	}
}

func TestBusyIsNoFailure(t *testing.T) {
	t.Parallel() // it waits
	o, s := plainly(t, mailtest.Script{})
	for range maxConnections {
		s.turns <- struct{}{}
	}
	if e := faultOf(t, s); !e.Busy || e.Final || len(o.Commands()) != 0 {
		t.Errorf("%+v", e)
	}
}

// TestFailedMessageHarmsNoOther refuses every second e-mail at each step, ends the
// connection there, or says 421.
func TestFailedMessageHarmsNoOther(t *testing.T) {
	for _, verb := range []string{"MAIL", "RCPT", "DATA", "DATA.", "RSET"} {
		for _, answer := range []string{"550 5.1.1 no such user", "450 4.2.0 later", "421 4.7.0 too many e-mails in one connection", "452 4.5.3 enough", "CLOSE"} {
			o, s := plainly(t, mailtest.Script{Says: func(v string, n int) string {
				if v == verb && n%2 == 0 {
					return answer
				}
				return ""
			}})
			failed := 0
			for i := range 6 {
				l := sample()
				l.MessageID = fmt.Sprintf("m%d@x.example", i)
				if err := s.Send(t.Context(), l); err != nil {
					failed++
				}
			}
			seen := map[string]int{}
			for _, l := range o.Messages() {
				seen[l.Header.Get("Message-Id")]++
			}
			for id, n := range seen {
				if n > 1 {
					t.Errorf("%s %s: %s went %d times", verb, answer, id, n)
				}
			}
			if len(seen) != 6-failed || failed > 3 || verb == "RSET" && failed > 0 || answer[:1] == "4" && verb == "MAIL" && failed > 0 {
				t.Errorf("%s %s: %d failed, %d came", verb, answer, failed, len(seen))
			}
		}
	}
}

func TestIdleConnectionsEnd(t *testing.T) {
	t.Parallel() // it waits
	o, s := plainly(t, mailtest.Script{})
	if err := s.Send(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(idleTime + 3*time.Second); !slices.Contains(o.Commands(), "QUIT"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the connection is still open")
		}
	}
	if err := s.Send(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
}

func TestStartTLSAtAnImplicitPort(t *testing.T) {
	o := mailtest.StartScripted(t, mailtest.Script{Implicit: true})
	s := to(t, o, nil)
	s.greetingTimeout = 100 * time.Millisecond
	start := time.Now()
	if e := faultOf(t, s); !strings.Contains(e.PublicMessage, "implicit") || time.Since(start) > 5*time.Second {
		t.Errorf("%q after %v", e.PublicMessage, time.Since(start))
	}
	// One that is merely slow is waited for.
	o, s = plainly(t, mailtest.Script{Says: func(verb string, _ int) string {
		if verb == "GREETING" {
			time.Sleep(400 * time.Millisecond)
		}
		return ""
	}})
	s.greetingTimeout = 100 * time.Millisecond
	if err := s.Send(t.Context(), sample()); err != nil || len(o.Messages()) != 1 {
		t.Error(err)
	}
}

// TestHandshakeThatFailsSaysSo speaks to a server without a certificate.
func TestHandshakeThatFailsSaysSo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			tls.Server(conn, &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, errors.New("none") }}).Handshake()
			conn.Close()
		}
	}()
	s, err := New(Config{Address: l.Addr().String(), From: "a@b.example", TLS: Implicit})
	if err != nil {
		t.Fatal(err)
	}
	if e := faultOf(t, s); !strings.Contains(e.PublicMessage, "TLS with the mail server") || !strings.Contains(e.PublicMessage, "alert") {
		t.Errorf("%q", e.PublicMessage)
	}
}

func TestSMTPUTF8OnlyWhereItIsNeeded(t *testing.T) {
	send := func(address string, offers ...string) (*mailtest.ScriptedServer, error) {
		o, s := plainly(t, mailtest.Script{Offers: offers})
		l := sample()
		l.To = address
		return o, s.Send(t.Context(), l)
	}
	o, err := send("kari@blåbær.example", "8BITMIME", "SMTPUTF8")
	if err != nil || !slices.Contains(o.Commands(), "MAIL FROM:<ordre@bookgate.example>") || !slices.Contains(o.Commands(), "RCPT TO:<kari@xn--blbr-roah.example>") {
		t.Errorf("%v, %q", err, o.Commands())
	}
	if raw := o.Raw()[0]; !ascii(raw) {
		t.Errorf("an e-mail of ASCII is not: %q", raw)
	}
	o, err = send("kåre@blåbær.example", "smtputf8")
	if err != nil || !slices.Contains(o.Commands(), "MAIL FROM:<ordre@bookgate.example> SMTPUTF8") || !slices.Contains(o.Commands(), "RCPT TO:<kåre@xn--blbr-roah.example>") {
		t.Errorf("%v, %q", err, o.Commands())
	}
	if to := o.Messages()[0].Header.Get("To"); to != "<kåre@xn--blbr-roah.example>" {
		t.Errorf("To is %q", to)
	}
	o, err = send("kåre@blåbær.example", "8BITMIME")
	var e *Error
	if !errors.As(err, &e) || !e.Final || !strings.Contains(e.PublicMessage, "does not offer SMTPUTF8") || len(o.Messages()) != 0 || slices.ContainsFunc(o.Commands(), func(l string) bool { return strings.HasPrefix(l, "MAIL") }) {
		t.Errorf("%v, %q", err, o.Commands())
	}
}

func TestSendEndsWithItsContext(t *testing.T) {
	t.Parallel() // it waits
	_, s := plainly(t, mailtest.Script{Says: func(verb string, _ int) string {
		if verb == "RCPT" {
			time.Sleep(2 * time.Second)
		}
		return ""
	}})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := s.Send(ctx, sample())
	var e *Error
	if !errors.As(err, &e) || e.Final || time.Since(start) > time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}
