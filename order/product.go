package order

import (
	"strconv"
	"strings"
	"unicode"
)

// eanLen is the length of an EAN-13, which every ISBN now is.
const eanLen = 13

// productPreference is the order in which a line's identifiers are asked for
// its product: the first scheme present wins.
var productPreference = []string{"EAN13", "GTIN14", "ISBN", "ISMN", "UPC", "SKU", "Seller", "Buyer", "Proprietary"}

// Product returns the identifier that stands for the line's product.
func (l *Line) Product() Identifier {
	for _, scheme := range productPreference {
		for _, id := range l.Products {
			if id.Type == scheme {
				return id
			}
		}
	}
	if len(l.Products) > 0 {
		return l.Products[0]
	}
	return Identifier{}
}

// EAN returns the line's product as a 13 digit EAN where it has one (an ISBN-10
// and a GTIN-14 of single copies are turned into it), else the value of the
// preferred identifier, so that no line is without a name.
func (l *Line) EAN() string {
	id := l.Product()
	if ean, ok := ToEAN(id.Value); ok {
		return ean
	}
	return id.Value
}

// ToEAN turns an EAN-13, ISBN-13, ISBN-10, UPC-A or a GTIN-14 for a single
// copy, with or without hyphens and blanks, into 13 digits. ok is false when s
// is none of these or its check digit is wrong.
func ToEAN(s string) (ean string, ok bool) {
	s = bareNumber(s)
	switch len(s) {
	case 14:
		if s[0] != '0' {
			return "", false
		}
		s = s[1:]
	case 12:
		s = "0" + s
	case 10:
		if want, digits := ISBN10Check(s); !digits || want != s[9] {
			return "", false
		}
		s = "978" + s[:9]
		check, _ := GTINCheck(s + "0")
		return s + string(check), true
	}
	if len(s) != eanLen {
		return "", false
	}
	want, digits := GTINCheck(s)
	return s, digits && want == s[len(s)-1]
}

// bareNumber takes hyphens, blanks and characters without width out of a number
// pasted from print or from a web page.
func bareNumber(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'x':
			return 'X'
		case r >= '0' && r <= '9':
			return r
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), unicode.Is(unicode.Cf, r), r == '\u2212':
			return -1
		}
		return r
	}, s)
}

// GTINCheck returns the check digit that the last place of s should hold by the
// GS1 rule (EAN-8, UPC-A, EAN-13, GTIN-14, GLN). ok is false when s is not
// digits.
func GTINCheck(s string) (want byte, ok bool) {
	if len(s) < 2 || !allDigits(s) {
		return 0, false
	}
	sum := 0
	for i, weight := len(s)-2, 3; i >= 0; i, weight = i-1, 4-weight {
		sum += int(s[i]-'0') * weight
	}
	return byte('0' + (10-sum%10)%10), true
}

// ISBN10Check returns the check character that the tenth place of s should hold.
// ok is false when the first nine places are not digits.
func ISBN10Check(s string) (want byte, ok bool) {
	if len(s) != 10 || !allDigits(s[:9]) {
		return 0, false
	}
	sum := 0
	for i := range 9 {
		sum += (10 - i) * int(s[i]-'0')
	}
	check := (11 - sum%11) % 11
	if check == 10 {
		return 'X', true
	}
	return strconv.Itoa(check)[0], true
}
