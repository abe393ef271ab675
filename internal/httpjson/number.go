package httpjson

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// Number is a JSON number by its value: 2.5015E+2, 25015e-2 and 250.15 are the
// same. Programs write what their language makes of it, and to JSON
// the spellings are the same (RFC 8259, 6).
//
// What was written in decimals never goes through binary floating point, but to
// see whether it came out of it. No exponent is written out before it is known to
// be small: 1E999999999 costs nothing.
type Number struct {
	negative bool
	digits   string // without zeros in front; "" is zero
	exponent int64  // of the last digit, to the base of ten
	written  string
}

// maxExponent is where exponents are cut off: far beyond every number that any
// member takes, so that sums of them stay small.
const maxExponent = 1 << 20

// ParseNumber reads a number as [JSON.Object] lets it through, which is as
// encoding/json reads a [encoding/json.Number]. ok is false for any other text.
func ParseNumber(written string) (n Number, ok bool) {
	if !isNumber(written) {
		return Number{}, false
	}
	rest, negative := strings.CutPrefix(written, "-")
	coefficient, exponent := rest, int64(0)
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		coefficient, exponent = rest[:i], clampExponent(rest[i+1:])
	}
	whole, fraction, _ := strings.Cut(coefficient, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	n = Number{digits: digits, exponent: exponent - int64(len(fraction)), written: written}
	n.negative = negative && digits != ""
	return n, true
}

// isNumber reports whether the text is a JSON number and nothing else.
func isNumber(written string) bool {
	if written == "" || written[0] != '-' && (written[0] < '0' || written[0] > '9') {
		return false
	}
	s := &scanner{src: []byte(written)}
	return s.number() == nil && s.at == len(written)
}

// clampExponent reads an exponent of any length.
func clampExponent(written string) int64 {
	n, _ := strconv.ParseInt(written, 10, 64) // out of range it is the nearest number that fits
	return min(max(n, -maxExponent), maxExponent)
}

// String returns the number as it was written.
func (n Number) String() string { return n.written }

// The digits of numbers that binary floating point has gone through. A double
// holds every decimal of 15 digits, and differs from all others in 17.
const (
	exactDigits = 15
	fullDigits  = 17

	// restDigits is how many a number has at least that is the result of such a
	// computation: older PHP writes 14 of 100/3.
	restDigits = 14

	// leastNoise is how many decimals a number has in which the rest of a binary
	// computation stands apart from what was meant: prices have at most four.
	leastNoise = 6
)

// Decimal returns the number with at most [order.MaxScale] decimals, and as
// many as were written where these are no more. ok is false for a number that a
// Decimal cannot hold.
//
// Programs that compute in binary floating point write the rest that it leaves:
// 250.15000000000001 for 250.15, 59.699999999999996 for three times 19.90. What
// is the same double as a number of at most 15 digits is that number. Of another
// one of 14 digits or more, what is beyond the last decimal is rounded to the
// nearest, which changes nothing that an amount or a count can show. A number of
// fewer digits that is finer than the last decimal was meant so, and does not fit.
func (n Number) Decimal() (d order.Decimal, ok bool) {
	if n.digits != "" && int64(len(n.digits))+n.exponent > maxUnits {
		return order.Decimal{}, false // before its digits are computed with, which may be a million
	}
	if short, ok := n.shorter(); ok {
		return short.Decimal()
	}
	if -n.exponent > order.MaxScale {
		if n.tooFine() {
			return order.Decimal{}, false
		}
		n = n.rounded()
	}
	digits, scale := n.digits+strings.Repeat("0", int(max(n.exponent, 0))), max(-n.exponent, 0)
	if n.digits == "" {
		digits = "0"
	}
	for len(digits) > maxUnits && scale > 0 && strings.HasSuffix(digits, "0") {
		digits, scale = digits[:len(digits)-1], scale-1
	}
	units, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return order.Decimal{}, false
	}
	if n.negative {
		units = -units
	}
	return order.Decimal{Units: units, Scale: uint8(scale)}, true
}

// maxUnits is how many digits 63 bits hold.
const maxUnits = 19

// shorter returns the number of few digits that is the same double, where the
// number is written as a double is printed in full.
func (n Number) shorter() (Number, bool) {
	if -n.exponent < leastNoise || len(strings.TrimRight(n.digits, "0")) < fullDigits {
		return Number{}, false
	}
	double, err := strconv.ParseFloat(n.written, 64)
	if err != nil {
		return Number{}, false
	}
	short, ok := ParseNumber(strconv.FormatFloat(double, 'e', -1, 64))
	return short, ok && len(short.digits) <= exactDigits && -short.exponent <= order.MaxScale
}

// tooFine reports whether a number has decimals beyond the last one, and too few
// digits to be what a computation left.
func (n Number) tooFine() bool {
	digits := strings.TrimRight(n.digits, "0")
	decimals := -n.exponent - int64(len(n.digits)-len(digits))
	return digits != "" && decimals > order.MaxScale && len(digits) < restDigits
}

// rounded returns the number with at most MaxScale decimals, without zeros at
// the end. Halves go away from zero.
func (n Number) rounded() Number {
	drop := -n.exponent - order.MaxScale // how many digits are beyond the last decimal
	digits := n.digits
	if drop > int64(len(digits)) {
		digits = ""
	} else {
		cut := len(digits) - int(drop)
		up := digits[cut] >= '5'
		digits = digits[:cut]
		if up {
			digits = plusOne(digits)
		}
	}
	whole := strings.TrimRight(digits, "0")
	n.exponent = int64(len(digits)-len(whole)) - order.MaxScale
	if n.exponent > 0 { // the zeros before the point are digits of the number
		whole, n.exponent = whole+strings.Repeat("0", int(n.exponent)), 0
	}
	if n.digits = whole; whole == "" {
		n.negative, n.exponent = false, 0
	}
	return n
}

// plusOne adds one to a number in digits.
func plusOne(digits string) string {
	if digits == "" {
		return "1"
	}
	sum, _ := new(big.Int).SetString(digits, 10)
	return sum.Add(sum, big.NewInt(1)).String()
}

// Whole returns a whole number: 3, 3.0, 30e-1 and what a binary computation
// leaves of them. ok is false for one that has decimals or more than 63 bits.
func (n Number) Whole() (whole int64, ok bool) {
	d, ok := n.Decimal()
	for ; ok && d.Scale > 0; d.Scale-- {
		if d.Units%10 != 0 {
			return 0, false
		}
		d.Units /= 10
	}
	return d.Units, ok
}

// Plain returns the exact number without exponent and without zeros after its
// last decimal: what a number that stands for a name is called. ok is false when
// that takes more than most digits.
func (n Number) Plain(most int) (plain string, ok bool) {
	digits := strings.TrimRight(n.digits, "0")
	if digits == "" {
		return "0", true
	}
	exponent := n.exponent + int64(len(n.digits)-len(digits))
	length := int64(len(digits)) + max(exponent, 0) // zeros behind
	length = max(length, 1-exponent)                // zeros in front
	if length > int64(most) {
		return "", false
	}
	if exponent >= 0 {
		plain = digits + strings.Repeat("0", int(exponent))
	} else {
		digits = strings.Repeat("0", max(int(1-exponent)-len(digits), 0)) + digits
		point := len(digits) + int(exponent)
		plain = digits[:point] + "." + digits[point:]
	}
	if n.negative {
		plain = "-" + plain
	}
	return plain, true
}
