package editx

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// A codec reads and writes one kind of value. Parse accepts the strict form and,
// with a note, the loose ones that senders use; print returns the strict form, ""
// for an absent value.
type codec[V any] struct {
	parse func(string) (V, note)
	print func(V) string
	form  form // what the schema requires of the text; the zero form is any text
	text  bool // text for people, in which every character counts
}

// plain is text for people: unchanged, blanks included.
var plain = codec[string]{
	parse: func(s string) (string, note) { return s, note{} },
	print: func(s string) string { return s },
	text:  true,
}

// token is a code or a number in a scheme: blanks around it mean nothing.
var token = codec[string]{
	parse: func(s string) (string, note) { return strings.TrimSpace(s), note{} },
	print: func(s string) string { return s },
}

// messageType is a number of two digits, however many are written.
var messageType = codec[string]{
	parse: func(s string) (string, note) {
		s = strings.TrimSpace(s)
		if isMessageType(s) {
			return s, note{}
		}
		if n, said := parseInteger(s); said.severity != Refusal && n >= 1 && n <= 99 {
			code := fmt.Sprintf("%02d", n)
			return code, against("code-form", "%q was read as %s; write two digits.", order.Truncate(s), code)
		}
		return s, against("code", "%q is not a MessageType; it was stored as written. Write two digits from 01 to 99.",
			order.Truncate(s))
	},
	print: token.print,
}

// number is the sender's number for the order.
var number = codec[string]{
	parse: func(s string) (string, note) {
		s = strings.TrimSpace(s)
		if len([]rune(s)) > maxNumber {
			return s, refuse("order-number", "The OrderNumber has %d characters; at most %d are allowed.",
				len([]rune(s)), maxNumber)
		}
		for _, r := range s {
			if r < ' ' || r >= 0x7f && r < 0xa0 {
				return s, refuse("order-number", "The OrderNumber holds the control character %U; write it in one "+
					"line of plain characters.", r)
			}
		}
		return s, note{}
	},
	print: func(s string) string { return s },
}

// purpose is Original, Duplicate or Test in any spelling, and nothing else: a
// wrong guess would deliver books that were not ordered. For the same reason
// Lenient reads an unknown purpose as Test, which is not delivered.
var purpose = codec[order.Purpose]{
	parse: parsePurpose,
	print: func(p order.Purpose) string { return string(p) },
	form:  form{code: "purpose", wants: "Original, Duplicate or Test, without blanks", ok: purposes.has},
}

var purposes = codes{string(order.Original), string(order.Duplicate), string(order.Test)}

func parsePurpose(s string) (order.Purpose, note) {
	s = strings.TrimSpace(s)
	for _, p := range purposes {
		if s == p {
			return order.Purpose(p), note{}
		}
		if sameCode(p, s) {
			return order.Purpose(p), against("purpose", "%q was read as %s; write it so.", order.Truncate(s), p)
		}
	}
	return order.Test, refuse("purpose", "%q is not a PurposeCode; write Original, Duplicate or Test.", order.Truncate(s)).
		lenientOr("The order was taken as a Test, which is not delivered.")
}

// integer is xs:int; a fraction of zeros and an exponent, as web shops and
// scripts write them, are accepted.
var integer = codec[int64]{parse: parseInteger, print: printInteger, form: intForm}

func parseInteger(s string) (int64, note) {
	s = strings.TrimSpace(s)
	n, err := strconv.ParseInt(s, 10, 32)
	if err == nil {
		return n, note{}
	}
	if plain, ok := withoutExponent(s); ok {
		whole, zeros, _ := strings.Cut(plain, ".")
		n, err = strconv.ParseInt(whole, 10, 32)
		if err == nil && strings.Trim(zeros, "0") == "" {
			want := "whole numbers without a decimal point"
			if plain != s {
				want = "the digits without an exponent"
			}
			return n, warn("integer-form", "%q was read as %d; write %s.", order.Truncate(s), n, want)
		}
	}
	return 0, refuse("integer", "%q is not a whole number.", order.Truncate(s))
}

