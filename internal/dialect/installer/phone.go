package installer

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/nyaruka/phonenumbers"
)

// PhoneRules say which phone numbers are taken.
type PhoneRules string

const (
	// MinPhones takes what npm libphonenumber-js takes as its pages show it: the
	// default import has the metadata min, which knows the general pattern of a
	// country's numbers, and those of each kind only where countries share a
	// calling code and nothing else sets them apart.
	MinPhones PhoneRules = "min"

	// MaxPhones asks for a number of one of the kinds that the country has, as
	// libphonenumber-js/max and Google's libphonenumber do.
	MaxPhones PhoneRules = "max"
)

// phoneBook knows the numbering plans. It is safe for use by many goroutines.
type phoneBook struct {
	rules  PhoneRules
	plans  map[string]phonePlan // by region
	viable *regexp.Regexp       // what has the form of a number
	part   *regexp.Regexp       // a character that numbers have
}

// phonePlan is what the metadata min has of a region.
type phonePlan struct {
	general func() *regexp.Regexp // of all its numbers
	leading *regexp.Regexp        // begins the numbers of one of several regions; nil when there is none
	kinds   bool                  // the patterns of the kinds are there too
}

func newPhoneBook(rules PhoneRules) *phoneBook {
	const plus, digit = phonenumbers.PLUS_CHARS, phonenumbers.DIGITS
	marks := strings.Replace(phonenumbers.VALID_PUNCTUATION, "x", "", 1) // which stands for a digit in Brazil
	b := &phoneBook{rules: cmp.Or(rules, MinPhones), plans: map[string]phonePlan{},
		viable: regexp.MustCompile(`^[` + plus + `]*(?:[` + marks + `]*` + digit + `){3,}[` + marks + `]*$`),
		part:   regexp.MustCompile(`^[` + marks + plus + `0-9]$`)}
	collection, err := phonenumbers.MetadataCollection()
	if err != nil {
		panic("the metadata in the program cannot be read: " + err.Error())
	}
	for _, m := range collection.GetMetadata() {
		pattern := m.GetGeneralDesc().GetNationalNumberPattern()
		p := phonePlan{general: sync.OnceValue(func() *regexp.Regexp {
			return regexp.MustCompile("^(?:" + pattern + ")$")
		})}
		if leading := m.GetLeadingDigits(); leading != "" {
			p.leading = regexp.MustCompile("^(?:" + leading + ")")
		}
		p.kinds = p.leading == nil && len(phonenumbers.GetRegionCodesForCountryCode(int(m.GetCountryCode()))) > 1
		b.plans[m.GetId()] = p
	}
	return b
}

// rule takes valid numbers: with + or the prefix of calls abroad those of any
// country, else those of the country given.
func (b *phoneBook) rule(country string) httpjson.Rule {
	return func(s string) string {
		if wrong := oneLine(maxPhone)(s); wrong != "" || b == nil {
			return wrong
		}
		number, foreign := b.read(s)
		if foreign != "" {
			return "It has " + foreign + ", which is no part of a phone number; write it like +4799900111."
		}
		if number == "" {
			return "It is no phone number; write it like +4799900111."
		}
		international := strings.HasPrefix(number, "+")
		if !international && !isCountry(country) {
			return "It has no country's code in front, and countryCode does not tell one; write it like +4799900111."
		}
		if b.valid(number, country) {
			return ""
		}
		if international {
			return "There is no such phone number; write the country's code and the number, like +4799900111."
		}
		return "There is no such phone number in " + country +
			"; write it as it is dialled there, or with the country's code, like +4799900111."
	}
}

// valid reports whether there can be a number, in digits with or without a plus.
func (b *phoneBook) valid(number, country string) bool {
	n, err := phonenumbers.ParseAndKeepRawInput(number, country)
	if err != nil {
		return false
	}
	regions := phonenumbers.GetRegionCodesForCountryCode(int(n.GetCountryCode()))
	if b.rules == MaxPhones || len(regions) == 0 || regions[0] == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY {
		return phonenumbers.IsValidNumber(n)
	}
	national := phonenumbers.GetNationalSignificantNumber(n)
	region := b.regionOf(n, national, regions)
	if region == "" { // of none of several: it is judged as one of the country where it is dialled, or of the main one
		region = regions[0]
		if n.GetCountryCodeSource() == phonenumbers.PhoneNumber_FROM_DEFAULT_COUNTRY {
			region = country
		}
	}
	p := b.plans[region]
	if p.kinds {
		return phonenumbers.IsValidNumberForRegion(n, region)
	}
	return p.general().MatchString(national)
}

// regionOf finds whose a number is among the regions that share a calling code;
// "" when there is none.
func (b *phoneBook) regionOf(n *phonenumbers.PhoneNumber, national string, regions []string) string {
	if len(regions) == 1 {
		return regions[0]
	}
	for _, region := range regions {
		p := b.plans[region]
		begins := p.leading != nil && p.leading.MatchString(national)
		if begins || p.kinds && phonenumbers.IsValidNumberForRegion(n, region) {
			return region
		}
	}
	return ""
}

// read returns the digits of a number as people and programs write it, behind a
// plus when it has one; the extension is left out. foreign names what is no part
// of a phone number.
func (b *phoneBook) read(s string) (number, foreign string) {
	s = plainURI(strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }))
	s = strings.TrimLeft(s, "(") // libphonenumber begins at the plus or the first digit
	number = s
	if at := phonenumbers.EXTN_PATTERN.FindStringIndex(s); at != nil {
		number = s[:at[0]]
	}
	if !b.viable.MatchString(number) {
		return "", b.strange(s)
	}
	plus := strings.TrimLeft(number, phonenumbers.PLUS_CHARS) != number
	number = phonenumbers.NormalizeDigitsOnly(number)
	if strings.Trim(number, "0123456789") != "" { // digits of a script that libphonenumber does not read
		return "", b.strange(number)
	}
	if plus {
		number = "+" + number
	}
	return number, ""
}

// plainURI takes the number out of a URI of RFC 3966, tel:99900111;phone-context=+47.
func plainURI(s string) string {
	const scheme, context, part = "tel:", ";phone-context=", ";isub="
	if len(s) >= len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
		s = s[len(scheme):]
		if number, where, ok := strings.Cut(s, context); ok {
			if where, _, _ = strings.Cut(where, ";"); strings.HasPrefix(where, "+") {
				number = where + number
			}
			s = number
		}
	}
	s, _, _ = strings.Cut(s, part)
	return s
}

// strange names the first character that no phone number has, by its code where
// it cannot be seen.
func (b *phoneBook) strange(s string) string {
	for _, r := range s {
		switch {
		case b.part.MatchString(string(r)), b.part.MatchString(phonenumbers.NormalizeDigitsOnly(string(r))):
		case unicode.IsGraphic(r) && !unicode.IsSpace(r):
			return fmt.Sprintf("%q", r)
		default:
			return fmt.Sprintf("%U", r)
		}
	}
	return ""
}
