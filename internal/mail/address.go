package mail

import (
	"net/mail"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// maxAddress is the longest address that SMTP carries (RFC 5321, 4.5.3.1.3).
const maxAddress = 254

// ParseAddress reads the bare address of one person, as it stands in an
// envelope: no name, no brackets, no list. Characters that change their meaning
// in a mailto address are refused as well; no mailbox in use has them.
func ParseAddress(text string) (string, error) {
	refuse := func(why string) error {
		return order.Errorf(order.Invalid, "mail-address", "%q cannot be written to: %s.", order.Cut(text), why).
			WithHint("Write the bare address of one person or office, for example ordre@forlag.example.")
	}
	switch {
	case text == "" || len(text) > maxAddress:
		return "", refuse("it has no characters, or too many")
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return "", refuse("blanks and letters beyond ASCII cannot stand in it (write a domain such as blåbær.no in its xn-- form)")
	case strings.ContainsAny(text, `,;:<>()[]"\%?&#/`):
		return "", refuse("it has a character that no mailbox has, or is a list")
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Name != "" || a.Address != text {
		return "", refuse("it is not NAME@DOMAIN")
	}
	return text, nil
}

// Fault tells in words for a form what is wrong with an address that somebody
// typed, or "": it is a plain one, at a name with a dot. It is kept for others to
// write to, and takes what ParseAddress is too careful for.
func Fault(text string) string {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || a.Name != "" {
		return "It is no e-mail address; write it like ola@nordmann.no."
	}
	if !strings.Contains(strings.Trim(domainOf(text), "."), ".") {
		return "What stands behind the @ is no domain on the internet."
	}
	return ""
}

// parseSender reads the address that letters come from, which may have a name:
// "Ordrebørsen <ordre@example.no>".
func parseSender(text string) (*mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err == nil {
		_, err = ParseAddress(a.Address)
	}
	if err != nil || hasControl(text) {
		return nil, order.Errorf(order.Invalid, "mail-address", "%q cannot be the sender of letters.", order.Cut(text)).
			WithHint("Write ordre@example.no, or a name before it: Ordre <ordre@example.no>.")
	}
	return a, nil
}

// hasControl finds what could end a header and begin another.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u0085' || r == '\u2028' || r == '\u2029' })
}

// domainOf gives what stands behind the @.
func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
