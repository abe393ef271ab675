package mail

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/bookgate/bookgate/order"
)

// maxAddress is the longest address that SMTP carries (RFC 5321, 4.5.3.1.3).
const maxAddress = 254

// ParseAddress parses the bare address of one recipient: no name, no brackets, no
// list. It returns the address as it stands in an envelope, with a domain beyond ASCII in
// the form that mail servers know (info@xn--blbr-roah.example). What stands before
// the @ may have characters of any script (RFC 6531); such mail goes through servers
// that offer SMTPUTF8. Characters that change their meaning in a mailto address
// are refused; no mailbox in use has them.
func ParseAddress(text string) (string, error) {
	refuse := func(why string) error {
		return order.Errorf(order.Invalid, "mail-address", "%q cannot be written to: %s.", order.Truncate(text), why).
			WithHint("Write the bare address of one recipient, for example ordre@forlag.example.")
	}
	switch {
	case text == "" || len(text) > maxAddress:
		return "", refuse("it has no characters, or too many")
	case !utf8.ValidString(text), strings.ContainsFunc(text, unfit):
		return "", refuse("it holds a blank, or a character that no address has")
	case strings.ContainsAny(text, `,;:<>()[]"\%?&#/`):
		return "", refuse("it has a character that no mailbox has, or is a list")
	}
	at := strings.LastIndexByte(text, '@')
	local, domain := text[:max(at, 0)], text[at+1:]
	domain, err := asciiDomain(domain)
	if err != nil {
		return "", refuse("what stands behind the @ is not a valid domain")
	}
	envelope := local + "@" + domain
	a, err := mail.ParseAddress(envelope)
	if at < 0 || err != nil || a.Name != "" || a.Address != envelope {
		return "", refuse("it is not NAME@DOMAIN")
	}
	if len(envelope) > maxAddress {
		return "", refuse("it has too many characters")
	}
	return envelope, nil
}

// unfit finds characters that no address has: of those beyond ASCII, all but
// letters, their marks, and digits. A domain may also have the dots of other
// scripts, which are taken for dots.
func unfit(r rune) bool {
	if r < utf8.RuneSelf {
		return r <= ' ' || r == 0x7f
	}
	return !unicode.In(r, unicode.L, unicode.M, unicode.N) && r != '。' && r != '．' && r != '｡' && r != '\u00b7'
}

// asciiDomain returns a domain as the DNS has it. One in ASCII stays as it is
// written.
func asciiDomain(domain string) (string, error) {
	if ascii(domain) {
		return domain, nil
	}
	profile := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.CheckHyphens(true), idna.CheckJoiners(true),
		idna.StrictDomainName(true), idna.VerifyDNSLength(true))
	return profile.ToASCII(domain)
}

// addressError says what is wrong with an address, as a sentence for a form.
type addressError string

// Error returns the sentence.
func (e addressError) Error() string { return string(e) }

// ValidateAddress checks an address that is stored for others to write to: a
// plain one, at a domain name with a dot. It accepts more than ParseAddress. The
// text of the error is a sentence for a form. An invisible character is named in
// it: it came with copied text and makes the address another one.
func ValidateAddress(text string) error {
	foreign := func(r rune) bool { return r >= utf8.RuneSelf && unfit(r) }
	if at := strings.IndexFunc(text, foreign); at >= 0 {
		r, _ := utf8.DecodeRuneInString(text[at:])
		return addressError(fmt.Sprintf(
			"It has the character %U, which no e-mail address has; write it like ola@nordmann.no.", r))
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || a.Name != "" {
		return addressError("It is no e-mail address; write it like ola@nordmann.no.")
	}
	domain, err := asciiDomain(domainOf(text))
	if err != nil || !strings.Contains(strings.Trim(domain, "."), ".") {
		return addressError("What stands behind the @ is no domain on the internet.")
	}
	return nil
}

// parseSender reads the address that e-mails come from, which may have a name:
// "Ordrebørsen <ordre@example.no>".
func parseSender(text string) (*mail.Address, error) {
	refused := order.Errorf(order.Invalid, "mail-address", "%q cannot be the sender of e-mails.", order.Truncate(text)).
		WithHint("Write ordre@example.no, or a name before it: Ordre <ordre@example.no>.")
	a, err := mail.ParseAddress(text)
	if err != nil || hasControl(text) || hasControl(a.Name) {
		return nil, refused
	}
	if a.Address, err = ParseAddress(a.Address); err != nil {
		return nil, refused
	}
	return a, nil
}

// hasControl finds what could end a header and begin another.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == '\u0085' || r == '\u2028' || r == '\u2029'
	})
}

// domainOf returns what stands behind the @.
func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
