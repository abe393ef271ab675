package installer

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// PhoneRules say which phone numbers are taken.
type PhoneRules string

const (
	// MinPhones takes what npm libphonenumber-js takes as its pages show it: the
	// default import has the metadata min, which knows the general pattern of a
	// country's numbers, and those of each kind only where they tell countries
	// apart that share a calling code.
	MinPhones PhoneRules = "min"

	// MaxPhones asks for a number of one of the kinds that the country has, as
	// libphonenumber-js/max and Google's libphonenumber do.
	MaxPhones PhoneRules = "max"
)

// phoneBook knows the numbering plans. It is safe for use by many goroutines.
type phoneBook struct {
	rules     PhoneRules
	plans     map[string]phonePlan // by region
	viable    *regexp.Regexp       // what has the form of a number
	extension *regexp.Regexp       // ends one
	part      *regexp.Regexp       // a character that numbers have
}

// phonePlan is what the metadata min has of a region.
type phonePlan struct {
	general func() *regexp.Regexp // of all its numbers
	leading *regexp.Regexp        // begins the numbers of one of several regions; nil when there is none
	kinds   bool                  // the patterns of the kinds are there too
}

func newPhoneBook(rules PhoneRules) *phoneBook {
	b := &phoneBook{rules: cmp.Or(rules, MinPhones), plans: map[string]phonePlan{},
		viable:    regexp.MustCompile(`^(?i:` + phoneNumber + `(?:` + phoneExtension + `)?)$`),
		extension: regexp.MustCompile(`(?i:` + phoneExtension + `)$`),
		part:      regexp.MustCompile(`^[+\x{FF0B}` + phoneMarks + phoneDigits + `]$`)}
	collection, err := phonenumbers.MetadataCollection()
	if err != nil {
		panic("the metadata in the program cannot be read: " + err.Error())
	}
	for _, m := range collection.GetMetadata() {
		pattern := m.GetGeneralDesc().GetNationalNumberPattern()
		p := phonePlan{general: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("^(?:" + pattern + ")$") })}
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
func (b *phoneBook) rule(country string) rule {
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
		return "There is no such phone number in " + country + "; write it as it is dialled there, or with the country's code, like +4799900111."
	}
}

// valid tells whether there can be a number, in digits with or without a plus.
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
	if region == "" { // of none of several: it is judged as one of the country that it is dialled in, or of the main one
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
// "" is none.
func (b *phoneBook) regionOf(n *phonenumbers.PhoneNumber, national string, regions []string) string {
	if len(regions) == 1 {
		return regions[0]
	}
	for _, region := range regions {
		p := b.plans[region]
		if p.leading != nil && p.leading.MatchString(national) || p.kinds && phonenumbers.IsValidNumberForRegion(n, region) {
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
	if !b.viable.MatchString(s) {
		return "", b.strange(s)
	}
	if at := b.extension.FindStringIndex(s); at != nil {
		s = s[:at[0]]
	}
	return strings.Map(phoneDigit, s), ""
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

// phoneDigit gives a digit or a plus as a keyboard has it, and drops the rest.
func phoneDigit(r rune) rune {
	for _, zero := range []rune{'0', '\uff10', '\u0660', '\u06f0'} {
		if r >= zero && r <= zero+9 {
			return '0' + r - zero
		}
	}
	if r == '+' || r == '\uff0b' {
		return '+'
	}
	return -1
}

// strange names the first character that no phone number has, by its code where
// it cannot be seen.
func (b *phoneBook) strange(s string) string {
	for _, r := range s {
		switch {
		case b.part.MatchString(string(r)):
		case unicode.IsGraphic(r) && !unicode.IsSpace(r):
			return fmt.Sprintf("%q", r)
		default:
			return fmt.Sprintf("%U", r)
		}
	}
	return ""
}

// The characters of phone numbers, as libphonenumber lists them.
const (
	phoneDigits  = `0-9\x{FF10}-\x{FF19}\x{0660}-\x{0669}\x{06F0}-\x{06F9}` // Western, wide, Arabic, Persian
	phoneDashes  = `\-\x{2010}-\x{2015}\x{2212}\x{30FC}\x{FF0D}`
	phoneBlanks  = ` \x{A0}\x{AD}\x{200B}\x{2060}\x{3000}`
	phoneMarks   = phoneDashes + phoneBlanks + `/.\x{FF0F}\x{FF0E}()\[\]\x{FF08}\x{FF09}\x{FF3B}\x{FF3D}~\x{2053}\x{223C}\x{FF5E}`
	phoneNumber  = `[+\x{FF0B}]*(?:[` + phoneMarks + `]*[` + phoneDigits + `]){3,}[` + phoneMarks + phoneDigits + `]*`
	afterExtName = `[:.\x{FF0E}]?[ \x{A0}\t,-]*`
)

// phoneExtension is what is dialled after the call is answered, as libphonenumber
// reads it: by the words for it in several languages, by a sign, or by a pause.
const phoneExtension = `;ext=[` + phoneDigits + `]{1,20}` +
	`|[ \x{A0}\t,]*(?:e?xt(?:ensi(?:o\x{0301}?|\x{F3}))?n?|\x{FF45}?\x{FF58}\x{FF54}\x{FF4E}?|\x{434}\x{43E}\x{431}|anexo)` + afterExtName + `[` + phoneDigits + `]{1,20}#?` +
	`|[ \x{A0}\t,]*(?:[x\x{FF58}#\x{FF03}~\x{FF5E}]|int|\x{FF49}\x{FF4E}\x{FF54})` + afterExtName + `[` + phoneDigits + `]{1,9}#?` +
	`|[- ]+[` + phoneDigits + `]{1,6}#` +
	`|[ \x{A0}\t]*(?:,{2}|;)` + afterExtName + `[` + phoneDigits + `]{1,15}#?` +
	`|[ \x{A0}\t]*,+` + afterExtName + `[` + phoneDigits + `]{1,9}#?`