func printInteger(n int64) string { return strconv.FormatInt(n, 10) }

// summaryCount is a count in the summary, which only repeats what the lines say:
// one that cannot be read is a warning.
var summaryCount = codec[int64]{
	parse: func(s string) (int64, note) {
		n, said := parseInteger(s)
		if said.severity == Refusal {
			return 0, note{severity: Warning, code: "summary", message: said.message + " It was taken as not given.",
				unread: true}
		}
		return n, said
	},
	print: printInteger,
	form:  intForm,
}

// quantity is the number of copies of a line: whole and from 1 to maxQuantity.
var quantity = codec[int64]{
	parse: func(s string) (int64, note) {
		n, said := parseInteger(s)
		switch {
		case said.severity == Refusal:
			return 0, refuse("quantity", "%q is not a quantity; a whole number of copies is expected, such as 4.",
				order.Truncate(strings.TrimSpace(s)))
		case n <= 0:
			return n, refuse("quantity", "The quantity is %d; an order asks for 1 copy or more. To take copies "+
				"back, send a reduction.", n)
		case n > maxQuantity:
			return n, refuse("quantity", "The quantity is %d; at most %d copies are taken in one line. Is it a "+
				"product number?", n, maxQuantity)
		}
		if said.code != "" {
			said.code = "quantity-form"
		}
		return n, said
	},
	print: printInteger,
	form:  intForm,
}

// form is the lexical form that the schema requires of a value. The zero form is
// any text.
type form struct {
	code  string // of the finding about another form
	wants string
	ok    func(string) bool
}

var (
	intForm     = form{"integer-form", "a whole number in digits alone", isInt}
	decimalForm = form{"decimal-form", "digits with at most one full stop", isDecimal}
	dayForm     = form{"date-form", "a day of the years 2000 to 2999 as YYYYMMDD, without time or blanks", isDay}
	momentForm  = form{"date-form", "YYYYMMDD or YYYYMMDDThhmm with Z, an offset or nothing behind it, and no " +
		"blanks", isMoment}
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

// unsigned returns a number without its sign.
func unsigned(s string) string {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return s[1:]
	}
	return s
}

// isDay reports whether s is a Date of the schema, which lacks the leap days of
// 2400 and 2800.
func isDay(s string) bool {
	return len(s) == len(strictDate) && s[0] == '2' && isStrictDate(s) && s != "24000229" && s != "28000229"
}

// isMoment reports whether s is a Date or DateTime of the schema, whose offsets
// are at most twelve hours.
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

// decimal is xs:decimal. Decimal commas, thousands separators and exponents are
// accepted where they are unambiguous; digits beyond those of money are rounded.
var decimal = codec[order.Decimal]{parse: parseDecimal, print: order.Decimal.String, form: decimalForm}

func parseDecimal(s string) (order.Decimal, note) {
	s = strings.TrimSpace(s)
	if d, err := order.ParseDecimal(s); err == nil {
		return d, note{}
	}
	plain, form := plainDashes(s), note{}
	if plain != s {
		form = warn("decimal-form", "the minus sign as a hyphen")
	}
	if written := plain; !isDecimal(plain) {
		var ok bool
		if plain, ok = plainDecimal(written); ok {
			form = warn("decimal-form", "a full stop as decimal mark and no thousands mark")
		} else if plain, ok = withoutExponent(written); ok && isDecimal(plain) {
			form = warn("decimal-form", "the digits without an exponent")
		} else {
			return order.Decimal{}, refuse("decimal",
				"%q is not a decimal number; write digits and one full stop, such as 249.00.",
				order.Truncate(s))
		}
	}
	d, rounded, ok := rounded(plain)
	switch {
	case !ok:
		return d, refuse("decimal",
			"%q is too large; at most %d digits before the full stop are taken.",
			order.Truncate(s), maxDigits)
	case rounded:
		return d, warn("decimal-digits",
			"%q was rounded to %s: at most %d digits in all and %d behind the full stop are stored.",
			order.Truncate(s), d, maxDigits, order.MaxScale)
	case form.code != "":
		form.message = warn("", "%q was read as %s; write %s.", order.Truncate(s), d, form.message).message
	}
	return d, form
}

