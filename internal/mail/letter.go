package mail

import (
	"bytes"
	"fmt"
	"maps"
	"net/textproto"
	"slices"
	"strings"

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
	References  []string          // Message-IDs of the letters that it follows, oldest first
	Headers     map[string]string // further ones, such as Auto-Submitted
}

// Attachment is a file that goes along.
type Attachment struct {
	Name      string
	MediaType string
	Body      []byte
}

// message is a letter as it goes over the wire.
type message struct {
	to   string // with its domain in ASCII
	utf8 bool   // an address needs SMTPUTF8
	body []byte
}

// message builds the letter. Whatever could end a header and begin another is
// refused, not repaired: an honest letter has none.
//
// The headers are folded and encoded here. The library leaves the first line of
// one empty whose first word is long, so that readers put a blank before the
// subject, and it never folds a word, so that a line can be longer than the 998
// bytes that SMTP carries (findings/go-mail-subject.sh).
func (s *Sender) message(l Letter) (message, error) {
	if err := l.check(); err != nil {
		return message{}, err
	}
	to, _ := ParseAddress(l.To)
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.SetDate()
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	}
	for _, a := range l.Attachments {
		err := m.AttachReader(a.Name, bytes.NewReader(a.Body), gomail.WithFileContentType(gomail.ContentType(a.MediaType)))
		if err != nil {
			return message{}, fmt.Errorf("attach %s: %w", a.Name, err)
		}
	}
	var out, body bytes.Buffer
	for _, h := range s.headers(l, to) {
		fmt.Fprintf(&out, "%s: %s\r\n", h.name, h.value)
	}
	if _, err := m.WriteTo(&body); err != nil {
		return message{}, fmt.Errorf("write the letter: %w", err)
	}
	dropMessageID(&out, body.Bytes())
	return message{to: to, utf8: !ascii(to) || !ascii(s.from.Address), body: out.Bytes()}, nil
}

// header is one, folded and encoded.
type header struct{ name, value string }

// headers are those of a letter but for date and content.
func (s *Sender) headers(l Letter, to string) []header {
	all := []header{
		{"From", formatMailbox(s.from, len("From: "))},
		{"To", "<" + to + ">"},
		{"Subject", encodeText(l.Subject, len("Subject: "))},
		{"Message-ID", "<" + l.MessageID + ">"},
	}
	if l.ReplyTo != "" {
		reply, _ := ParseAddress(l.ReplyTo)
		all = append(all, header{"Reply-To", "<" + reply + ">"})
	}
	if n := len(l.References); n > 0 {
		all = append(all, header{"In-Reply-To", "<" + l.References[n-1] + ">"},
			header{"References", "<" + strings.Join(l.References, ">\r\n <") + ">"})
	}
	for _, name := range slices.Sorted(maps.Keys(l.Headers)) {
		all = append(all, header{name, encodeText(l.Headers[name], len(name)+2)})
	}
	return all
}

// dropMessageID copies a letter as the library wrote it, without the Message-ID
// that it makes up.
func dropMessageID(out *bytes.Buffer, letter []byte) {
	head, rest, _ := bytes.Cut(letter, []byte("\r\n\r\n"))
	skip := false
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		if folded := len(line) > 0 && line[0] == ' '; !folded {
			skip = bytes.HasPrefix(line, []byte("Message-ID:"))
		}
		if !skip {
			out.Write(line)
			out.WriteString("\r\n")
		}
	}
	out.WriteString("\r\n")
	out.Write(rest)
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
	for _, id := range l.References {
		lines["reference "+id] = id
	}
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
	case "From", "To", "Cc", "Bcc", "Sender", "Reply-To", "Subject", "Date", "Message-Id", "In-Reply-To", "References", "Mime-Version", "Content-Type", "Content-Transfer-Encoding":
		return true
	}
	return false
}
