package hark

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/dialect/hark/graph"
	"github.com/bookgate/bookgate/internal/mail"
)

// The lengths of the fields, in characters. Those of the address and the
// e-mail are the parcel carrier's.
const (
	maxEmail   = 60
	maxAddress = 35

	// maxName and maxUserID are ours, for the carrier gives none: longer than
	// any name on a parcel and any id of a customer.
	maxName   = 100
	maxUserID = 200

	postalDigits = 4
	phoneDigits  = 8
)

// checkInput applies every rule of the field table and lists all that is
// wrong.
func checkInput(in graph.OrderDeviceInput) (bad []badField) {
	p, a := in.Recipient, in.Recipient.PostalAddress
	for _, f := range []struct {
		field string
		wrong string
	}{
		{"recipient.firstName", badText(p.FirstName, maxName)},
		{"recipient.lastName", badText(p.LastName, maxName)},
		{"recipient.email", badEmail(p.Email)},
		{"recipient.phoneNumber", badPhone(p.PhoneNumber)},
		{"recipient.externalUserId", badText(p.ExternalUserID, maxUserID)},
		{"recipient.postalAddress.addressLine1", badText(a.AddressLine1, maxAddress)},
		{"recipient.postalAddress.addressLine2", badOptional(a.AddressLine2, maxAddress)},
		{"recipient.postalAddress.city", badText(a.City, maxAddress)},
		{"recipient.postalAddress.postalCode", badPostalCode(a.PostalCode)},
	} {
		if f.wrong != "" {
			bad = append(bad, badField{f.field, f.wrong})
		}
	}
	return bad
}

// badText tells what is wrong with a text that must be there.
func badText(s string, most int) string {
	if strings.TrimSpace(s) == "" {
		return "It is empty, and it is required."
	}
	return badOptional(&s, most)
}

// badOptional tells what is wrong with a text that may be left out. Characters
// are counted, not bytes: ø is one.
func badOptional(s *string, most int) string {
	switch {
	case s == nil:
		return ""
	case utf8.RuneCountInString(*s) > most:
		return fmt.Sprintf("It has %d characters; at most %d are taken.", utf8.RuneCountInString(*s), most)
	case !utf8.ValidString(*s) || strings.ContainsFunc(*s, unprintable):
		return "It has a control character, such as a line break."
	}
	return ""
}

// unprintable reports what neither a parcel nor an XML document can carry.
func unprintable(r rune) bool { return unicode.IsControl(r) || r == '\ufffe' || r == '\uffff' }

// badEmail takes an address that a parcel carrier can write to.
func badEmail(s string) string {
	if wrong := badText(s, maxEmail); wrong != "" {
		return wrong
	}
	return mail.Fault(s)
}

// badPhone takes the national form, in groups or not: 99999999, 22 12 34 56.
// Between groups blanks of every kind may stand, for those that do not break come
// with numbers copied from a page. No number of eight digits begins with 0 or 1.
func badPhone(s string) string {
	if wrong := badText(s, maxName); wrong != "" {
		return wrong
	}
	digits := strings.Join(strings.Fields(s), "")
	switch unseen := httpjson.Unseen(s); {
	case unseen != "":
		return "It has the character " + unseen + ", which cannot be seen; write its 8 digits, like 99999999."
	case strings.HasPrefix(digits, "+47") || strings.HasPrefix(digits, "0047"):
		return "It has the country's code; write the number without it, like 99999999."
	case len(digits) != phoneDigits || !allDigits(digits) || digits[0] < '2':
		return "It is no Norwegian phone number; write its 8 digits, like 99999999."
	}
	return ""
}

// badPostalCode takes four digits; the zeros in front are part of it.
func badPostalCode(s string) string {
	if len(s) == postalDigits && allDigits(s) {
		return ""
	}
	return fmt.Sprintf("In Norway it has %d digits, with the zeros in front, like 0186.", postalDigits)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
