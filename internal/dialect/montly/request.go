package montly

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// object is a JSON object. Its values are nil, bool, string, json.Number, object
// and []any. Names are case-sensitive: VAT is not vat.
type object = map[string]any

// parse parses a body that is one JSON object. An empty list is accepted as an
// empty object, because PHP writes it so.
func parse(sent []byte) (o object, err error) {
	err = httpjson.JSON{Depth: maxDepth, EmptyList: true}.Decode(sent, &o)
	return o, err
}

// asObject returns an object, also for an empty list.
func asObject(v any) (object, bool) {
	if list, ok := v.([]any); ok && len(list) == 0 {
		return object{}, true
	}
	o, ok := v.(object)
	return o, ok
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
type form struct {
	in  object
	at  string // prefix of the names of its fields, such as billing.
	bad *[]badField
}

func (f form) fault(b badField) { *f.bad = append(*f.bad, b) }

// value returns a member; null is a missing one.
func (f form) value(name string, needed bool) any {
	v := f.in[name]
	if v == nil && needed {
		f.fault(missing(f.at + name))
	}
	return v
}

// part returns the form of a member that is an object; ok is false without one.
func (f form) part(name string, needed bool) (member form, ok bool) {
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

// jsonNumber returns a value that is a JSON number.
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

// maxDigits is longer than any accepted number.
const maxDigits = 30

// numberText returns the digits of a number in quotes, with at most one full
// stop.
func numberText(v any) (string, bool) {
	s, ok := v.(string)
	s = strings.TrimSpace(s)
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
	v := in["shippedAt"]
	if v == nil {
		return now, nil
	}
	s, _ := v.(string)
	at, ok := parseTime(s)
	if !ok {
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
