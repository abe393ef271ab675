package mail

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/bookgate/bookgate/internal/mail/mailtest"
)

// testServer is a mail server in this process that stores what it accepts, and
// answers as its functions say.
type testServer struct {
	address string
	roots   *x509.CertPool

	mu   sync.Mutex
	got  []taken
	conn *smtp.Conn

	// What it answers, when not nil; hang up ends the connection after DATA.
	mail, rcpt, data error
	hangUp           bool
	user, password   string
}

// taken is an e-mail as it came, with its envelope.
type taken struct {
	from, to string
	body     []byte
	tls      bool
}

// plan says how a testServer listens.
type plan struct {
	noTLS    bool   // offers no STARTTLS
	implicit bool   // speaks TLS from the first byte
	name     string // the certificate's; 127.0.0.1 when empty
}

func open(t *testing.T, p plan) *testServer {
	t.Helper()
	o := &testServer{}
	certificate, roots := mailtest.Certify(t, cmp.Or(p.name, "127.0.0.1"))
	o.roots = roots
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.conn = c
		return &serverSession{testServer: o, conn: c}, nil
	}))
	s.Domain, s.AllowInsecureAuth, s.ErrorLog = "mail.example", false, log.New(io.Discard, "", 0)
	if !p.noTLS && !p.implicit {
		s.TLSConfig = config
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.address = l.Addr().String()
	if p.implicit {
		l = tls.NewListener(l, config)
	}
	done := make(chan struct{})
	go func() { defer close(done); s.Serve(l) }()
	t.Cleanup(func() { s.Close(); l.Close(); <-done }) // the listener too: a server that was not serving yet does not know it
	return o
}

func (o *testServer) messages() []taken {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]taken{}, o.got...)
}

// serverSession is one session.
type serverSession struct {
	testServer *testServer
	conn       *smtp.Conn
	from, to   string
}

func (v *serverSession) Reset()        {}
func (v *serverSession) Logout() error { return nil }

func (v *serverSession) AuthMechanisms() []string {
	if v.testServer.user == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (v *serverSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != v.testServer.user || password != v.testServer.password {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (v *serverSession) Mail(from string, _ *smtp.MailOptions) error {
	v.from = from
	return v.testServer.mail
}

func (v *serverSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.to = to
	return v.testServer.rcpt
}

func (v *serverSession) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if v.testServer.hangUp {
		v.conn.Conn().Close()
		return errors.New("hung up")
	}
	if v.testServer.data != nil {
		return v.testServer.data
	}
	v.testServer.mu.Lock()
	defer v.testServer.mu.Unlock()
	_, encrypted := v.conn.TLSConnectionState()
	v.testServer.got = append(v.testServer.got, taken{from: v.from, to: v.to, body: body, tls: encrypted})
	return nil
}
