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

// open without TLS.
func plainly(t *testing.T, s mailtest.Script) (*mailtest.ScriptedServer, *Sender) {
	t.Helper()
	o := mailtest.StartScripted(t, s)
	return o, to(t, o, func(c *Config) { c.TLS = None })
}

const user, password = "ordre@bookgate.example", "hemmelig-ø"

func loginTo(t *testing.T, s mailtest.Script) (*mailtest.ScriptedServer, *Sender) {
	t.Helper()
	s.User, s.Password, s.STARTTLS = user, password, true
	o := mailtest.StartScripted(t, s)
	return o, to(t, o, func(c *Config) { c.User, c.Password = user, password })
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

// auths are the mechanisms that a client tried, in order.
func auths(o *mailtest.ScriptedServer) (tried []string) {
	for _, line := range o.Commands() {
		if name, ok := strings.CutPrefix(line, "AUTH "); ok {
			tried = append(tried, name)
		}
	}
	return tried
}

func permutations(all []string) [][]string {
	if len(all) < 2 {
		return [][]string{all}
	}
	var out [][]string
	for i := range all {
		rest := append(slices.Clone(all[:i]), all[i+1:]...)
		for _, p := range permutations(rest) {
			out = append(out, append([]string{all[i]}, p...))
		}
	}
	return out
}

// TestEveryOrderOfMechanisms lets a server offer the three in every order and any
// case, take one of them, and refuse the others with or without hanging up.
func TestEveryOrderOfMechanisms(t *testing.T) {
	names := []string{"PLAIN", "LOGIN", "CRAM-MD5"}
	for _, order := range permutations(names) {
		for _, takes := range names {
			for _, hangsUp := range []bool{false, true} {
				for _, refusal := range []string{"535 5.7.8 authentication failed", "504 5.7.4 not this one", "534 5.7.9 too weak", "454 4.7.0 not now"} {
					refuses := map[string]string{}
					for _, name := range names {
						if name != takes {
							refuses[name] = refusal
						}
					}
					offer := "auth GSSAPI NTLM " + strings.ToLower(strings.Join(order, " "))
					o, s := loginTo(t, mailtest.Script{Offers: []string{offer}, Refuses: refuses, HangsUp: hangsUp})
					if err := s.Send(t.Context(), sample()); err != nil || len(o.Messages()) != 1 {
						t.Fatalf("%s, takes %s, hangs up %t: %v", offer, takes, hangsUp, err)
					}
					if tried := auths(o); !slices.Equal(tried, names[:slices.Index(names, takes)+1]) {
						t.Errorf("%s, takes %s: tried %v", offer, takes, tried)
					}
				}
			}
		}
	}
}

func TestSCRAM(t *testing.T) {
	o, s := loginTo(t, mailtest.Script{Offers: []string{"AUTH SCRAM-SHA-512 scram-sha-256 LOGIN"}, Refuses: map[string]string{"LOGIN": "535 no"}})
	if err := s.Send(t.Context(), sample()); err != nil || !slices.Equal(auths(o), []string{"LOGIN", "SCRAM-SHA-256"}) {
		t.Errorf("%v, tried %v", err, auths(o))
	}
}

func TestMechanismThatWorkedComesFirst(t *testing.T) {
	o, s := loginTo(t, mailtest.Script{Offers: []string{"AUTH PLAIN LOGIN"}, Refuses: map[string]string{"PLAIN": "535 no"},
		Says: func(verb string, _ int) string {
			if verb == "RSET" {
				return "CLOSE"
			}
			return ""
		}})
	for range 3 {
		if err := s.Send(t.Context(), sample()); err != nil {
			t.Fatal(err)
		}
	}
	if tried := auths(o); !slices.Equal(tried, []string{"PLAIN", "LOGIN", "LOGIN", "LOGIN"}) {
		t.Errorf("tried %v", tried)
	}
}

func TestLoginOfOldServers(t *testing.T) {
	for _, offers := range [][]string{{"AUTH=PLAIN LOGIN"}, {"AUTH=LOGIN", "AUTH CRAM-MD5"}, {"8bitmime", "Auth Login"}, {"AUTH  PLAIN  "}} {
		o, s := loginTo(t, mailtest.Script{Offers: offers})
		if err := s.Send(t.Context(), sample()); err != nil || len(o.Messages()) != 1 {
			t.Errorf("%v: %v", offers, err)
		}
	}
}

func TestLoginThatFailsListsWhatWasTried(t *testing.T) {
	for name, c := range map[string]struct {
		script mailtest.Script
		want   []string
	}{
		"nothing that is known": {mailtest.Script{Offers: []string{"AUTH GSSAPI XOAUTH2"}}, []string{"offers GSSAPI, XOAUTH2", "PLAIN", "LOGIN"}},
		"no login":              {mailtest.Script{Offers: []string{"SIZE 1000"}}, []string{"offers no login"}},
		"all refused": {mailtest.Script{Offers: []string{"AUTH GSSAPI LOGIN PLAIN"}, Refuses: map[string]string{"PLAIN": "535 5.7.8 one", "LOGIN": "535-5.7.8 two\n535 5.7.8 three"}},
			[]string{"offers GSSAPI, LOGIN, PLAIN", "PLAIN: 535 5.7.8 one", "LOGIN: 535 5.7.8 two three"}},
		"echoes": {mailtest.Script{Offers: []string{"AUTH PLAIN LOGIN"}, Refuses: map[string]string{
			"PLAIN": "535 not AUTH PLAIN AG9yZHJlQGJvb2tnYXRlLmV4YW1wbGUAaGVtbWVsaWctw7g=", "LOGIN": "535 not hemmelig-ø nor aGVtbWVsaWctw7g="}}, []string{"not AUTH PLAIN [redacted]", "not [redacted] nor [redacted]"}},
	} {
		_, s := loginTo(t, c.script)
		e := faultOf(t, s)
		for _, want := range c.want {
			if !strings.Contains(e.PublicMessage, want) {
				t.Errorf("%s: %q is not in %q", name, want, e.PublicMessage)
			}
		}
		if e.Final || strings.Contains(e.PublicMessage, "hemmelig") || strings.Contains(e.PublicMessage, "aGVtbWVsaWct") {
			t.Errorf("%s: final %t, %q", name, e.Final, e.PublicMessage)
		}
	}
}

// TestRefusedLoginRests sends many e-mails with a wrong password: the server
// counts one login and not one for each e-mail.
func TestRefusedLoginRests(t *testing.T) {
	o, s := loginTo(t, mailtest.Script{Offers: []string{"AUTH PLAIN"}, Refuses: map[string]string{"PLAIN": "535 5.7.8 no"}})
	first := faultOf(t, s)
	for range 20 {
		if e := faultOf(t, s); e.PublicMessage != first.PublicMessage || e.Code != 535 {
			t.Fatalf("%+v", e)
		}
	}
	if tried := auths(o); len(tried) != 1 {
		t.Errorf("tried %v", tried)
	}
	s.refusedAt = time.Now().Add(-loginPause - time.Second)
	faultOf(t, s)
	if tried := auths(o); len(tried) != 2 {
		t.Errorf("tried %v", tried)
	}
}

// TestNoPasswordInTheOpen wants no login where the server strips STARTTLS.
func TestNoPasswordInTheOpen(t *testing.T) {
	o := mailtest.StartScripted(t, mailtest.Script{Offers: []string{"AUTH PLAIN LOGIN"}, User: user, Password: password})
	s := to(t, o, func(c *Config) { c.User, c.Password = user, password })
	if e := faultOf(t, s); !strings.Contains(e.PublicMessage, "does not offer STARTTLS") || len(auths(o)) != 0 {
		t.Errorf("%q, %v", e.PublicMessage, o.Commands())
	}
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

// TestWhichRefusalsAreFinal says what refuses an e-mail for good, and what does not.
func TestWhichRefusalsAreFinal(t *testing.T) {
	const here = "<kari@forlag.example>: "
	for _, c := range []struct {
		verb, answer string
		final        bool
		words        string
	}{
		{"RCPT", "550 5.1.1 " + here + "Recipient address rejected: User unknown in virtual mailbox table", true, "for this address"},
		{"RCPT", "550-5.1.1 The email account that you tried to reach does not exist.\n550 5.1.1 Please try again.", true, "does not exist. Please try again."},
		{"RCPT", "553 5.1.2 We cannot find your recipient's domain", true, "for this address"},
		{"RCPT", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", true, "for this address"},
		{"RCPT", "550 User unknown", true, "for this address"},
		{"RCPT", "550 Unknown user", true, "for this address"},
		{"RCPT", "550 No such user here", true, "for this address"},
		{"RCPT", "550 no such recipient", true, "for this address"},
		{"RCPT", "550 Mailbox unavailable", true, "for this address"},
		{"RCPT", "550 5.5.0 Requested action not taken: mailbox unavailable", true, "for this address"},
		{"RCPT", "550 mailbox does not exist", true, "for this address"},
		{"RCPT", "550 Invalid recipient: " + here, true, "for this address"},
		{"RCPT", "550 Invalid recipient", true, "for this address"},
		{"RCPT", "550 Unrouteable address", true, "for this address"},
		{"RCPT", "550 5.0.0 " + here + "user not found", true, "for this address"},
		{"RCPT", "550 sorry, no mailbox here by that name (#5.1.1)", true, "for this address"},
		{"RCPT", "550 <relay.sender@forlag.example>: no such user", true, "for this address"},

		{"RCPT", "554 5.7.1 " + here + "Relay access denied", false, "does not relay for us"},
		{"RCPT", "550 relay not permitted", false, "does not relay for us"},
		{"RCPT", "550 5.7.1 Unable to relay", false, "does not relay for us"},
		{"RCPT", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", false, "does not relay for us"},
		{"RCPT", "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", false, "name or address"},
		{"RCPT", "550 5.7.25 no reverse DNS", false, "name or address"},
		{"RCPT", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1", false, "blocks this machine"},
		{"RCPT", "550 Requested action not taken: mailbox unavailable. Your IP 192.0.2.1 is listed at the DNSBL", false, "blocks this machine"},
		{"RCPT", "550 5.1.8 <ordre@bookgate.example>: Sender address rejected: Domain not found", false, "e-mails from ordre@bookgate.example"},
		{"RCPT", "550 5.1.0 <ordre@bookgate.example>: Sender address rejected: User unknown in local recipient table", false, "e-mails from ordre@bookgate.example"},
		{"RCPT", "550 Sender verify failed", false, "e-mails from ordre@bookgate.example"},
		{"RCPT", "550 5.7.26 This mail has been blocked because it is not authenticated: DMARC", false, "operator"},
		{"RCPT", "530 5.7.0 Authentication required", false, "asks us to log in"},
		{"RCPT", "550 5.7.1 Client was not authenticated", false, "operator"},
		{"RCPT", "550 5.7.1 rejected by policy", false, "a rule of its own"},
		{"RCPT", "550 Access denied", false, "a rule of its own"},
		{"RCPT", "550 5.4.1 Recipient address rejected: Access denied", false, "a rule of its own"},
		{"RCPT", "554 transaction failed", false, "a rule of its own"},
		{"RCPT", "552 5.2.2 " + here + "Recipient address rejected: Mailbox is full", false, "the mailbox is full"},
		{"RCPT", "552 too much", false, "the mailbox is full"},
		{"RCPT", "550 user over quota", false, "the mailbox is full"},
		{"RCPT", "452 4.2.2 mailbox full", false, "the mailbox is full"},
		{"RCPT", "452 4.5.3 too many recipients", false, "now: 452"},
		{"RCPT", "450 4.2.0 " + here + "Greylisted", false, "now: 450"},
		{"RCPT", "450 4.7.1 Helo command rejected", false, "now: 450"},
		{"RCPT", "450 unknown user, perhaps", false, "now: 450"},
		{"RCPT", "452 4.3.1 Insufficient system storage", false, "now: 452"},
		{"RCPT", "550 5.3.0 " + here + "No such user here", true, "for this address"},
		{"RCPT", "552 1 Requested mail action aborted, mailbox not found", true, "for this address"},
		{"RCPT", "554 delivery error: This user doesn't have a mail.example account", true, "for this address"},
		{"RCPT", "550 5.2.1 This mailbox has been blocked due to inactivity", true, "for this address"},
		{"RCPT", "450 4.2.1 The user is receiving mail at a rate that prevents more", false, "now: 450"},
		{"RCPT", "550 5.7.133 Group; authentication required of the sender", false, "a rule of its own"},
		{"RCPT", "550 5.4.5 Daily relay sending limit exceeded", false, "no more from us for now"},
		{"RCPT", "550 Maximum credits exceeded", false, "no more from us for now"},

		{"MAIL", "550 who are you", false, "e-mails from ordre@bookgate.example"},
		{"MAIL", "530 5.7.0 Must issue a STARTTLS command first", false, "wants an encrypted connection"},
		{"MAIL", "530 5.7.1 Authentication required", false, "asks us to log in"},
		{"MAIL", "552 5.3.4 Message size exceeds fixed limit", true, "did not take the e-mail"},
		{"MAIL", "421 busy", false, "now: 421"},
		{"MAIL", "552 Message too large", true, "did not take the e-mail"},
		{"MAIL", "550 5.7.1 Daily message quota exceeded", false, "no more from us for now"},

		{"DATA", "554 5.5.1 Error: no valid recipients", true, "did not take the e-mail"},
		{"DATA.", "552 5.3.4 Message size exceeds fixed limit", true, "did not take the e-mail"},
		{"DATA.", "550 5.7.1 Message content rejected", true, "did not take the e-mail"},
		{"DATA.", "554 5.6.0 malformed", true, "did not take the e-mail"},
		{"DATA.", "552 5.2.2 Over quota", false, "the mailbox is full"},
		{"DATA.", "550 5.7.1 Relaying denied", false, "does not relay for us"},
		{"DATA.", "550-5.7.26 Unauthenticated email is not accepted due to the domain's DMARC policy\n550 5.7.26 see the page", false, "e-mails from"},
		{"DATA.", "554 5.7.1 blocked using bl.example", false, "blocks this machine"},
		{"DATA.", "451 later", false, "now: 451"},
		{"DATA.", "454 Throttling failure: Daily message quota exceeded.", false, "now: 454"},
		{"DATA.", "452 4.3.1 Insufficient system storage", false, "now: 452"},
		{"DATA.", "554 5.3.1 Mail system full", false, "a rule of its own"},
		{"DATA.", "554 5.4.14 Hop count exceeded", false, "a rule of its own"},
		{"DATA.", "554 Transaction failed", false, "a rule of its own"},
		{"DATA.", "550 5.7.1 Rate limit exceeded", false, "no more from us for now"},
		{"DATA.", "550 5.4.5 Daily user sending limit exceeded", false, "no more from us for now"},
		{"DATA.", "554 5.7.1 You have exceeded the daily sending quota of your account", false, "no more from us for now"},
		{"DATA.", "554 Message rejected: Email address is not verified.", false, "e-mails from"},
		{"DATA.", "554 Message rejected: Sending paused for this account.", false, "e-mails from"},
		{"DATA.", "550 The from address does not match a verified Sender Identity.", false, "e-mails from"},
		{"DATA.", "550 5.7.515 Access denied, sending domain forlag.example does not pass authentication", false, "e-mails from"},
		{"DATA.", "550 5.7.708 Access denied, traffic not accepted from this IP", false, "blocks this machine"},
		{"DATA.", "554 5.7.1 Your IP is listed, see https://bl.example/spam", false, "blocks this machine"},
		{"DATA.", "550 5.7.1 This message has been blocked: likely unsolicited mail", true, "did not take the e-mail"},
		{"DATA.", "550 5.7.1 Server detected spam in the message", true, "did not take the e-mail"},
		{"DATA.", "550 maximum message size exceeded: 25600000", true, "did not take the e-mail"},
		{"DATA.", "552 Message size exceeds the daily limit of 1 MB", true, "did not take the e-mail"},

		{"GREETING", "554 5.7.1 mail.example your IP is blocked, see the list", false, "blocks this machine"},
		{"GREETING", "421 4.3.2 too many connections", false, "e-mails now: 421"},
		{"EHLO", "550 5.7.1 bad name", false, "name or address"},
	} {
		_, s := plainly(t, mailtest.Script{Says: func(verb string, _ int) string {
			if verb == c.verb {
				return c.answer
			}
			return ""
		}})
		e := faultOf(t, s)
		if e.Final != c.final || !strings.Contains(e.PublicMessage, c.words) || strings.Contains(e.PublicMessage, "for this address") != (c.final && c.verb == "RCPT") {
			t.Errorf("%s %q: final %t, %q; want %t, %q", c.verb, c.answer, e.Final, e.PublicMessage, c.final, c.words)
		}
		if code := c.answer[:3]; fmt.Sprint(e.Code) != code || strings.Count(e.PublicMessage, c.answer[4:]) > 1 {
			t.Errorf("%s %q: code %d, %q", c.verb, c.answer, e.Code, e.PublicMessage)
		}
		operators := strings.Contains(e.PublicMessage, "the operator has to mend")
		ofOne := strings.Contains(e.PublicMessage, "a rule of its own") || strings.Contains(e.PublicMessage, "for now")
		if ofAll := operators && !ofOne || c.verb == "GREETING" || c.verb == "EHLO"; e.Server != ofAll {
			t.Errorf("%s %q: of every e-mail is %t", c.verb, c.answer, e.Server)
		}
		if later := c.answer[0] == '4' || c.final || strings.Contains(e.PublicMessage, "mailbox is full"); operators == later {
			t.Errorf("%s %q: the operator's to mend is %t, %q", c.verb, c.answer, operators, e.PublicMessage)
		}
	}
}

func TestServersWordsAreWhole(t *testing.T) {
	long := strings.Repeat("x", 90)
	_, s := plainly(t, mailtest.Script{Says: func(verb string, _ int) string {
		if verb == "RCPT" {
			return "550-5.7.1 Our system has found that\n550-5.7.1 \x1b[31myour\u202e message " + long + "\n550-5.7.1 " + long + "\n550 5.7.1 see https://mail.example/why"
		}
		return ""
	}})
	if e := faultOf(t, s); !strings.Contains(e.PublicMessage, "550 5.7.1 Our system has found that [31myour message "+long+" "+long+" see https://mail.example/why") {
		t.Errorf("%q", e.PublicMessage)
	}
	_, s = plainly(t, mailtest.Script{Says: func(verb string, _ int) string {
		if verb == "RCPT" {
			return "550 " + strings.Repeat("ø", 5000)
		}
		return ""
	}})
	if e := faultOf(t, s); strings.Count(e.PublicMessage, "ø") > maxReply || strings.Count(e.PublicMessage, "ø") < maxReply-20 {
		t.Errorf("%d characters", len([]rune(e.PublicMessage)))
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

func TestAnswersThatAreNotSMTP(t *testing.T) {
	for _, verb := range []string{"GREETING", "EHLO", "RCPT", "DATA."} {
		_, s := plainly(t, mailtest.Script{Says: func(v string, _ int) string {
			if v == verb {
				return "HTTP/1.1 400 Bad\u202eRequest"
			}
			return ""
		}})
		if e := faultOf(t, s); e.Final || !strings.Contains(e.PublicMessage, "not SMTP") || !strings.Contains(e.PublicMessage, `HTTP/1.1 400 Bad\u202eRequest`) {
			t.Errorf("%s: %+v", verb, e)
		}
	}
}
