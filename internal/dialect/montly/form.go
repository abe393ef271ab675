package montly

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/order"
)

// badField is one value of a request at fault, as the original writes it.
type badField struct {
	Title   string `json:"title,omitempty"`
	Message string `json:"message"`
	Field   string `json:"field"`
}

// missing is the fault of a value that is not there; the words are the
// original's.
func missing(field string) badField {
	return badField{"notNull Violation", field + " cannot be null on " + field, field}
}

// wrong is the fault of a value that cannot be taken. Every message of the
// original ends by naming the field.
func wrong(field, what string) badField {
	return badField{Message: what + " on " + field, Field: field}
}

// form reads an object member by member and gathers all that is at fault.
type form struct {
	in  object
	at  string // what stands before the names of its fields, such as billing.
	bad *[]badField
}

func (f form) fault(b badField) { *f.bad = append(*f.bad, b) }

// value gives a member; one that is null is not there.
func (f form) value(name string, needed bool) any {
	v := f.in[name]
	if v == nil && needed {
		f.fault(missing(f.at + name))
	}
	return v
}

// part goes into an object, or gives nothing when it is not there.
func (f form) part(name string, needed bool) (form, bool) {
	v := f.value(name, needed)
	if v == nil {
		return form{}, false
	}
	in, ok := asObject(v)
	if !ok {
		f.fault(wrong(f.at+name, "An object is required"))
	}
	return form{in, f.at + name + ".", f.bad}, ok
}

// maxText is how many characters a text may have.
const maxText = 255

// need reads a text that must be there.
func (f form) need(name string) string { return f.text(name, true, false) }

// may reads a text that may be left out, be null or be empty.
func (f form) may(name string) string { return f.text(name, false, false) }

// text reads a text. Real clients send some ids as numbers; loose takes them, and
// each is the name that its value has: 2026.0 is 2026.
func (f form) text(name string, needed, loose bool) string {
	v := f.value(name, needed)
	s, ok := v.(string)
	if n, number := jsonNumber(v); number && loose {
		if s, ok = n.Plain(maxText); !ok {
			f.fault(wrong(f.at+name, fmt.Sprintf("At most %d characters are allowed", maxText)))
			return ""
		}
	}
	switch {
	case v == nil:
		return ""
	case !ok:
		f.fault(wrong(f.at+name, "A text is required"))
	case needed && strings.TrimSpace(s) == "":
		f.fault(wrong(f.at+name, "A value is required"))
	case utf8.RuneCountInString(s) > maxText:
		f.fault(wrong(f.at+name, fmt.Sprintf("At most %d characters are allowed", maxText)))
	case strings.ContainsFunc(s, unprintable):
		f.fault(wrong(f.at+name, "A control character is not allowed"))
	default:
		return s
	}
	return ""
}

// unprintable reports what no document of the trade can carry. Breaks of lines
// come from real forms, and are made blanks later.
func unprintable(r rune) bool {
	return unicode.IsControl(r) && !unicode.IsSpace(r) || r == '\ufffe' || r == '\uffff'
}

// The greatest numbers that are taken: a million pieces, and ten milliards of
// kronor. Multiplied and added up they stay within 63 bits.
const (
	maxQuantity = 1_000_000
	maxAmount   = 1_000_000_000_000
)

// amount reads an amount of money in the smallest unit. A missing one is not 0.
func (f form) amount(name string, least int64) int64 { return f.whole(name, least, maxAmount) }

// whole reads a whole number in its bounds, from a number or a text.
func (f form) whole(name string, least, most int64) int64 {
	v := f.value(name, true)
	if v == nil {
		return 0
	}
	n, ok := wholeOf(v)
	switch {
	case !ok:
		f.fault(wrong(f.at+name, "A whole number is required"))
	case n < least:
		f.fault(wrong(f.at+name, fmt.Sprintf("The minimum is %d", least)))
	case n > most:
		f.fault(wrong(f.at+name, fmt.Sprintf("The maximum is %d", most)))
	default:
		return n
	}
	return 0
}

// jsonNumber returns a number that is no text.
func jsonNumber(v any) (n httpjson.Number, ok bool) {
	written, ok := v.(json.Number)
	if !ok {
		return httpjson.Number{}, false
	}
	return httpjson.ParseNumber(written.String())
}

// wholeOf reads a number by its value, and a text of digits such as "24".
func wholeOf(v any) (int64, bool) {
	if n, ok := jsonNumber(v); ok {
		return n.Whole()
	}
	s, ok := numberText(v)
	if !ok {
		return 0, false
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}

// decimal reads a number with decimals that is not below 0, from a number or a
// text.
func (f form) decimal(name string) order.Decimal {
	v := f.value(name, true)
	if v == nil {
		return order.Decimal{}
	}
	d, ok := decimalOf(v)
	if !ok || d.Units < 0 {
		f.fault(wrong(f.at+name, "A decimal number is required"))
	}
	return d
}

func decimalOf(v any) (order.Decimal, bool) {
	if n, ok := jsonNumber(v); ok {
		return n.Decimal()
	}
	s, ok := numberText(v)
	d, err := order.ParseDecimal(s)
	return d, ok && err == nil
}

// maxDigits is longer than any number that is taken.
const maxDigits = 30

// numberText returns the digits of a number in quotes, with at most one full
// stop.
func numberText(v any) (string, bool) {
	s, ok := v.(string)
	s = strings.TrimSpace(s)
	whole, fraction, pointed := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return s, ok && len(s) <= maxDigits && isDigits(whole) && (!pointed || isDigits(fraction))
}
