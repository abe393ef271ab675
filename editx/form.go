package editx

import (
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
)

// form is what the schema lets a value look like. The zero form is text, which
// may be anything.
type form struct {
	code  string // of the finding, when the value looks otherwise
	wants string
	ok    func(string) bool
}

var (
	intForm         = form{"integer-form", "a whole number in digits alone", isInt}
	decimalForm     = form{"decimal-form", "digits with at most one full stop", isDecimal}
	dayForm         = form{"date-form", "a day of the years 2000 to 2999 as YYYYMMDD, without time or blanks", isDay}
	momentForm      = form{"date-form", "YYYYMMDD or YYYYMMDDThhmm with Z, an offset or nothing behind it, and no blanks", isMoment}
	messageTypeForm = form{"code", "two digits from 01 to 99", isMessageType}
)

// isInt reports whether s is an xs:int.
func isInt(s string) bool {
	_, err := strconv.ParseInt(strings.Trim(s, xmlread.WhiteSpace), 10, 32)
	return err == nil
}

// isDecimal reports whether s is an xs:decimal.
func isDecimal(s string) bool {
	whole, fraction, _ := strings.Cut(unsigned(strings.Trim(s, xmlread.WhiteSpace)), ".")
	return allDigits(whole + fraction)
}

// unsigned takes one sign off.
func unsigned(s string) string {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return s[1:]
	}
	return s
}

// isDay reports whether s is a Date of the schema. The leap days of 2400 and
// 2800 are real, and the schema forgets them.
func isDay(s string) bool {
	return len(s) == len(strictDate) && s[0] == '2' && isStrictDate(s) && s != "24000229" && s != "28000229"
}

// isMoment reports whether s is a Date or DateTime of the schema, whose offsets
// end at twelve hours.
func isMoment(s string) bool {
	if len(s) <= len(strictDate) {
		return isDay(s)
	}
	if !isDay(s[:len(strictDate)]) || !isStrictDate(s) {
		return false
	}
	zone := s[len(strictTime):]
	return len(zone) < len("+1200") || zone[1:3] <= "12"
}

func isMessageType(s string) bool {
	return len(s) == 2 && allDigits(s) && s != "00"
}
