package mail

import (
	"mime"
	"net/mail"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bookgate/bookgate/internal/mail/mailtest"
)

// unfold joins a header's lines as RFC 5322, 2.2.3 has it.
func unfold(value string) string { return strings.ReplaceAll(value, "\r\n", "") }

func checkHeader(t interface{ Errorf(string, ...any) }, name, text, encoded string) {
	decoded, err := new(mime.WordDecoder).DecodeHeader(unfold(encoded))
	if err != nil || decoded != text {
		t.Errorf("%q came back as %q, %v", text, decoded, err)
	}
	for i, line := range strings.Split(encoded, "\r\n") {
		if i == 0 {
			line = name + ": " + line
		}
		if len(line) > 998 || strings.TrimSpace(line) == "" || i == 0 && text != "" && strings.TrimSpace(strings.TrimPrefix(line, name+":")) == "" || !ascii(line) {
			t.Errorf("%q: line %d is %q", text, i, line)
		}
		if strings.Contains(line, "=?") && len(line) > lineLength {
			t.Errorf("%q: line %d has %d bytes", text, i, len(line))
		}
	}
}

func TestSubjects(t *testing.T) {
	for _, text := range []string{
		"Ordre 1", "Ordre fra Blåbærhuset", strings.Repeat("ø", 120), strings.Repeat("ø", 37) + " " + strings.Repeat("æ", 90), strings.Repeat("x", 1100),
		strings.Repeat("ord ", 60) + "slutt", strings.Repeat("x", 70) + " y", "=?UTF-8?Q?nei?=", "a  b   c", "📚 " + strings.Repeat("書", 50), "Ordre " + strings.Repeat("1", 66),
		"Påminnelse: ordre 4711-2026 fra Blåbærhuset Bokhandel på Ås venter på svar",
	} {
		checkHeader(t, "Subject", text, encodeText(text, len("Subject: ")))
	}
}

func TestAnySubject(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("abcXYZ019=?_øæå書📚.-\"")), 1, 100, -1), 1, 12).Draw(t, "words")
		text := strings.Join(words, " ")
		checkHeader(t, "Subject", text, encodeText(text, len("Subject: ")))
	})
}

func TestSendersName(t *testing.T) {
	for _, name := range []string{"Ordre", `Kari "K" Nordmann`, `back\slash`, "Nordmann, Kari", "Ordrebørsen", "a@b.example", strings.Repeat("Blåbær ", 20) + "AS", strings.Repeat("x", 300), ""} {
		from := &mail.Address{Name: name, Address: "ordre@bookgate.example"}
		got, err := mail.ParseAddress(unfold(formatMailbox(from, len("From: "))))
		if err != nil || *got != *from {
			t.Errorf("%q came back as %+v, %v", name, got, err)
		}
	}
	s, err := New(Config{Address: "localhost:25", From: `"Kari \"K\" Nordmann" <ordre@blåbær.example>`, TLS: None})
	if err != nil || s.from.Name != `Kari "K" Nordmann` || s.Domain() != "xn--blbr-roah.example" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestMessageOnTheWire(t *testing.T) {
	o, s := plainly(t, mailtest.Script{})
	l := sample()
	l.Subject, l.MessageID = strings.Repeat("ø", 120), "msg_3@"+strings.Repeat("a", 60)+".example"
	l.References = []string{"msg_1@bookgate.example", "msg_2@bookgate.example"}
	if err := s.Send(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	got, raw := o.Messages()[0], o.Raw()[0]
	if got.Subject != l.Subject || got.Header.Get("In-Reply-To") != "<msg_2@bookgate.example>" || got.Header.Get("References") != "<msg_1@bookgate.example> <msg_2@bookgate.example>" {
		t.Errorf("%q, %v", got.Subject, got.Header)
	}
	for _, name := range []string{"From", "To", "Subject", "Message-Id", "Date", "Mime-Version", "Content-Type", "Auto-Submitted"} {
		if n := len(got.Header[name]); n != 1 {
			t.Errorf("%d headers %s", n, name)
		}
	}
	for line := range strings.SplitSeq(raw, "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && value == "" && !strings.Contains(name, " ") {
			t.Errorf("the first line of %s is empty", name)
		}
		if len(line) > 998 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	l.References = []string{"a@b\r\nX: y"}
	if err := s.Send(t.Context(), l); err == nil {
		t.Error("a reference with a line break went")
	}
}
