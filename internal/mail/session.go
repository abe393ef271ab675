package mail

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"time"
)

// session is one connection to the mail server. Only one goroutine uses it.
type session struct {
	conn    net.Conn
	in      *bufio.Reader
	lines   *textproto.Reader
	limit   *io.LimitedReader
	secure  bool
	offered map[string]string // what EHLO listed, keywords in upper case (RFC 5321, 2.4: they count in any case)
	sent    int               // messages, also those that were refused
	last    string            // the last answer as it came, without codes
}

// maxAnswer bounds one answer, in bytes, and with it the memory that a broken
// server can use.
const maxAnswer = 64 << 10

// newSession starts a session on a connection. What was offered before encryption
// is ignored (RFC 3207, 4.2).
func newSession(conn net.Conn, secure bool) *session {
	s := &session{conn: conn, secure: secure}
	s.limit = &io.LimitedReader{R: conn, N: maxAnswer}
	s.in = bufio.NewReader(s.limit)
	s.lines = textproto.NewReader(s.in)
	return s
}

// answer reads an answer.
func (s *session) answer() (reply, error) {
	s.limit.N = maxAnswer
	code, message, err := s.lines.ReadResponse(0)
	s.last = message
	var coded *textproto.Error
	if err != nil && !errors.As(err, &coded) {
		return reply{}, err
	}
	return newReply(code, message), nil
}

// command sends a line and reads the answer. A line break in it is an error.
func (s *session) command(line string) (reply, error) {
	if strings.ContainsAny(line, "\r\n") {
		return reply{}, errors.New("a command holds a line break")
	}
	if _, err := io.WriteString(s.conn, line+"\r\n"); err != nil {
		return s.lastWords(err)
	}
	return s.answer()
}

// lastWords reads what a server answered before it closed a connection. Without an
// answer it returns the cause.
func (s *session) lastWords(cause error) (reply, error) {
	s.conn.SetReadDeadline(time.Now().Add(time.Second))
	if r, err := s.answer(); err == nil {
		return r, nil
	}
	return reply{}, cause
}

// refusal is an answer that refuses a step.
type refusal struct {
	step string // what was done: greeting, EHLO, STARTTLS, MAIL, RCPT, DATA, or body
	reply
}

func (e *refusal) Error() string { return e.reply.String() }

// want sends a command and returns a refusal unless the answer is of a class.
func (s *session) want(step string, class int, line string) error {
	r, err := s.command(line)
	if err == nil && !r.is(class) {
		return &refusal{step, r}
	}
	return err
}

// hello sends EHLO and reads what the server offers. A server without EHLO offers
// nothing (RFC 5321, 3.2).
func (s *session) hello(name string) error {
	r, err := s.command("EHLO " + name)
	if err != nil {
		return err
	}
	if r.code == 500 || r.code == 502 {
		s.offered = map[string]string{}
		return s.want("EHLO", 2, "HELO "+name)
	}
	if !r.is(2) {
		return &refusal{"EHLO", r}
	}
	s.offered = readOffers(s.last)
	return nil
}

// transact sends a message.
func (s *session) transact(from, to string, utf8 bool, body []byte) error {
	s.sent++
	parameters := ""
	if utf8 {
		parameters = " SMTPUTF8"
	}
	if err := s.want("MAIL", 2, "MAIL FROM:<"+from+">"+parameters); err != nil {
		return err
	}
	if err := s.want("RCPT", 2, "RCPT TO:<"+to+">"); err != nil {
		return err
	}
	if err := s.want("DATA", 3, "DATA"); err != nil {
		return err
	}
	out := bufio.NewWriterSize(s.conn, 32<<10)
	w := textproto.NewWriter(out).DotWriter()
	_, err := w.Write(body)
	if err == nil {
		err = w.Close() // flushes
	}
	var r reply
	if err != nil {
		r, err = s.lastWords(err)
	} else {
		r, err = s.answer()
	}
	switch {
	case err != nil:
		return &unanswered{err}
	case !r.is(2):
		return &refusal{"body", r}
	}
	return nil
}

// unanswered is a connection that ended after the message: the server may have
// accepted it.
type unanswered struct{ error }

func (e *unanswered) Unwrap() error { return e.error }

// quit sends QUIT and closes the connection without waiting for an answer.
func (s *session) quit() {
	s.conn.SetDeadline(time.Now().Add(time.Second))
	io.WriteString(s.conn, "QUIT\r\n")
	s.conn.Close()
}

// state returns the TLS state, nil without TLS.
func (s *session) state() *tls.ConnectionState {
	if c, ok := s.conn.(*tls.Conn); ok {
		state := c.ConnectionState()
		return &state
	}
	return nil
}

// mechanisms returns the login mechanisms that the server offers, as it spells
// them.
func (s *session) mechanisms() []string { return strings.Fields(s.offered["AUTH"]) }

// readOffers parses the lines of an answer to EHLO. AUTH=LOGIN is the form from
// before the standard.
func readOffers(message string) map[string]string {
	offered := map[string]string{}
	_, message, _ = strings.Cut(message, "\n") // the first line is the greeting
	for line := range strings.SplitSeq(message, "\n") {
		keyword, parameters, _ := strings.Cut(strings.TrimSpace(line), " ")
		keyword = strings.ToUpper(keyword)
		if rest, old := strings.CutPrefix(keyword, "AUTH="); old {
			keyword, parameters = "AUTH", rest+" "+parameters
		}
		if keyword == "AUTH" {
			parameters = offered["AUTH"] + " " + parameters
		}
		offered[keyword] = strings.TrimSpace(parameters)
	}
	return offered
}

