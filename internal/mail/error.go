package mail

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net/textproto"
	"strings"

	"github.com/bookgate/bookgate/internal/neterr"
	"github.com/bookgate/bookgate/order"
)

// Error is a failure to send a message.
type Error struct {
	Code          int    // the server's answer; 0 without one
	PublicMessage string // what happened, for the operator, with the server's own words
	Final         bool   // a retry cannot help
	Busy          bool   // all connections were in use, and nothing was tried
	Err           error  // the cause, for the log

	// Server is set where the server accepts no message at all: it was not
	// reached, or refused the session.
	Server bool
}

// Error returns the public message.
func (e *Error) Error() string { return e.PublicMessage }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// toError classifies a failure as an [Error]. Only a 5xx answer about this message
// itself is final: about its mailbox, or its content. What the operator has to
// fix, and what is temporary, is tried again.
func (s *Sender) toError(err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	e = &Error{Err: err}
	var refused *refusal
	var failed *loginError
	var unsure *unanswered
	switch {
	case errors.As(err, &refused):
		e.Code = refused.code
		e.PublicMessage, e.Final = s.describeRefusal(refused)
		e.Server = refused.ofEveryMessage()
	case errors.As(err, &failed):
		e.Code = failed.last.code
		e.PublicMessage = "the mail server " + s.config.Address + " refused the login of --smtp-user: " + failed.Error()
		if len(failed.tried) == 0 {
			e.PublicMessage = "the mail server " + s.config.Address +
				" takes no login of a kind that is known here: " + failed.Error()
		}
	case errors.As(err, &unsure):
		e.PublicMessage = "the connection to the mail server ended before it had taken the e-mail: " +
			s.describe(unsure.error)
	default:
		e.PublicMessage = s.describe(err)
	}
	if refused == nil {
		e.Server = unsure == nil
	}
	e.PublicMessage = s.config.Password.hide(s.config.User, e.PublicMessage)
	return e
}

// hide removes the password from an answer: some servers repeat a command that
// they did not understand.
func (p Password) hide(user, text string) string {
	if p == "" {
		return text
	}
	plain := user + "\x00" + string(p)
	for _, form := range []string{"\x00" + plain, user + "\x00" + plain, string(p)} {
		text = strings.ReplaceAll(text, base64.StdEncoding.EncodeToString([]byte(form)), redacted)
	}
	if len(p) < shortPassword {
		return text
	}
	return strings.ReplaceAll(text, string(p), redacted)
}

// verdict returns the meaning of a refusal at its step.
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

// ofMessage reports whether the server had let us in, and spoke of an e-mail.
func (e *refusal) ofMessage() bool {
	return e.step == "MAIL" || e.step == "RCPT" || e.step == "DATA" || e.step == "body"
}

// ofEveryMessage reports whether a refusal meets every e-mail alike.
func (e *refusal) ofEveryMessage() bool {
	switch e.verdict() {
	case relay, greeting, listed, sender, login, encryption:
		return true
	}
	return !e.ofMessage()
}

// describeRefusal says what an answer of the server means, and whether it is final.
func (s *Sender) describeRefusal(refused *refusal) (words string, final bool) {
	server := "the mail server " + s.config.Address
	mend := func(what, how string) (string, bool) {
		return fmt.Sprintf("%s %s: %s (the operator has to mend this: %s; it is tried again)",
			server, what, refused, how), false
	}
	switch refused.verdict() {
	case mailbox:
		return "the mail server does not take e-mails for this address: " + refused.String(), true
	case content:
		return "the mail server did not take the e-mail: " + refused.String(), true
	case full:
		return "the mailbox is full: " + refused.String() + " (it is tried again)", false
	case relay:
		return mend("does not relay for us",
			"set --smtp-user and --smtp-password-file, or let the mail server relay for this machine")
	case greeting:
		return mend("does not take the name or address of this machine, which greets as "+s.Domain(),
			"the name comes from --smtp-from; the address needs a name of its own in the DNS")
	case listed:
		return mend("blocks this machine", "use a mail server that may send, or have the block lifted")
	case sender:
		return mend("does not take e-mails from "+s.from.Address, "check --smtp-from, and who may send for its domain")
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
		return mend("refused us by a rule of its own", "ask the administrator of the mail server")
	}
	if refused.ofMessage() {
		return fmt.Sprintf("the mail server did not take the e-mail now: %s (it is tried again)", refused), false
	}
	return fmt.Sprintf("%s does not take e-mails now: %s", server, refused), false
}

// describe returns why the server could not be reached, or ended the session.
func (s *Sender) describe(err error) string {
	server := "the mail server " + s.config.Address
	fault, words := neterr.Classify(err)
	var record tls.RecordHeaderError
	var handshake *handshakeError
	var answer textproto.ProtocolError
	switch {
	case errors.Is(err, errImplicit):
		return server + " speaks TLS from the first byte and not at STARTTLS; " +
			"set --smtp-tls implicit, or use its other port (often 587)"
	case errors.Is(err, errNoSTARTTLS):
		return server + " does not offer STARTTLS, and e-mails are not sent unencrypted"
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
		return server + " answered with something that is not SMTP: " + order.Truncate(answer.Error()) // quoted
	case fault == neterr.Interrupted:
		return server + " ended the connection"
	}
	return server + " could not be talked to: " + words
}
