package mail

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/bookgate/bookgate/order"
)

func (o *testServer) sender(t *testing.T, change func(*Config)) *Sender {
	t.Helper()
	c := Config{Address: o.address, From: "Ordrebørsen <ordre@bookgate.example>", Roots: o.roots}
	if change != nil {
		change(&c)
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sample() Message {
	return Message{
		To: "kari@forlag.example", Subject: "Ordre 4711 fra Blåbærhuset Bokhandel på Ås – 12 bøker", MessageID: "msg_1@bookgate.example",
		Text: "Hei.\n\nÆrlig talt: ÆØÅ æøå, «sitat» – og en linje som er mye lengre enn det som er vanlig i brev, slik at den må brytes underveis.\n.\n..punktum først\n",
		HTML: "<p>Hei, «Ås» &amp; æøå</p>\n", ReplyTo: "svar@bookgate.example",
		Attachments: []Attachment{{Name: "order-4711.xml", MediaType: "application/xml", Body: everyByte()}},
		Headers:     map[string]string{"Auto-Submitted": "auto-generated"},
	}
}

func everyByte() []byte {
	var b []byte
	for i := range 4000 {
		b = append(b, byte(i), byte(i>>8))
	}
	return b
}

// part is a leaf of an e-mail, decoded.
type part struct {
	mediaType, name string
	body            []byte
}

// leaves takes an e-mail apart as a mail program does.
func leaves(t *testing.T, contentType, encoding, disposition string, body io.Reader) []part {
	t.Helper()
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatalf("Content-Type %q: %v", contentType, err)
	}
	if strings.HasPrefix(mediaType, "multipart/") {
		var all []part
		for r := multipart.NewReader(body, params["boundary"]); ; {
			p, err := r.NextRawPart()
			if err == io.EOF {
				return all
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, leaves(t, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p.Header.Get("Content-Disposition"), p)...)
		}
	}
	switch strings.ToLower(encoding) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	_, names, _ := mime.ParseMediaType(disposition)
	return []part{{mediaType, names["filename"], content}}
}

func TestMessageArrivesAsItWasWritten(t *testing.T) {
	for _, p := range []plan{{}, {implicit: true}} {
		t.Run(fmt.Sprintf("%+v", p), func(t *testing.T) {
			o := open(t, p)
			o.user, o.password = "ordre", "hemmelig-ø"
			s := o.sender(t, func(c *Config) {
				c.User, c.Password = "ordre", "hemmelig-ø"
				if p.implicit {
					c.TLS = Implicit
				}
			})
			l := sample()
			if err := s.Send(t.Context(), l); err != nil {
				t.Fatal(err)
			}
			got := o.messages()
			if len(got) != 1 || got[0].to != l.To || got[0].from != "ordre@bookgate.example" || !got[0].tls {
				t.Fatalf("%d e-mails, %+v", len(got), got)
			}
			compare(t, l, got[0].body)
		})
	}
}

func compare(t *testing.T, l Message, raw []byte) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != l.Subject {
		t.Errorf("the subject is %q, %v", subject, err)
	}
	from, err := m.Header.AddressList("From")
	if err != nil || from[0].Name != "Ordrebørsen" || from[0].Address != "ordre@bookgate.example" {
		t.Errorf("From is %v, %v", from, err)
	}
	for name, want := range map[string]string{"To": "<" + l.To + ">", "Reply-To": "<" + l.ReplyTo + ">", "Message-Id": "<" + l.MessageID + ">", "Auto-Submitted": "auto-generated"} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if _, err := m.Header.Date(); err != nil {
		t.Errorf("Date: %v", err)
	}
	parts := leaves(t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), "", m.Body)
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	plain := strings.ReplaceAll(string(parts[0].body), "\r\n", "\n")
	if parts[0].mediaType != "text/plain" || strings.TrimRight(plain, "\n") != strings.TrimRight(l.Text, "\n") {
		t.Errorf("the text is %s %q", parts[0].mediaType, plain)
	}
	if parts[1].mediaType != "text/html" || strings.TrimSpace(string(parts[1].body)) != strings.TrimSpace(l.HTML) {
		t.Errorf("the HTML is %s %q", parts[1].mediaType, parts[1].body)
	}
	if a := parts[2]; a.mediaType != "application/xml" || a.name != "order-4711.xml" || !bytes.Equal(a.body, l.Attachments[0].Body) {
		t.Errorf("the attachment is %s %q of %d bytes", a.mediaType, a.name, len(a.body))
	}
}

