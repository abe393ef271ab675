package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/textproto"

	"github.com/bookgate/bookgate/internal/neterr"
	"github.com/bookgate/bookgate/order"
)

// Error tells why a letter did not go.
type Error struct {
	Code  int    // the server's answer; 0 when it gave none
	Words string // what happened, for people, with the server's own words
	Final bool   // this letter will never go: trying again cannot help
	Busy  bool   // it was not its turn, and nothing was tried
	Err   error  // the cause, for the log

	// Server is set where the server took nothing at all, whatever the letter:
	// it was not reached, or did not let us in.
	Server bool
}

// Error gives the words.
func (e *Error) Error() string { return e.Words }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// fault sorts what went wrong. Final is only what the server said with a 5xx of
// this letter itself: of its mailbox, or its content. Everything that the
// operator has to mend, and everything that may pass by itself, is tried again.
func (s *Sender) fault(err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	e = &Error{Err: err}
	var told *refusal
	var failed *loginError
	var unsure *unanswered
	switch {
	case errors.As(err, &told):
		e.Code = told.code
		e.Words, e.Final = s.refused(told)
		e.Server = told.ofAll()
	case errors.As(err, &failed):
		e.Code = failed.last.code
		e.Words = "the mail server " + s.config.Address + " refused the login of --smtp-user: " + failed.Error()
		if len(failed.tried) == 0 {
			e.Words = "the mail server " + s.config.Address + " takes no login of a kind that is known here: " + failed.Error()
		}
	case errors.As(err, &unsure):
		e.Words = "the connection to the mail server ended before it had taken the letter: " + s.wordsOf(unsure.error)
	default:
		e.Words = s.wordsOf(err)
	}
	if told == nil {
		e.Server = unsure == nil
	}
	e.Words = s.config.Password.hide(s.config.User, e.Words)
	return e
}

// verdict is what a refusal means at its step.
func (e *refusal) verdict() verdict {
	switch e.step {
	case "RCPT":
		return e.ofRecipient()
	case "DATA", "body":
		return e.ofContent()
	case "MAIL":
		return e.ofSender()
	}
	if v := e.ofUs(); v != passes || e.step != "EHLO" || !e.is(5) {
		return v
	}
	return greeting
}

// ofEmail reports whether the server had let us in, and spoke of an e-mail.
func (e *refusal) ofEmail() bool {
	return e.step == "MAIL" || e.step == "RCPT" || e.step == "DATA" || e.step == "body"
}

// ofAll reports whether a refusal meets every e-mail alike.
func (e *refusal) ofAll() bool {
	switch e.verdict() {
	case relay, greeting, listed, sender, login, encryption:
		return true
	}
	return !e.ofEmail()
}

// refused says what an answer of the server means, and whether it is final.
func (s *Sender) refused(told *refusal) (words string, final bool) {
	server := "the mail server " + s.config.Address
	mend := func(what, how string) (string, bool) {
		return fmt.Sprintf("%s %s: %s (the operator has to mend this: %s; it is tried again)", server, what, told, how), false
	}
	switch told.verdict() {
	case mailbox:
		return "the mail server does not take letters for this address: " + told.String(), true
	case content:
		return "the mail server did not take the letter: " + told.String(), true
	case full:
		return "the mailbox is full: " + told.String() + " (it is tried again)", false
	case relay:
		return mend("does not relay for us", "set --smtp-user and --smtp-password-file, or let the mail server relay for this machine")
	case greeting:
		return mend("does not take the name or address of this machine, which greets as "+s.Domain(), "the name comes from --smtp-from; the address needs a name of its own in the DNS")
	case listed:
		return mend("blocks this machine", "use a mail server that may send, or have the block lifted")
	case sender:
		return mend("does not take letters from "+s.from.Address, "check --smtp-from, and who may send for its domain")
	case login:
		if s.config.User == "" {
			return mend("asks us to log in", "set --smtp-user and --smtp-password-file")
		}
		return mend("refused the login of --smtp-user", "check the password and what the user may send")
	case encryption:
		return mend("wants an encrypted connection from us", "set --smtp-tls starttls, or implicit")
	case limit:
		return mend("takes no more from us for now", "wait, or have the limit on what we send raised")
	case policy:
		return mend("refused us by a rule of its own", "ask whoever runs the mail server")
	}
	if told.ofEmail() {
		return fmt.Sprintf("the mail server did not take the e-mail now: %s (it is tried again)", told), false
	}
	return fmt.Sprintf("%s does not take letters now: %s", server, told), false
}

// noUTF8 refuses an e-mail whose address needs what the server does not offer.
func (s *Sender) noUTF8(m message) error {
	server := "the mail server " + s.config.Address + " does not offer SMTPUTF8"
	if !ascii(m.to) {
		return &Error{Final: true, Words: fmt.Sprintf("the address %q has letters beyond ASCII before the @, and %s, which such addresses need", clean(m.to), server)}
	}
	return &Error{Words: fmt.Sprintf("--smtp-from %s has letters beyond ASCII before the @, and %s, which such addresses need", clean(s.from.Address), server)}
}

// wordsOf tells why the server could not be reached, or would not talk.
func (s *Sender) wordsOf(err error) string {
	server := "the mail server " + s.config.Address
	fault, words := neterr.Classify(err)
	var record tls.RecordHeaderError
	var handshake *handshakeError
	var answer textproto.ProtocolError
	switch {
	case errors.Is(err, errImplicit):
		return server + " speaks TLS from the first byte and not at STARTTLS; set --smtp-tls implicit, or use its other port (often 587)"
	case errors.Is(err, errNoSTARTTLS):
		return server + " does not offer STARTTLS, and letters are not sent unencrypted"
	case errors.As(err, &record):
		return server + " does not speak TLS from the first byte; use starttls instead of implicit, or its other port"
	case fault == neterr.HostNotFound, fault == neterr.LookupFailed:
		return server + " was not found by its name"
	case fault == neterr.Refused:
		return server + " refused the connection"
	case fault == neterr.Timeout, errors.Is(err, context.Canceled):
		return server + " gave no answer in time"
	case fault.Certificate():
		return server + " is not trusted: " + words
	case errors.As(err, &handshake):
		return "TLS with " + server + " failed: " + words
	case errors.As(err, &answer):
		return server + " answered with something that is not SMTP: " + order.Cut(answer.Error()) // quoted
	case fault == neterr.Interrupted:
		return server + " ended the connection"
	}
	return server + " could not be talked to: " + words
}