// defaultGreetingTimeout is the time after which a silent server is probed for
// implicit TLS. Without it, the wait goes on: tarpits are silent for longer.
const defaultGreetingTimeout = 3 * time.Second

// errImplicit is a server that waits for TLS from the first byte.
var errImplicit = errors.New("the server speaks TLS from the first byte")

// connect returns a new session after greeting, encryption and EHLO.
func (s *Sender) connect(ctx context.Context) (*session, error) {
	dialer := &net.Dialer{}
	conn, err := dialer.DialContext(ctx, "tcp", s.config.Address)
	if err != nil {
		return nil, err
	}
	end, _ := ctx.Deadline()
	conn.SetDeadline(end)
	if s.config.TLS == Implicit {
		if conn, err = s.encrypt(ctx, conn); err != nil {
			return nil, err
		}
	}
	c := newSession(conn, s.config.TLS == Implicit)
	if err = s.greet(ctx, c); err == nil && s.config.TLS == STARTTLS {
		c, err = s.startTLS(ctx, c)
	}
	if err != nil {
		c.conn.Close()
		return nil, err
	}
	return c, nil
}

// greet reads the greeting and sends EHLO.
func (s *Sender) greet(ctx context.Context, c *session) error {
	if s.config.TLS != Implicit {
		c.conn.SetReadDeadline(time.Now().Add(s.greetingTimeout))
		_, err := c.in.Peek(1)
		var late net.Error
		if errors.As(err, &late) && late.Timeout() && s.speaksTLS(ctx) {
			return errImplicit
		}
		end, _ := ctx.Deadline()
		c.conn.SetReadDeadline(end)
	}
	r, err := c.answer()
	if err != nil {
		return err
	}
	if !r.is(2) {
		return &refusal{"greeting", r}
	}
	return c.hello(s.Domain())
}

// speaksTLS reports whether the server answers a TLS handshake on a new connection.
// Nothing is sent over it, so the certificate is not verified.
func (s *Sender) speaksTLS(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, s.greetingTimeout)
	defer cancel()
	dialer := &tls.Dialer{Config: &tls.Config{ServerName: s.host, InsecureSkipVerify: true}}
	conn, err := dialer.DialContext(ctx, "tcp", s.config.Address)
	if err == nil {
		conn.Close()
	}
	var alert *net.OpError
	return err == nil || errors.As(err, &alert) && alert.Op == "remote error"
}

// startTLS encrypts a session, before any message.
func (s *Sender) startTLS(ctx context.Context, c *session) (*session, error) {
	if _, ok := c.offered["STARTTLS"]; !ok {
		return c, errNoSTARTTLS
	}
	if err := c.want("STARTTLS", 2, "STARTTLS"); err != nil {
		return c, err
	}
	if c.in.Buffered() > 0 {
		// It would count as sent under TLS.
		return c, errors.New("the server went on talking unencrypted after STARTTLS")
	}
	conn, err := s.encrypt(ctx, c.conn)
	if err != nil {
		return c, err
	}
	c = newSession(conn, true)
	return c, c.hello(s.Domain())
}

var errNoSTARTTLS = errors.New("the server does not offer STARTTLS")

// handshakeError is a connection that could not be encrypted.
type handshakeError struct{ error }

func (e *handshakeError) Unwrap() error { return e.error }

// encrypt does the handshake.
func (s *Sender) encrypt(ctx context.Context, conn net.Conn) (net.Conn, error) {
	config := &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, RootCAs: s.config.Roots}
	encrypted := tls.Client(conn, config)
	if err := encrypted.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, &handshakeError{err}
	}
	return encrypted, nil
}

// open returns a session that is ready for messages: connected, and logged in if
// there is a login. Every offered mechanism is tried; when the server closes the
// connection after a refusal, the next one is tried on a new connection.
func (s *Sender) open(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	c, err := s.connect(ctx)
	if err != nil || s.config.User == "" {
		return c, err
	}
	failed := &loginError{offered: c.mechanisms()}
	fresh := true // nothing was refused on this connection
	for _, m := range choose(failed.offered, s.lastMechanism()) {
		var r reply
		if c != nil {
			r, err = c.login(m, s.config, s.host)
		}
		if c == nil || err != nil && !fresh { // closed after the mechanism before
			if c != nil {
				c.conn.Close()
			}
			if c, err = s.connect(ctx); err != nil {
				return nil, err
			}
			r, err = c.login(m, s.config, s.host)
		}
		fresh = false
		switch {
		case err == nil && r.code == 235:
			s.setLastMechanism(m.name)
			return c, nil
		case err == nil:
			failed.tried, failed.last = append(failed.tried, m.name+": "+r.String()), r
		default:
			failed.tried = append(failed.tried, fmt.Sprintf("%s: %s", m.name, s.describe(err)))
		}
		if err != nil || r.code == 421 {
			c.conn.Close()
			c = nil
		}
	}
	if c != nil {
		c.quit()
	}
	return nil, failed
}

// choose returns the supported mechanisms that the server offers. The one that
// worked last comes first, so that connections do not count as failed logins.
func choose(offered []string, worked string) (chosen []mechanism) {
	for _, m := range mechanisms() {
		if slices.ContainsFunc(offered, func(o string) bool { return strings.EqualFold(o, m.name) }) {
			chosen = append(chosen, m)
		}
	}
	slices.SortStableFunc(chosen, func(a, b mechanism) int {
		switch {
		case a.name == worked && b.name != worked:
			return -1
		case b.name == worked && a.name != worked:
			return 1
		}
		return 0
	})
	return chosen
}

// lastMechanism returns the mechanism by which the last login succeeded.
func (s *Sender) lastMechanism() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mechanism
}

func (s *Sender) setLastMechanism(mechanism string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mechanism = mechanism
}
