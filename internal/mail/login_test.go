package mail

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/mail/mailtest"
)

const user, password = "ordre@bookgate.example", "hemmelig-ø"

// loginTo starts a server that wants a login over TLS, and makes a sender to it.
func loginTo(t *testing.T, s mailtest.Script) (*mailtest.ScriptedServer, *Sender) {
	t.Helper()
	s.User, s.Password, s.STARTTLS = user, password, true
	o := mailtest.StartScripted(t, s)
	return o, to(t, o, func(c *Config) { c.User, c.Password = user, password })
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