func TestUnencryptedOnThisMachineAlone(t *testing.T) {
	o := open(t, plan{noTLS: true})
	if err := o.sender(t, func(c *Config) { c.TLS = None }).Send(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	if got := o.messages(); len(got) != 1 || got[0].tls {
		t.Errorf("%d e-mails", len(got))
	}
	for _, c := range []Config{
		{Address: "mail.example.no:25", From: "a@b.example", TLS: None},
		{Address: "10.0.0.1:25", From: "a@b.example", TLS: None},
		{Address: "localhost:25", From: "a@b.example", TLS: None, User: "ordre"},
		{Address: "mail.example.no", From: "a@b.example"},
		{Address: ":25", From: "a@b.example"},
		{Address: "mail.example.no:0", From: "a@b.example"},
		{Address: "mail.example.no:25", From: ""},
		{Address: "mail.example.no:25", From: "a@b.example, c@d.example"},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

// wantFault sends an e-mail that must fail, and looks at how.
func wantFault(t *testing.T, s *Sender, code int, final bool, words string) {
	t.Helper()
	err := s.Send(t.Context(), sample())
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("Send gave %v", err)
	}
	if e.Code != code || e.Final != final || !strings.Contains(e.PublicMessage, words) {
		t.Errorf("code %d, final %v, %q; want %d, %v, %q\ncause %v", e.Code, e.Final, e.PublicMessage, code, final, words, e.Err)
	}
}

func TestServerThatCannotEncryptIsRefused(t *testing.T) {
	o := open(t, plan{noTLS: true})
	wantFault(t, o.sender(t, nil), 0, false, "does not offer STARTTLS")
	wantFault(t, o.sender(t, func(c *Config) { c.TLS = Implicit }), 0, false, "does not speak TLS from the first byte")
	if len(o.messages()) != 0 {
		t.Error("an e-mail went all the same")
	}
}

func TestWrongCertificateIsRefused(t *testing.T) {
	o := open(t, plan{})
	wantFault(t, o.sender(t, func(c *Config) { c.Roots = nil }), 0, false, "an authority that is not known")
	other := open(t, plan{name: "other.example"})
	wantFault(t, other.sender(t, nil), 0, false, "for another name")
	if len(o.messages())+len(other.messages()) != 0 {
		t.Error("an e-mail went all the same")
	}
}

func TestAnswersAreSorted(t *testing.T) {
	say := func(code int, text string) error { return &smtp.SMTPError{Code: code, Message: text} }
	for _, c := range []struct {
		name             string
		mail, rcpt, data error
		code             int
		final            bool
		words            string
	}{
		{"busy", say(421, "too busy"), nil, nil, 421, false, "too busy"},
		{"greylisted", nil, say(450, "try later"), nil, 450, false, "try later"},
		{"no such mailbox", nil, say(550, "no such user"), nil, 550, true, "does not take e-mails for this address: 550"},
		{"mailbox full", nil, say(552, "mailbox full"), nil, 552, false, "mailbox full"},
		{"too large", nil, nil, say(552, "too large"), 552, true, "did not take the e-mail"},
		{"later", nil, nil, say(451, "disk full"), 451, false, "disk full"},
		{"our sender", say(550, "who are you"), nil, nil, 550, false, "e-mails from ordre@bookgate.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := open(t, plan{})
			o.mail, o.rcpt, o.data = c.mail, c.rcpt, c.data
			wantFault(t, o.sender(t, nil), c.code, c.final, c.words)
		})
	}
}

func TestBrokenConnectionsAreTriedAgain(t *testing.T) {
	o := open(t, plan{})
	o.hangUp = true
	wantFault(t, o.sender(t, nil), 0, false, "ended before it had taken the e-mail")

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	o.address = l.Addr().String()
	wantFault(t, o.sender(t, nil), 0, false, "refused the connection")
}

func TestWrongLogin(t *testing.T) {
	o := open(t, plan{})
	o.user, o.password = "ordre", "right"
	s := o.sender(t, func(c *Config) { c.User, c.Password = "ordre", "wrong" })
	wantFault(t, s, 535, false, "refused the login")
	if shown := fmt.Sprintf("%v %+v %#v %s", s.config, s.config, s.config.Password, slog.AnyValue(s.config.Password).Resolve()); strings.Contains(shown, "wrong") {
		t.Errorf("the password is shown: %s", shown)
	}
}

func TestHeadersCannotBeInjected(t *testing.T) {
	o := open(t, plan{})
	s := o.sender(t, nil)
	for name, change := range map[string]func(*Message){
		"subject":    func(l *Message) { l.Subject = "a\r\nBcc: x@y.example" },
		"newline":    func(l *Message) { l.Subject = "a\nBcc: x@y.example" },
		"to":         func(l *Message) { l.To = "a@b.example\r\nBcc: x@y.example" },
		"list":       func(l *Message) { l.To = "a@b.example,x@y.example" },
		"name":       func(l *Message) { l.To = "A <a@b.example>" },
		"reply":      func(l *Message) { l.ReplyTo = "a@b.example, x@y.example" },
		"id":         func(l *Message) { l.MessageID = "a@b\r\nX: y" },
		"attachment": func(l *Message) { l.Attachments[0].Name = "a\"\r\nX: y" },
		"type":       func(l *Message) { l.Attachments[0].MediaType = "text/plain\r\nX: y" },
		"value":      func(l *Message) { l.Headers = map[string]string{"X-A": "b\r\nX-C: d"} },
		"header":     func(l *Message) { l.Headers = map[string]string{"X-A: b\r\nX-C": "d"} },
		"own":        func(l *Message) { l.Headers = map[string]string{"bcc": "x@y.example"} },
		"no id":      func(l *Message) { l.MessageID = "" },
		"no text":    func(l *Message) { l.Text = "" },
	} {
		l := sample()
		change(&l)
		var e *Error
		if err := s.Send(t.Context(), l); !errors.As(err, &e) || !e.Final {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := o.messages(); len(got) != 0 {
		t.Errorf("%d e-mails went", len(got))
	}
}

func TestParseAddress(t *testing.T) {
	for _, good := range []string{"a@b.example", "kari.nordmann+ordre@forlag.example", "o'hara@x-y.example", "a@localhost"} {
		if got, err := ParseAddress(good); err != nil || got != good {
			t.Errorf("%q: %q, %v", good, got, err)
		}
	}
	for written, want := range map[string]string{"info@räksmörgås.example": "info@xn--rksmrgs-5wao1o.example", "a@blåbær.no": "a@xn--blbr-roah.no",
		"a@BLÅBÆR.no": "a@xn--blbr-roah.no", "a@blåbær。no": "a@xn--blbr-roah.no", "kåre@b.example": "kåre@b.example", "kåre@blåbær.no": "kåre@xn--blbr-roah.no",
		"a@例え.テスト": "a@xn--r8jz45g.xn--zckzah", "a@xn--blbr-roah.no": "a@xn--blbr-roah.no", "A.B@Forlag.Example": "A.B@Forlag.Example"} {
		if got, err := ParseAddress(written); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", written, got, err, want)
		}
	}
	for _, bad := range []string{"", "a", "@b", "a@", "a b@c.example", "A <a@b.example>", "<a@b.example>", "a@b.example (A)", "a@b.example,c@d.example",
		"a@b.example;c@d.example", "a\u200b@b.example", "a@b\u202e.example", "a\u00a0b@c.example", "a@-å-.no", "a@å..no", "\xff@b.example", "å", "å@", "a@" + strings.Repeat("å", 70) + ".no", "a@b.example\n", `"a"@b.example`, "a@[127.0.0.1]", "a?cc=x@b.example", "a%40x@b.example",
		"mailto:a@b.example", strings.Repeat("a", 250) + "@b.example", "a@b@c.example", "a..b@c.example"} {
		if got, err := ParseAddress(bad); order.KindOf(err) != order.Invalid {
			t.Errorf("%q was taken as %q, %v", bad, got, err)
		}
	}
}

// TestValidateAddress reads addresses as people type them.
func TestValidateAddress(t *testing.T) {
	for address, want := range map[string]string{
		"ola@nordmann.no": "", "kåre@blåbær.no": "", "a+b@x.y.no": "",
		"ola": "no e-mail", "": "no e-mail", "Ola <ola@nordmann.no>": "no e-mail", "a@b.no,c@d.no": "no e-mail",
		"ola@localhost": "no domain", "ola@no.": "no e-mail", "o&m@a.no": "", "a@例え。jp": "", "a@-å.no": "no domain", "a@å": "no domain",
		"a@b\u00ad.no": "U+00AD", "\u200ea@b.no": "U+200E", "a\u200b@b.no": "U+200B", "a@b.no\u00a0": "U+00A0", "a@😀.no": "U+1F600",
	} {
		err := ValidateAddress(address)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", address, err, want)
		}
	}
}
