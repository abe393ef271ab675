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

	"github.com/bookgate/bookgate/internal/body"
	"github.com/bookgate/bookgate/order"
)

const (
	// maxBody is the greatest request: an order of a thousand items with every
	// field at its longest is less.
	maxBody = 2 << 20

	// maxDepth is how deep a body may be nested; an order has four levels.
	maxDepth = 8
)

// mediaType is what answers are labelled as, and what the original request of an
// order is kept as. What the request is labelled as does not matter: clients
// that set no label are sent as forms, and the body tells.
const mediaType = "application/json"

// object is a JSON object. Its values are nil, bool, string, json.Number, object
// and []any. Names are taken as they are written: VAT is not vat.
type object = map[string]any

// parse reads a body that is one JSON object. An empty list passes for an empty
// object, because PHP writes one so.
func parse(sent []byte) (o object, err error) {
	err = body.JSON{Depth: maxDepth, EmptyList: true}.Decode(sent, &o)
	return o, err
}

// asObject takes an object, and an empty list for one.
func asObject(v any) (object, bool) {
	if list, ok := v.([]any); ok && len(list) == 0 {
		return object{}, true
	}
	o, ok := v.(object)
	return o, ok
}

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

// required reads a text that must be there.
func (f form) required(name string) string { return f.text(name, true, false) }

// optional reads a text that may be left out, be null or be empty.
func (f form) optional(name string) string { return f.text(name, false, false) }

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
func jsonNumber(v any) (n body.Number, ok bool) {
	written, ok := v.(json.Number)
	if !ok {
		return body.Number{}, false
	}
	return body.ParseNumber(written.String())
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

// shippedAt reads when an order was sent; without a body, or without the member
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
		return time.Time{}, invalid([]badField{wrong("shippedAt", "A time in ISO 8601 is required e.g. 2017-07-20T13:37:00.000Z")})
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

// zonesOf are the ways of writing an offset; a day alone has none.
func zonesOf(clock string) []string {
	if clock == "" {
		return []string{""}
	}
	return []string{"Z07:00", "Z0700", "Z07", ""}
}

// inFourDigits reports whether a time can be written in UTC as it was read.
func inFourDigits(t time.Time) bool { y := t.UTC().Year(); return y >= 1 && y <= 9999 }
