package hal

import (
	"time"

	"github.com/bookgate/bookgate/internal/jsontext"
)

// appendMember appends `"name":"value"`. name is one of our constants.
func appendMember(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, '"'), name...), `":`...)
	return jsontext.AppendString(dst, value)
}

// object appends the members of one JSON object and the commas between them.
type object struct {
	dst   []byte
	begun bool
}

func openObject(dst []byte) *object { return &object{dst: append(dst, '{')} }

// name begins a member whose value the caller appends to o.dst.
func (o *object) name(name string) {
	if o.begun {
		o.dst = append(o.dst, ',')
	}
	o.begun = true
	o.dst = append(append(append(o.dst, '"'), name...), `":`...)
}

// text appends a member, or nothing when value is empty.
func (o *object) text(name, value string) {
	if value != "" {
		o.name(name)
		o.dst = jsontext.AppendString(o.dst, value)
	}
}

func (o *object) close() []byte { return append(o.dst, '}') }

// Time is an instant in a document: RFC 3339 in UTC with microseconds, the
// precision of the store. All have the same length, for readers that expect it.
type Time struct{ time.Time }

// timeLayout is the format of every time in our own documents and events.
const timeLayout = "2006-01-02T15:04:05.000000Z07:00"

// NewTime returns the Time of an instant; the zero time stays zero.
func NewTime(t time.Time) Time { return Time{t.UTC().Truncate(time.Microsecond)} }

// MarshalJSON writes the time.
func (t Time) MarshalJSON() ([]byte, error) {
	return t.UTC().AppendFormat(nil, `"`+timeLayout+`"`), nil
}
