package mail

import (
	"bytes"
	"context"
	"fmt"
	"net/textproto"

	gomail "github.com/wneessen/go-mail"
)

// Letter is a message to one person.
type Letter struct {
	To          string // the bare address, see ParseAddress
	Subject     string
	Text        string // the letter as plain text; always there
	HTML        string // the same for programs that show it; may be empty
	Attachments []Attachment
	ReplyTo     string            // a bare address, or empty
	MessageID   string            // without brackets; the same whenever the letter is sent again
	Headers     map[string]string // further ones, such as Auto-Submitted
}

// Attachment is a file that goes along.
type Attachment struct {
	Name      string
	MediaType string
	Body      []byte
}

// Send hands a letter to the mail server. When it returns nil, the server has
// taken it; otherwise the error is an [Error].
func (s *Sender) Send(ctx context.Context, l Letter) error {
	m, err := s.message(l)
	if err != nil {
		return &Error{Words: err.Error(), Final: true, Err: err}
	}
	c, err := s.client()
	if err != nil {
		return &Error{Words: "the mail server is not set up: " + err.Error(), Err: err}
	}
	err = c.DialAndSendWithContext(ctx, m)
	if m.IsDelivered() { // what fails in parting does not take it back
		return nil
	}
	if err == nil {
		err = fmt.Errorf("the letter was not sent")
	}
	return s.fault(err)
}

// message builds the letter. Whatever could end a header and begin another is
// refused, not repaired: an honest letter has none.
func (s *Sender) message(l Letter) (*gomail.Msg, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(s.from)
	if err := m.To(l.To); err != nil {
		return nil, fmt.Errorf("the address %q cannot be written to", l.To)
	}
	if l.ReplyTo != "" {
		if err := m.ReplyTo(l.ReplyTo); err != nil {
			return nil, fmt.Errorf("the address %q cannot be answered to", l.ReplyTo)
		}
	}
	m.Subject(l.Subject)
	m.SetMessageIDWithValue(l.MessageID)
	for name, value := range l.Headers {
		m.SetGenHeader(gomail.Header(name), value)
	}
	m.SetDate()
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	}
	for _, a := range l.Attachments {
		err := m.AttachReader(a.Name, bytes.NewReader(a.Body), gomail.WithFileContentType(gomail.ContentType(a.MediaType)))
		if err != nil {
			return nil, fmt.Errorf("attach %s: %w", a.Name, err)
		}
	}
	return m, nil
}

// check refuses a letter whose headers would not be its own.
func (l Letter) check() error {
	if _, err := ParseAddress(l.To); err != nil {
		return fmt.Errorf("the address %q cannot be written to", l.To)
	}
	if _, err := ParseAddress(l.ReplyTo); l.ReplyTo != "" && err != nil {
		return fmt.Errorf("the address %q cannot be answered to", l.ReplyTo)
	}
	lines := map[string]string{"subject": l.Subject, "Message-ID": l.MessageID}
	for _, a := range l.Attachments {
		lines["name of the attachment "+a.Name], lines["type of the attachment "+a.Name] = a.Name, a.MediaType
	}
	for name, value := range l.Headers {
		if !token(name) || ownHeader(name) {
			return fmt.Errorf("%q cannot be a further header of a letter", name)
		}
		lines["header "+name] = value
	}
	for what, value := range lines {
		if hasControl(value) {
			return fmt.Errorf("the %s of the letter holds a line break or another control character", what)
		}
	}
	if l.MessageID == "" || l.Text == "" {
		return fmt.Errorf("a letter needs a Message-ID and a text")
	}
	return nil
}

// token reports whether a name can stand before the colon of a header.
func token(name string) bool {
	for _, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-') {
			return false
		}
	}
	return name != ""
}

// ownHeader names the headers that a letter has in its own fields.
func ownHeader(name string) bool {
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "From", "To", "Cc", "Bcc", "Sender", "Reply-To", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type", "Content-Transfer-Encoding":
		return true
	}
	return false
}
