package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bookgate/bookgate/internal/mail/mailtest"
)

// mailbox is the mail server of a story. It retains the e-mails over its stops
// and starts.
type mailbox struct {
	mu    sync.Mutex
	mails [][]byte

	address string
	server  *smtp.Server
	done    chan struct{}
	release chan struct{} // holds back the answer to an e-mail; nil answers at once
	refuse  string        // the answer to every recipient; "" takes it
}

// mailboxPatience is longer than the lease of an e-mail whose process was
// killed.
const mailboxPatience = 90 * time.Second

// cmdMailbox runs the mail server of a story:
//
//	mailbox address        choose a free address and set $SMTP, without a server yet
//	mailbox start [hold]   listen at $SMTP; with hold, e-mails are stored and their answer never comes
//	mailbox stop           listen no more
//	mailbox refuse [WORDS] answer every recipient with a code and words, or take them again
//	mailbox wait N         wait for the Nth e-mail and write it into mails/N: id, subject, to, text, html, and the attachment
func cmdMailbox(ts *testscript.TestScript, neg bool, args []string) {
	m := &ts.Value(playKey{}).(*play).mailbox
	if neg || len(args) == 0 {
		ts.Fatalf("usage: mailbox address|start|stop|refuse|wait")
	}
	switch args[0] {
	case "address":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		m.address = l.Addr().String()
		ts.Check(l.Close())
		ts.Setenv("SMTP", m.address)
	case "start":
		ts.Check(m.start(len(args) > 1 && args[1] == "hold"))
	case "stop":
		m.stop()
	case "refuse":
		m.mu.Lock()
		m.refuse = strings.Join(args[1:], " ")
		m.mu.Unlock()
	case "wait":
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		ts.Check(m.unpack(n, ts.MkAbs(filepath.Join("mails", args[1]))))
	default:
		ts.Fatalf("mailbox cannot %s", args[0])
	}
}

func (m *mailbox) start(hold bool) error {
	l, err := net.Listen("tcp", m.address)
	if err != nil {
		return err
	}
	m.release = nil
	if hold {
		m.release = make(chan struct{})
	}
	release := m.release
	m.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return mailSession{m, release}, nil }))
	m.server.Domain, m.server.ErrorLog = "office.example", log.New(io.Discard, "", 0)
	server, done := m.server, make(chan struct{})
	m.done = done
	go func() {
		defer close(done)
		defer l.Close()
		server.Serve(l)
	}()
	return nil
}

func (m *mailbox) stop() {
	if m.server == nil {
		return
	}
	if m.release != nil {
		close(m.release)
	}
	m.server.Close()
	<-m.done
	m.server = nil
}

// await waits for an e-mail, counted from 1.
func (m *mailbox) await(n int) ([]byte, error) {
	for deadline := time.Now().Add(mailboxPatience); ; time.Sleep(50 * time.Millisecond) {
		m.mu.Lock()
		came := m.mails
		m.mu.Unlock()
		if len(came) >= n {
			return came[n-1], nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%d e-mails came within %s, want %d", len(came), mailboxPatience, n)
		}
	}
}

// unpack waits for an e-mail and writes it into a folder.
func (m *mailbox) unpack(n int, dir string) error {
	text, err := m.await(n)
	if err != nil {
		return err
	}
	l, err := mailtest.Read(bytes.NewReader(text))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files := map[string]string{"id": l.Header.Get("Message-Id") + "\n", "subject": l.Subject + "\n", "to": l.Header.Get("To") + "\n", "text": l.Text, "html": l.HTML}
	if l.FileName != "" {
		files[filepath.Base(l.FileName)] = string(l.File)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// mailSession is one visit of a client.
type mailSession struct {
	m       *mailbox
	release chan struct{}
}

func (mailSession) Reset()                               {}
func (mailSession) Logout() error                        { return nil }
func (mailSession) Mail(string, *smtp.MailOptions) error { return nil }

func (s mailSession) Rcpt(string, *smtp.RcptOptions) error {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.m.refuse == "" {
		return nil
	}
	word, words, _ := strings.Cut(s.m.refuse, " ")
	code, err := strconv.Atoi(word)
	if err != nil {
		return err
	}
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: words}
}

func (s mailSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.m.mu.Lock()
	s.m.mails = append(s.m.mails, text)
	s.m.mu.Unlock()
	if s.release != nil {
		<-s.release
	}
	return nil
}
