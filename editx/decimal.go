package editx

import (
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// decimal is xs:decimal. Decimal commas, thousands marks and exponents are taken
// where they can mean only one thing; digits beyond what money has are rounded.
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
				order.Cut(s))
		}
	}
	d, rounded, ok := rounded(plain)
	switch {
	case !ok:
		return d, refuse("decimal",
			"%q is too large; at most %d digits before the full stop are taken.",
			order.Cut(s), maxDigits)
	case rounded:
		return d, warn("decimal-digits",
			"%q was rounded to %s: at most %d digits in all and %d behind the full stop are stored.",
			order.Cut(s), d, maxDigits, order.MaxScale)
	case form.code != "":
		form.message = warn("", "%q was read as %s; write %s.", order.Cut(s), d, form.message).message
	}
	return d, form
}

const (
	// maxDigits is how many digits a number may have: what every reader of XML
	// Schema must take (part 2, 5.3.2), and an int64 holds.
	maxDigits = 18

	// maxExponent bounds the zeros that an exponent is written out into: a double
	// ends at 308, and what is rounded away behind 324 is 0.
	maxExponent = 400
)

// rounded reads an xs:decimal of any length, half a unit away from zero.
func rounded(s string) (d order.Decimal, changed, ok bool) {
	whole, fraction, _ := strings.Cut(unsigned(s), ".")
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > maxDigits {
		return d, false, false
	}
	kept := min(len(fraction), order.MaxScale, maxDigits-len(whole))
	units, err := strconv.ParseInt("0"+whole+fraction[:kept], 10, 64)
	if err != nil {
		return d, false, false
	}
	rest := fraction[kept:]
	if rest != "" && rest[0] >= '5' {
		units++
	}
	if s[0] == '-' {
		units = -units
	}
	return order.Decimal{Units: units, Scale: uint8(kept)}, strings.Trim(rest, "0") != "", true
}

// withoutExponent writes a number out: 1E+25 and 1.5e-7, as PHP and JavaScript
// write what is very large or small. A number without one stays as it is.
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

// plainDecimal takes the marks out of 17,73 and 2,782.63 and 1.234,56 and
// 1 234,56. It leaves 1,234 alone, which is one thing here and another there.
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

// ungroup takes thousands marks out, if they divide groups of three.
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