const (
	// maxDigits limits the digits of a number: what every reader of XML Schema
	// must accept (part 2, 5.3.2), and an int64 holds.
	maxDigits = 18

	// maxExponent limits the zeros that an exponent is expanded to: the largest
	// exponent of a double is 308, the smallest -324.
	maxExponent = 400
)

// rounded reads an xs:decimal of any length, rounding half away from zero.
func rounded(s string) (d order.Decimal, changed, ok bool) {
	whole, fraction, _ := strings.Cut(unsigned(s), ".")
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > maxDigits {
		return d, false, false
	}
	scale := min(len(fraction), order.MaxScale, maxDigits-len(whole))
	units, err := strconv.ParseInt("0"+whole+fraction[:scale], 10, 64)
	if err != nil {
		return d, false, false
	}
	rest := fraction[scale:]
	if rest != "" && rest[0] >= '5' {
		units++
	}
	if s[0] == '-' {
		units = -units
	}
	return order.Decimal{Units: units, Scale: uint8(scale)}, strings.Trim(rest, "0") != "", true
}

// withoutExponent expands 1E+25 and 1.5e-7, as PHP and JavaScript write very
// large and small numbers. A number without an exponent is unchanged.
func withoutExponent(s string) (string, bool) {
	mantissa, power, found := strings.Cut(strings.Replace(s, "E", "e", 1), "e")
	if !found {
		return s, true
	}
	n, err := strconv.Atoi(power)
	if err != nil || n > maxExponent || n < -maxExponent || !isDecimal(mantissa) || len(mantissa) > maxExponent {
		return "", false
	}
	sign := mantissa[:len(mantissa)-len(unsigned(mantissa))]
	whole, fraction, _ := strings.Cut(unsigned(mantissa), ".")
	digits, point := whole+fraction, len(whole)+n
	switch {
	case point <= 0:
		return sign + "0." + strings.Repeat("0", -point) + digits, true
	case point >= len(digits):
		return sign + digits + strings.Repeat("0", point-len(digits)), true
	}
	return sign + digits[:point] + "." + digits[point:], true
}

// plainDecimal reads 17,73 and 2,782.63 and 1.234,56 and 1 234,56. It does not
// accept 1,234, whose meaning depends on the country.
func plainDecimal(s string) (string, bool) {
	last := strings.LastIndexAny(s, ".,")
	if last < 0 {
		return ungroup(s, ' ')
	}
	mark := s[last]
	whole, fraction := s[:last], s[last+1:]
	var ok bool
	switch {
	case strings.IndexByte(whole, mark) >= 0:
		whole, ok = ungroup(s, rune(mark)) // 1,234,567: the same mark twice can only group
		fraction = ""
	case strings.ContainsAny(whole, ".,"):
		whole, ok = ungroup(whole, rune('.'+','-mark))
	case strings.ContainsAny(whole, " \u00a0"):
		whole, ok = ungroup(whole, ' ')
	default:
		ok = mark == ',' && fraction != "" && len(fraction) != 3
	}
	plain := whole
	if fraction != "" {
		plain += "." + fraction
	}
	return plain, ok && isDecimal(plain)
}

// ungroup removes thousands separators, if they separate groups of three.
func ungroup(s string, mark rune) (string, bool) {
	groups := strings.Split(strings.ReplaceAll(s, "\u00a0", " "), string(mark))
	for i, g := range groups {
		if i > 0 && len(g) != 3 || g == "" {
			return "", false
		}
	}
	plain := strings.Join(groups, "")
	return plain, len(groups) > 1 && isDecimal(plain)
}
