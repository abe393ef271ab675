package montly

import (
	"strings"
	"time"
	"unicode"
)

// orgDigits is how many digits a Swedish organisation number has, the last of
// them a check digit.
const orgDigits = 10

// The parts of a Swedish VAT number beside the organisation number.
const (
	vatCountry = "SE"

	// vatSuffix ends every VAT number that is issued. The two digits were meant for
	// parts of a company, and only 01 was ever issued.
	vatSuffix = "01"
)

// parseOrgNumber parses an organisation number as buyers type it: ten digits, with
// or without a dash or a blank before the last four, and blanks around. It may
// begin with 16, or for persons with the century of birth. A VAT number has the
// number between SE and 01, and one of the two may be missing. The result has the
// dash, or the plus sign that is used for a person of a hundred years. legalOnly
// accepts companies only; a sole trader has a personal number.
func parseOrgNumber(s string, legalOnly bool) (number string, ok bool) {
	s = tidy(s)
	digits, plus, ok := orgNumberDigits(s)
	if !ok {
		if digits, ok = vatDigits(s); !ok {
			return "", false
		}
	}
	if isPersonal(digits) && (legalOnly || plus && strings.HasPrefix(digits, "00") && digits[2:6] == leapDay) {
		return "", false
	}
	if plus {
		return digits[:6] + "+" + digits[6:], isPersonal(digits)
	}
	return digits[:6] + "-" + digits[6:], true
}

// tidy replaces dashes and blanks of all kinds by those of a keyboard, and drops
// characters without width, which come with copied text.
func tidy(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r >= '\u2010' && r <= '\u2015', r == '\u2212', r == '\ufe63', r == '\uff0d':
			return '-'
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r): // soft hyphens, marks of direction, byte order marks
			return -1
		}
		return r
	}, s))
}

// orgNumberDigits returns the ten digits of a number that can exist, without the
// sign before the last four and without a prefix; plus reports that the sign was a
// plus.
func orgNumberDigits(s string) (digits string, plus, ok bool) {
	if n := len(s); n >= 5 && strings.IndexByte("- +", s[n-5]) >= 0 {
		plus = s[n-5] == '+'
		s = s[:n-5] + s[n-4:]
	}
	if !isDigits(s) {
		return "", false, false
	}
	switch len(s) {
	case orgDigits:
		return s, plus, exists(s) && (!plus || isPersonal(s))
	case orgDigits + 2:
		front, rest := s[:2], s[2:]
		if front == "16" {
			return rest, false, !plus && exists(rest) && !isPersonal(rest)
		}
		return rest, plus, (front == "18" || front == "19" || front == "20") && exists(rest) && isBirth(front+rest[:6])
	}
	return "", false, false
}

// vatDigits returns the ten digits within a VAT number. After SE, blanks and dashes
// may be anywhere, and 01 may be missing: SE559089430801, SE 559089-4308 01,
// SE 559089-4308. Without SE, 01 is required, and a number that begins with 1 is
// not a VAT number but a mistyped personal number with the century:
// 559089430801, 559089-4308 01.
func vatDigits(s string) (digits string, ok bool) {
	rest, country := strings.CutPrefix(strings.ToUpper(s), vatCountry)
	if country {
		rest = strings.NewReplacer(" ", "", "-", "").Replace(rest)
		if len(rest) > orgDigits {
			rest, ok = strings.CutSuffix(rest, vatSuffix)
		} else {
			ok = true
		}
		return rest, ok && len(rest) == orgDigits && isDigits(rest) && exists(rest)
	}
	rest, ok = strings.CutSuffix(s, vatSuffix)
	if n := len(rest); n > 0 && strings.IndexByte("- ", rest[n-1]) >= 0 {
		rest = rest[:n-1]
	}
	if !ok || len(rest) > orgDigits+1 { // ten digits and a dash
		return "", false
	}
	digits, plus, ok := orgNumberDigits(rest)
	return digits, ok && !plus && digits[0] != '1'
}

// exists reports whether ten digits can be a number: the last one is the check
// digit, that of a legal person begins with its kind, which is never 0, and has a
// third digit of 2 or more, and a personal number begins with a date of birth.
func exists(digits string) bool {
	if luhn(digits) != 0 {
		return false
	}
	if isPersonal(digits) {
		return isBirth("20"+digits[:6]) && digits[6:9] != "000" // see leapDay
	}
	return digits[0] != '0'
}

// leapDay is in every fourth year. Without a century all of these are leap years,
// because 2000 was one; only 1900, which 00 means with a plus sign, was not.
const leapDay = "0229"

// isBirth reports whether eight digits are a valid date. In coordination numbers,
// for people who are not registered in Sweden, 60 is added to the day.
func isBirth(day string) bool {
	if day[6] >= '6' {
		day = day[:6] + string(day[6]-6) + day[7:]
	}
	_, err := time.Parse("20060102", day)
	return err == nil
}

// isPersonal reports whether ten digits can be those of a person: that of a legal
// person has a third digit of 2 or more, and a month one of 0 or 1.
func isPersonal(digits string) bool { return digits[2] < '2' }

// luhn returns the Luhn remainder, 0 for a valid number: every second digit counts
// twice, beginning before the last, and a sum of two digits counts as both.
func luhn(digits string) int {
	sum := 0
	for i := range len(digits) {
		n := int(digits[i] - '0')
		if (len(digits)-i)%2 == 0 {
			n *= 2
		}
		sum += n/10 + n%10
	}
	return sum % 10
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
