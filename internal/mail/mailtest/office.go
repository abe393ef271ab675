package mailtest

import (
	"io"
	"log"
	"net"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// Office is a mail server in this process. It keeps what it is given.
type Office struct {
	// Address is where it listens, without encryption.
	Address string

	mu     sync.Mutex
	got    []Letter
	refuse error
}

// Open starts an office that lasts for the test.
func Open(t testing.TB) *Office {
	t.Helper()
	o := &Office{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.Address = l.Addr().String()
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return session{o, t}, nil }))
	s.Domain, s.ErrorLog = "office.example", log.New(io.Discard, "", 0)
	done := make(chan struct{})
	go func() { defer close(done); s.Serve(l) }()
	t.Cleanup(func() { s.Close(); l.Close(); <-done }) // the listener too: a server that was not serving yet does not know it
	return o
}

// Letters are those that came, oldest first.
func (o *Office) Letters() []Letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]Letter{}, o.got...)
}

// Refuse answers every recipient with a code from now on; 0 takes letters
// again.
func (o *Office) Refuse(code int, words string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refuse = nil; code != 0 {
		o.refuse = &smtp.SMTPError{Code: code, Message: words}
	}
}

// session is one visit of a client.
type session struct {
	o *Office
	t testing.TB
}

// Reset forgets nothing, for nothing is kept before DATA.
func (session) Reset() {}

// Logout ends the visit.
func (session) Logout() error { return nil }

// Mail takes every sender.
func (session) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt takes recipients until it is told otherwise.
func (s session) Rcpt(string, *smtp.RcptOptions) error {
	s.o.mu.Lock()
	defer s.o.mu.Unlock()
	return s.o.refuse
}

// Data keeps a letter. One that no mail program could read fails the test.
func (s session) Data(r io.Reader) error {
	got, err := Read(r)
	if err != nil {
		s.t.Error(err)
		return err
	}
	s.o.mu.Lock()
	defer s.o.mu.Unlock()
	s.o.got = append(s.o.got, got)
	return nil
}
