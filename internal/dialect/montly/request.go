package montly

import (
	"bytes"
	"math/big"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/order"
)

const (
	// maxBody bounds a request in bytes: an order of a thousand items with every
	// field at its longest is shorter.
	maxBody = 2 << 20

	// maxDepth bounds the nesting of a body; an order has four levels.
	maxDepth = 8
)

// mediaType is the media type of answers, and of the stored request of an order.
// The Content-Type of a request is ignored: clients that set none send that of
// forms.
const mediaType = "application/json"

// parse parses a body that is one JSON object. An empty list is accepted as an
// empty object, because PHP writes it so. Names are case-sensitive: VAT is not vat.
func parse(sent []byte) (*httpjson.Value, error) {
	return httpjson.JSON{Depth: maxDepth, EmptyList: true}.Parse(sent)
}

// badField is an invalid field of a request, as the original writes it.
type badField struct {
	Title   string `json:"title,omitempty"`
	Message string `json:"message"`
	Field   string `json:"field"`
}

// missing is the error of a missing field, in the words of the original.
func missing(field string) badField {
	return badField{"notNull Violation", field + " cannot be null on " + field, field}
}

// wrong is the error of an invalid field. Every message of the original ends with
// the name of the field.
func wrong(field, what string) badField {
	return badField{Message: what + " on " + field, Field: field}
}

// form reads an object member by member and collects all errors.
type form struct{ httpjson.Object }

// newForm returns the form of a body.
func newForm(body *httpjson.Value) form {
	return form{httpjson.NewObject(body, &httpjson.Words{
		Missing: order.Field{Code: codeMissing},
		Type:    func(_, wanted httpjson.Kind) string { return "An object is required" },
	})}
}

// codeMissing is the code of the fault of a missing field.
const codeMissing = "missing"

// invalidFields returns the faults as the original writes them.
func (f form) invalidFields() []badField {
	bad := []badField{}
	for _, fault := range f.Faults() {
		field := strings.ReplaceAll(strings.TrimPrefix(fault.Pointer, "/"), "/", ".")
		if fault.Code == codeMissing {
			bad = append(bad, missing(field))
		} else {
			bad = append(bad, wrong(field, fault.Message))
		}
	}
	return bad
}

// value returns a member; null is a missing one.
func (f form) value(name string, needed bool) *httpjson.Value {
	if needed {
		return f.Required(name)
	}
	return f.Get(name)
}

// part returns the form of a member that is an object; ok is false without one.
func (f form) part(name string, needed bool) (member form, ok bool) {
	if f.value(name, needed) == nil {
		return form{}, false
	}
	inside, ok := f.Object.Object(name)
	return form{inside}, ok
}

// maxText bounds a text, in characters.
const maxText = 255

// required reads a required text.
func (f form) required(name string) string { return f.text(name, true, false) }

// optional reads a text that may be missing, null or empty.
func (f form) optional(name string) string { return f.text(name, false, false) }

// text reads a text. Real clients send some ids as numbers; loose accepts them by
// value: 2026.0 is 2026.
func (f form) text(name string, needed, loose bool) string {
	v := f.value(name, needed)
	s, ok := v.Text(), v.Kind() == httpjson.KindString
	if n, number := v.Number(); number && loose {
		if s, ok = n.Plain(maxText); !ok {
			f.Fault(name, "At most %d characters are allowed", maxText)
			return ""
		}
	}
	switch {
	case v == nil:
		return ""
	case !ok:
		f.Fault(name, "A text is required")
	case needed && strings.TrimSpace(s) == "":
		f.Fault(name, "A value is required")
	case utf8.RuneCountInString(s) > maxText:
		f.Fault(name, "At most %d characters are allowed", maxText)
	case strings.ContainsFunc(s, unprintable):
		f.Fault(name, "A control character is not allowed")
	default:
		return s
	}
	return ""
}

// unprintable reports characters that XML cannot have. Line breaks come from real
// forms, and are replaced by blanks later.
func unprintable(r rune) bool {
	return unicode.IsControl(r) && !unicode.IsSpace(r) || r == '\ufffe' || r == '\uffff'
}

// The largest accepted numbers: a million pieces, and ten billion kronor in öre.
// Their products and sums fit in 63 bits.
const (
	maxQuantity = 1_000_000
	maxAmount   = 1_000_000_000_000
)

// amount reads an amount of money in öre. A missing one is an error.
func (f form) amount(name string, least int64) int64 { return f.whole(name, least, maxAmount) }

// whole reads a whole number within bounds, from a number or a text.
func (f form) whole(name string, least, most int64) int64 {
	v := f.value(name, true)
	if v == nil {
		return 0
	}
	n, ok := wholeOf(v)
	switch {
	case !ok:
		f.Fault(name, "A whole number is required")
	case n < least:
		f.Fault(name, "The minimum is %d", least)
	case n > most:
		f.Fault(name, "The maximum is %d", most)
	default:
		return n
	}
	return 0
}

// wholeOf reads a number by its value, and a text of digits such as "24".
func wholeOf(v *httpjson.Value) (int64, bool) {
	if n, ok := v.Number(); ok {
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
		f.Fault(name, "A decimal number is required")
	}
	return d
}

func decimalOf(v *httpjson.Value) (order.Decimal, bool) {
	if n, ok := v.Number(); ok {
		return n.Decimal()
	}
	s, ok := numberText(v)
	d, err := order.ParseDecimal(s)
	return d, ok && err == nil
}

// maxDigits is longer than any accepted number.
const maxDigits = 30

// numberText returns the digits of a number in quotes, with at most one full
// stop.
func numberText(v *httpjson.Value) (string, bool) {
	s, ok := strings.TrimSpace(v.Text()), v.Kind() == httpjson.KindString
	whole, fraction, pointed := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return s, ok && len(s) <= maxDigits && isDigits(whole) && (!pointed || isDigits(fraction))
}

// shippedAt reads when an order was shipped; without a body, or without the member
// in it, that is now.
func shippedAt(body []byte, now time.Time) (time.Time, error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || string(body) == "null" {
		return now, nil
	}
	in, err := parse(body)
	if err != nil {
		return time.Time{}, err
	}
	v := in.Get("shippedAt")
	if v == nil {
		return now, nil
	}
	at, ok := parseTime(v.Text())
	if !ok || v.Kind() != httpjson.KindString {
		return time.Time{}, invalid([]badField{
			wrong("shippedAt", "A time in ISO 8601 is required e.g. 2017-07-20T13:37:00.000Z")})
	}
	return at, nil
}

// parseTime reads a time in any of the forms of ISO 8601 that have a day: with or
// without dashes and colons, seconds and their parts, the time itself, and an
// offset. Without an offset it is in UTC.
func parseTime(s string) (time.Time, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	for _, day := range []string{"2006-01-02", "20060102"} {
		for _, clock := range []string{"", "T15:04:05", "T150405", "T15:04", "T1504", "T15"} {
			for _, zone := range zonesOf(clock) {
				if t, err := time.Parse(day+clock+zone, s); err == nil && t.Year() > 0 {
					return t, inFourDigits(t)
				}
			}
		}
	}
	return time.Time{}, false
}

// zonesOf returns the forms of an offset; a day alone has none.
func zonesOf(clock string) []string {
	if clock == "" {
		return []string{""}
	}
	return []string{"Z07:00", "Z0700", "Z07", ""}
}

// inFourDigits reports whether a time can be written in UTC as it was read.
func inFourDigits(t time.Time) bool { y := t.UTC().Year(); return y >= 1 && y <= 9999 }
