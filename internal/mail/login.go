package mail

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// mechanism is a way to log in.
type mechanism struct {
	name string
	auth func(c Config, host string, state *tls.ConnectionState) smtp.Auth
}

// mechanisms returns the supported mechanisms, in the order in which they are
// tried. There is no login without TLS, and over TLS the simple ones are as safe as
// the others and work wherever they are offered; NTLM rarely works.
func mechanisms() []mechanism {
	return []mechanism{
		{"PLAIN", func(c Config, host string, _ *tls.ConnectionState) smtp.Auth {
			return smtp.PlainAuth("", c.User, string(c.Password), host, false)
		}},
		{"LOGIN", func(c Config, host string, _ *tls.ConnectionState) smtp.Auth {
			return smtp.LoginAuth(c.User, string(c.Password), host, false)
		}},
		{"CRAM-MD5", func(c Config, _ string, _ *tls.ConnectionState) smtp.Auth {
			return smtp.CRAMMD5Auth(c.User, string(c.Password))
		}},
		{"SCRAM-SHA-256", func(c Config, _ string, _ *tls.ConnectionState) smtp.Auth {
			return smtp.ScramSHA256Auth(c.User, string(c.Password))
		}},
		{"SCRAM-SHA-1", func(c Config, _ string, _ *tls.ConnectionState) smtp.Auth {
			return smtp.ScramSHA1Auth(c.User, string(c.Password))
		}},
		{"SCRAM-SHA-256-PLUS", func(c Config, _ string, state *tls.ConnectionState) smtp.Auth {
			return smtp.ScramSHA256PlusAuth(c.User, string(c.Password), state)
		}},
		{"SCRAM-SHA-1-PLUS", func(c Config, _ string, state *tls.ConnectionState) smtp.Auth {
			return smtp.ScramSHA1PlusAuth(c.User, string(c.Password), state)
		}},
		{"NTLM", func(c Config, _ string, _ *tls.ConnectionState) smtp.Auth {
			return smtp.NTLMAuth(c.User, string(c.Password), "")
		}},
	}
}

// loginError is a login that failed with every mechanism.
type loginError struct {
	offered []string // what the server offers, as it spells it
	tried   []string // each with the server's answer
	last    reply
}

func (e *loginError) Error() string {
	if len(e.offered) == 0 {
		return "it offers no login (AUTH)"
	}
	offers := "it offers " + strings.Join(e.offered, ", ")
	if len(e.tried) == 0 {
		var known []string
		for _, m := range mechanisms() {
			known = append(known, m.name)
		}
		return offers + ", and bookgate knows " + strings.Join(known, ", ")
	}
	return strings.Join(e.tried, "; ") + " (" + offers + ")"
}

// login tries one mechanism. The error is one of the connection; a refusal is a
// reply that is not 235.
func (s *session) login(m mechanism, c Config, host string) (reply, error) {
	auth := m.auth(c, host, s.state())
	name, first, err := auth.Start(&smtp.ServerInfo{Name: host, TLS: s.secure, Auth: s.mechanisms()})
	if err != nil {
		return reply{}, fmt.Errorf("begin the login by %s: %w", m.name, err)
	}
	line := "AUTH " + name
	if first != nil {
		line += " " + encodeResponse(first)
	}
	r, err := s.command(line)
	for err == nil && r.code == 334 {
		challenge, wrong := base64.StdEncoding.DecodeString(r.raw())
		if wrong != nil {
			challenge = []byte(r.raw()) // LOGIN asks in any words
		}
		response, wrong := next(auth, challenge)
		if wrong != nil {
			if r, err = s.command("*"); err == nil { // RFC 4954, 4: the client cancels
				r = newReply(max(r.code, 500), "the server's challenge was not understood")
			}
			break
		}
		r, err = s.command(base64.StdEncoding.EncodeToString(response))
	}
	if err == nil && r.code == 235 {
		if _, wrong := auth.Next([]byte(r.text), false); wrong != nil {
			return newReply(535, "the server did not prove that it knows the password"), nil
		}
	}
	return r, err
}

// next answers a challenge. The library's NTLM reader trusts the lengths in a
// challenge and can panic; that must fail the login only.
func next(auth smtp.Auth, challenge []byte) (response []byte, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("the challenge was not understood: %v", broken)
		}
	}()
	return auth.Next(challenge, true)
}

// encodeResponse encodes the response in the AUTH command; an empty one is
// a single = (RFC 4954, 4).
func encodeResponse(b []byte) string {
	if len(b) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(b)
}

// raw returns the text of a challenge before decoding.
func (r reply) raw() string {
	text, _, _ := strings.Cut(r.text, " ")
	return text
}
