package hal

import (
	"time"
)

// Time is an instant in a document: RFC 3339 in UTC with microseconds, as exact
// as times are stored. All have the same length, for readers that expect it.
type Time struct{ time.Time }

// timeLayout is the form of every time in our own documents and events.
const timeLayout = "2006-01-02T15:04:05.000000Z07:00"

// NewTime makes the Time of an instant; the zero time stays zero.
func NewTime(t time.Time) Time { return Time{t.UTC().Truncate(time.Microsecond)} }

// MarshalJSON writes the time.
func (t Time) MarshalJSON() ([]byte, error) {
	return t.UTC().AppendFormat(nil, `"`+timeLayout+`"`), nil
}
