package order

import (
	"errors"
	"strconv"
	"strings"
)

// Decimal is an exact decimal number that keeps its written scale: 30.00 stays
// 30.00. Money and percentages are Decimals; nothing of ours passes through
// binary floating point.
type Decimal struct {
	Units int64 // the number times ten to the power of Scale
	Scale uint8 // digits after the point, at most MaxScale
}

// MaxScale bounds the digits after the point. Prices in the trade use two to
// four; more than nine is a sender's arithmetic leaking out.
const MaxScale = 9

var errDecimal = errors.New("a decimal number has digits and at most one full stop, such as 250.15")

// ParseDecimal reads a number as xs:decimal writes it: an optional sign,
// digits, a full stop as decimal mark, no exponent and no thousands mark.
func ParseDecimal(s string) (Decimal, error) {
	digits := s
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	whole, frac, _ := strings.Cut(digits, ".")
	if whole+frac == "" || len(frac) > MaxScale || !allDigits(whole) || !allDigits(frac) {
		return Decimal{}, errDecimal
	}
	units, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil {
		return Decimal{}, errDecimal
	}
	if s[0] == '-' {
		units = -units
	}
	return Decimal{Units: units, Scale: uint8(len(frac))}, nil
}

// String writes d with exactly Scale digits after the point.
func (d Decimal) String() string {
	sign, units := "", d.Units
	if units < 0 {
		sign, units = "-", -units
	}
	digits := strconv.FormatInt(units, 10)
	if d.Scale == 0 {
		return sign + digits
	}
	scale := int(d.Scale)
	if pad := scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	cut := len(digits) - scale
	return sign + digits[:cut] + "." + digits[cut:]
}

// Equal reports whether d and e are the same number, however they are written.
func (d Decimal) Equal(e Decimal) bool { return d.trim() == e.trim() }

func (d Decimal) trim() Decimal {
	for d.Scale > 0 && d.Units%10 == 0 {
		d.Units /= 10
		d.Scale--
	}
	return d
}

// MarshalText writes d as String does.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Decimal) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDecimal(string(b))
	return err
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
