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
	sent    int               // e-mails, or tries of one
	last    string            // the last answer as it came, without codes
}

// maxAnswer bounds the bytes of one answer, and with it what a broken server
// can make us hold.
const maxAnswer = 64 << 10

// newSession speaks over a connection. What was offered before it was encrypted
// counts for nothing (RFC 3207, 4.2).
func newSession(conn net.Conn, secure bool) *session {
	s := &session{conn: conn, secure: secure}
	s.limit = &io.LimitedReader{R: conn, N: maxAnswer}
	s.in = bufio.NewReader(s.limit)
	s.lines = textproto.NewReader(s.in)
	return s
}

// answer reads one.
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

// command sends a line and reads the answer. A line holds no line break: each
// of its values was checked.
func (s *session) command(line string) (reply, error) {
	if strings.ContainsAny(line, "\r\n") {
		return reply{}, errors.New("a command holds a line break")
	}
	if _, err := io.WriteString(s.conn, line+"\r\n"); err != nil {
		return s.lastWords(err)
	}
	return s.answer()
}

// lastWords reads what a server said before it closed a connection that could no
// longer be written to.
func (s *session) lastWords(cause error) (reply, error) {
	s.conn.SetReadDeadline(time.Now().Add(time.Second))
	if r, err := s.answer(); err == nil {
		return r, nil
	}
	return reply{}, cause
}

// refusal is an answer that ends what it was given to.
type refusal struct {
	step string // what was done: greeting, EHLO, STARTTLS, MAIL, RCPT, DATA, or body
	reply
}

func (e *refusal) Error() string { return e.reply.String() }

// want does a command that only an answer of a class lets go on.
func (s *session) want(step string, class int, line string) error {
	r, err := s.command(line)
	if err == nil && !r.is(class) {
		return &refusal{step, r}
	}
	return err
}

// hello introduces the client and learns what the server offers. One that knows
// EHLO not at all offers nothing (RFC 5321, 3.2).
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

// transact hands one e-mail over.
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

// unanswered is a connection that ended behind the e-mail: the server may have
// taken it.
type unanswered struct{ error }

func (e *unanswered) Unwrap() error { return e.error }

// quit parts, and waits for nothing.
func (s *session) quit() {
	s.conn.SetDeadline(time.Now().Add(time.Second))
	io.WriteString(s.conn, "QUIT\r\n")
	s.conn.Close()
}

// state is that of TLS, nil without it.
func (s *session) state() *tls.ConnectionState {
	if c, ok := s.conn.(*tls.Conn); ok {
		state := c.ConnectionState()
		return &state
	}
	return nil
}

// mechanisms are the ways to log in that the server offers, as it spells them.
func (s *session) mechanisms() []string { return strings.Fields(s.offered["AUTH"]) }

// readOffers takes the lines of an answer to EHLO apart. AUTH=LOGIN is how
// servers wrote it before there was a standard.
func readOffers(message string) map[string]string {
	offered := map[string]string{}
	_, message, _ = strings.Cut(message, "\n") // the first line greets
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

// defaultGreetingTimeout is how long a silent server is waited for before it is asked
// whether it waits itself, for TLS. Tarpits are silent for longer, and are
// waited for.
const defaultGreetingTimeout = 3 * time.Second

// errImplicit is a server that waits for TLS from the first byte.
var errImplicit = errors.New("the server speaks TLS from the first byte")

// connect makes a session that is greeted and encrypted, and has said EHLO.
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

// greet waits for the greeting and answers it.
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

// speaksTLS reports whether the server answers a handshake as the first word.
// Nothing is sent over what comes of it, so its certificate is not looked at.
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

// startTLS encrypts a session, before the first word about an e-mail.
func (s *Sender) startTLS(ctx context.Context, c *session) (*session, error) {
	if _, ok := c.offered["STARTTLS"]; !ok {
		return c, errNoSTARTTLS
	}
	if err := c.want("STARTTLS", 2, "STARTTLS"); err != nil {
		return c, err
	}
	if c.in.Buffered() > 0 {
		return c, errors.New("the server went on talking in the open after STARTTLS") // it would count as said under TLS
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
	encrypted := tls.Client(conn, &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, RootCAs: s.config.Roots})
	if err := encrypted.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, &handshakeError{err}
	}
	return encrypted, nil
}

// open makes a session that is ready for e-mails: connected, and logged in where
// there is a login. Each way to log in that the server offers is tried before it
// is given up; a server that closes the connection at a refusal is asked anew.
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
		if c == nil || err != nil && !fresh { // it was closed because of the one before
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
