package mailtest

import (
	"io"
	"log"
	"net"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// Server is a mail server in this process. It stores the messages that it
// accepts.
type Server struct {
	// Address is where it listens, without encryption.
	Address string

	mu       sync.Mutex
	messages []Message
	refuse   error
}

// Start starts a server that lasts for the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Address = l.Addr().String()
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return session{s, t}, nil }))
	server.Domain, server.ErrorLog = "mail.example", log.New(io.Discard, "", 0)
	done := make(chan struct{})
	go func() { defer close(done); server.Serve(l) }()
	t.Cleanup(func() {
		server.Close()
		l.Close() // a server that was not serving yet does not know its listener
		<-done
	})
	return s
}

// Messages returns the accepted messages, oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message{}, s.messages...)
}

// Refuse makes the server answer every recipient with a code; 0 accepts
// messages again.
func (s *Server) Refuse(code int, words string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse = nil; code != 0 {
		s.refuse = &smtp.SMTPError{Code: code, Message: words}
	}
}

// session is one connection of a client.
type session struct {
	server *Server
	t      testing.TB
}

// Reset does nothing: nothing is stored before DATA.
func (session) Reset() {}

// Logout ends the session.
func (session) Logout() error { return nil }

// Mail accepts every sender.
func (session) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt accepts recipients until [Server.Refuse] is called.
func (s session) Rcpt(string, *smtp.RcptOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	return s.server.refuse
}

// Data stores a message. One that a mail program cannot read fails the test.
func (s session) Data(r io.Reader) error {
	m, err := Read(r)
	if err != nil {
		s.t.Error(err)
		return err
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.messages = append(s.server.messages, m)
	return nil
}
