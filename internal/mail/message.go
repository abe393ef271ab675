package mail

import (
	"bytes"
	"fmt"
	"maps"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
)

// Message is an e-mail to one recipient.
type Message struct {
	To          string // the bare address, see ParseAddress
	Subject     string
	Text        string // the e-mail as plain text; always there
	HTML        string // the same for programs that show it; may be empty
	Attachments []Attachment
	ReplyTo     string            // a bare address, or empty
	MessageID   string            // without brackets; the same whenever the e-mail is sent again
	References  []string          // Message-IDs of the e-mails that it follows, oldest first
	Headers     map[string]string // further ones, such as Auto-Submitted
}

// Attachment is a file that goes along.
type Attachment struct {
	Name      string
	MediaType string
	Body      []byte
}

// encodedMessage is an e-mail as it goes over the wire.
type encodedMessage struct {
	to   string // with its domain in ASCII
	utf8 bool   // an address needs SMTPUTF8
	body []byte
}

// encode builds the e-mail. Whatever could end a header and begin another is
// refused, not repaired: an honest e-mail has none.
//
// The headers are folded and encoded here. The library leaves the first line of
// one empty whose first word is long, so that readers put a blank before the
// subject, and it never folds a word, so that a line can be longer than the 998
// bytes that SMTP carries (findings/go-mail-subject.sh).
func (s *Sender) encode(l Message) (encodedMessage, error) {
	if err := l.check(); err != nil {
		return encodedMessage{}, err
	}
	to, _ := ParseAddress(l.To)
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.SetDate()
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	}
	for _, a := range l.Attachments {
		mediaType := gomail.WithFileContentType(gomail.ContentType(a.MediaType))
		err := m.AttachReader(a.Name, bytes.NewReader(a.Body), mediaType)
		if err != nil {
			return encodedMessage{}, fmt.Errorf("attach %s: %w", a.Name, err)
		}
	}
	var out, body bytes.Buffer
	for _, h := range s.headers(l, to) {
		fmt.Fprintf(&out, "%s: %s\r\n", h.name, h.value)
	}
	if _, err := m.WriteTo(&body); err != nil {
		return encodedMessage{}, fmt.Errorf("write the e-mail: %w", err)
	}
	dropMessageID(&out, body.Bytes())
	return encodedMessage{to: to, utf8: !ascii(to) || !ascii(s.from.Address), body: out.Bytes()}, nil
}

// header is one, folded and encoded.
type header struct{ name, value string }

// headers are those of an e-mail but for date and content.
func (s *Sender) headers(l Message, to string) []header {
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

// dropMessageID copies an e-mail as the library wrote it, without the Message-ID
// that it makes up.
func dropMessageID(out *bytes.Buffer, message []byte) {
	head, rest, _ := bytes.Cut(message, []byte("\r\n\r\n"))
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

// check refuses an e-mail whose headers would not be its own.
func (l Message) check() error {
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
			return fmt.Errorf("%q cannot be a further header of an e-mail", name)
		}
		lines["header "+name] = value
	}
	for what, value := range lines {
		if hasControl(value) {
			return fmt.Errorf("the %s of the e-mail holds a line break or another control character", what)
		}
	}
	if l.MessageID == "" || l.Text == "" {
		return fmt.Errorf("an e-mail needs a Message-ID and a text")
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

// ownHeader names the headers that an e-mail has in its own fields.
func ownHeader(name string) bool {
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "From", "To", "Cc", "Bcc", "Sender", "Reply-To", "Subject", "Date", "Message-Id", "In-Reply-To", "References",
		"Mime-Version", "Content-Type", "Content-Transfer-Encoding":
		return true
	}
	return false
}

// Bounds of a header's lines.
const (
	lineLength  = 76  // of one with encoded words (RFC 2047, 2)
	wordLength  = 75  // of an encoded word
	tokenLength = 200 // a longer word without a blank is encoded, and so can be folded
)

// encodeText writes an unstructured header such as a subject, folded. used is
// how much of the first line its name takes.
func encodeText(text string, used int) string {
	if ascii(text) && !strings.Contains(text, "=?") && longestWord(text) <= tokenLength {
		return fold(text, used)
	}
	return encodeWords(text, used)
}

func longestWord(text string) (n int) {
	for token := range strings.SplitSeq(text, " ") {
		n = max(n, len(token))
	}
	return n
}

// fold breaks plain text at blanks. The first word stays in the first line, for
// readers show an empty one as a blank, and no line is blank.
func fold(text string, used int) string {
	var b strings.Builder
	for i, token := range strings.Split(text, " ") {
		switch {
		case i == 0:
		case token != "" && used+1+len(token) > lineLength:
			b.WriteString("\r\n ")
			used = 1
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(token)
		used += len(token)
	}
	return b.String()
}

// encodeWords writes text as encoded words (RFC 2047), each in a line of its own
// and none with half a character.
func encodeWords(text string, used int) string {
	const begin, end = "=?UTF-8?Q?", "?="
	var b, word strings.Builder
	space := min(wordLength, lineLength-used) - len(begin+end)
	flush := func() {
		if b.Len() > 0 {
			b.WriteString("\r\n ")
		}
		b.WriteString(begin + word.String() + end)
		word.Reset()
		space = wordLength - len(begin+end)
	}
	for _, c := range strings.ToValidUTF8(text, "\uFFFD") {
		encoded := encodeRune(c)
		if word.Len() > 0 && word.Len()+len(encoded) > space {
			flush()
		}
		word.WriteString(encoded)
	}
	flush()
	return b.String()
}

// encodeRune writes one character of an encoded word, as it may stand in a name
// too (RFC 2047, 5).
func encodeRune(c rune) string {
	switch {
	case c == ' ':
		return "_"
	case c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z',
		c < utf8.RuneSelf && strings.ContainsRune("!*+-/", c):
		return string(c)
	}
	var b strings.Builder
	for _, octet := range []byte(string(c)) {
		fmt.Fprintf(&b, "=%02X", octet)
	}
	return b.String()
}

// formatMailbox writes an address with its name.
func formatMailbox(a *mail.Address, used int) string {
	if a.Name == "" {
		return "<" + a.Address + ">"
	}
	name := ""
	if ascii(a.Name) && len(a.Name) <= tokenLength {
		name = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.Name) + `"`
	} else {
		name = encodeWords(a.Name, used)
	}
	if strings.Contains(name, "\r\n") || used+len(name)+len(a.Address)+3 > lineLength {
		return name + "\r\n <" + a.Address + ">"
	}
	return name + " <" + a.Address + ">"
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
