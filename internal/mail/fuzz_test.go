package mail

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzReply takes any answer: it stays one line that can be shown, and is sorted
// without harm.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{"5.1.1 User unknown", "5.7.1 one\n5.7.1 two", "no (#5.1.1)", "\x1b[31m\u202e\xff", "", "5.1", "2.2.2.2 x", strings.Repeat("ø", 2000)} {
		f.Add(550, seed)
	}
	f.Fuzz(func(t *testing.T, code int, message string) {
		r := newReply(code, message)
		shown := r.String()
		if strings.ContainsFunc(shown, unicode.IsControl) || !utf8.ValidString(shown) || utf8.RuneCountInString(shown) > maxReply+1 {
			t.Errorf("%q is shown as %q", message, shown)
		}
		if v := r.ofRecipient(); v == mailbox && !r.is(5) || v == content {
			t.Errorf("%d %q says %d of the recipient", code, message, v)
		}
		r.ofSender()
		r.ofContent()
		readOffers(message)
	})
}

// FuzzParseAddress wants what is taken to be one address that is taken again as
// it is, with a domain in ASCII and nothing that could end a command.
func FuzzParseAddress(f *testing.F) {
	for _, seed := range []string{"a@b.example", "info@räksmörgås.example", "kåre@b.example", "a@b。example", "a@xn--x.example", "a@b\r\nRCPT", "@", "a@ß.example", "a@Å.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseAddress(text)
		if err != nil {
			return
		}
		if again, err := ParseAddress(got); err != nil || again != got {
			t.Errorf("%q became %q, and that %q, %v", text, got, again, err)
		}
		if !ascii(domainOf(got)) || strings.ContainsAny(got, " \r\n<>,") || strings.Count(got, "@") != 1 {
			t.Errorf("%q became %q", text, got)
		}
	})
}
