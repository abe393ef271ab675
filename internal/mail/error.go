package mail

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/textproto"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/bookgate/bookgate/internal/reach"
	"github.com/bookgate/bookgate/order"
)

// Error tells why a letter did not go.
type Error struct {
	Code  int    // the server's answer; 0 when it gave none
	Words string // what happened, for people
	Final bool   // this letter will never go: trying again cannot help
	Err   error  // the cause, for the log
}

// Error gives the words.
func (e *Error) Error() string { return e.Words }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// fault sorts what went wrong. Final is only what the server said of this
// letter itself with a 5xx: its recipient, or its content. A refused login or
// sender is the operator's to mend, and everything else may pass by itself.
func (s *Sender) fault(err error) *Error {
	var sent *gomail.SendError
	if errors.As(err, &sent) {
		return s.sendFault(sent, err)
	}
	e := &Error{Err: err, Words: s.wordsOf(err)}
	var said *textproto.Error
	if errors.As(err, &said) {
		e.Code = said.Code
	}
	return e
}

// sendFault is a fault after the greeting.
func (s *Sender) sendFault(sent *gomail.SendError, err error) *Error {
	e := &Error{Code: sent.ErrorCode(), Err: err}
	said := saidBy(sent)
	refused := e.Code >= 500 && e.Code < 600
	switch sent.Reason {
	case gomail.ErrSMTPRcptTo:
		e.Words, e.Final = "the mail server does not take letters for this address: "+said, refused
	case gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		e.Words, e.Final = "the mail server did not take the letter: "+said, refused
	case gomail.ErrSMTPMailFrom:
		e.Words = "the mail server does not take letters from " + s.from.Address + ": " + said
	case gomail.ErrGetSender, gomail.ErrGetRcpts, gomail.ErrNoUnencoded:
		e.Words, e.Final = "the letter could not be written: "+said, true
	default:
		e.Words = "the connection to the mail server ended before the letter was handed over"
	}
	if e.Code == 0 && !e.Final {
		e.Words = "the connection to the mail server ended before it had taken the letter"
	}
	if e.Code >= 400 && e.Code < 500 {
		e.Words += " (it is tried again)"
	}
	return e
}

// saidBy gives the server's own words: what stands between the step at which
// it spoke and the addresses that the library adds.
func saidBy(sent *gomail.SendError) string {
	text := strings.TrimPrefix(sent.Error(), sent.Reason.String()+": ")
	text, _, _ = strings.Cut(text, ", affected ")
	return order.Cut(text)
}

// wordsOf tells why the server could not be reached, or would not talk. What it
// said itself comes first: the connection often ends behind it.
func (s *Sender) wordsOf(err error) string {
	server := "the mail server " + s.config.Address
	var said *textproto.Error
	if errors.As(err, &said) {
		return saidWords(server, said)
	}
	fault, words := reach.Sort(err)
	var record tls.RecordHeaderError
	switch {
	case fault == reach.NoHost, fault == reach.NoAnswer:
		return server + " was not found by its name"
	case fault == reach.Refused:
		return server + " refused the connection"
	case fault == reach.Late:
		return server + " gave no answer in time"
	case strings.Contains(err.Error(), "does not support STARTTLS"):
		return server + " does not offer STARTTLS, and letters are not sent unencrypted"
	case strings.Contains(err.Error(), "AUTH"):
		return server + " takes no login of a kind that is known here"
	case fault == reach.Cut:
		return server + " ended the connection"
	case fault.Certificate():
		return server + " is not trusted: " + words
	case errors.As(err, &record):
		return server + " does not speak TLS from the first byte; use starttls instead of implicit, or its other port"
	}
	return server + " could not be talked to"
}

func saidWords(server string, said *textproto.Error) string {
	doing := "does not take letters now"
	switch said.Code {
	case 530, 534, 535:
		doing = "refused the login"
	}
	return fmt.Sprintf("%s %s: %d %s", server, doing, said.Code, order.Cut(said.Msg))
}
