package order

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind sorts errors by what the caller can do about them. The zero Kind is
// Internal: an error without a kind is our fault, and its text is not shown.
type Kind int

// The kinds of error.
const (
	Internal        Kind = iota
	Malformed            // the request cannot be read
	Invalid              // it can be read, and its content cannot be accepted
	Unauthenticated      // the caller is not known
	Forbidden            // we know who asks, and they may not
	NotFound             // it is not there, or not for this party to see
	Gone                 // it was there, and is no longer stored
	Conflict             // it contradicts what is already so
	Stale                // it was made against an older revision
	TooLarge             // it passes a limit of size
	Unsupported          // it is in a form that is not taken here
	NotAllowed           // it is asked for in a way that this thing does not have
	TooMany              // too many requests; wait RetryAfter
	Unavailable          // we cannot just now; wait RetryAfter
)

// Error is the one error type that crosses a package's API. It is made where
// the fault is known and rendered where it leaves; in between it is only
// wrapped with what was being done.
type Error struct {
	Kind       Kind
	Code       string        // stable and in lower case with dashes, such as "line-blocked"
	Detail     string        // what happened and what was seen, one or two sentences
	Hint       string        // what to do next, or empty
	Fields     []Field       // one per value at fault
	RetryAfter time.Duration // for TooMany and Unavailable
	Err        error         // the cause, for our log only
}

// Field is one value at fault: where it stands, what it is, what is wanted.
type Field struct {
	Pointer   string `json:"pointer,omitempty"`   // a JSON pointer (RFC 6901) into the body
	Parameter string `json:"parameter,omitempty"` // a query parameter or path part
	Header    string `json:"header,omitempty"`    // a request header
	Path      string `json:"path,omitempty"`      // an element path into an XML document
	Line      int    `json:"line,omitempty"`      // from 1, in a text document
	Column    int    `json:"column,omitempty"`    // from 1, counted in bytes
	Code      string `json:"code"`
	Message   string `json:"message"`
	Value     string `json:"value,omitempty"` // what was seen, cut by [Cut]
}

// Error joins code and detail with the cause; it is for logs and tests.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Detail
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error whose detail is formatted.
func Errorf(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// WithHint returns e with the next step added.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// WithField returns e with one more value at fault.
func (e *Error) WithField(f Field) *Error {
	if f.Code == "" {
		f.Code = e.Code
	}
	if f.Message == "" {
		f.Message = e.Detail
	}
	f.Value = Truncate(f.Value)
	e.Fields = append(e.Fields, f)
	return e
}

// KindOf returns the kind of err, Internal for whatever is not an [Error].
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// CodeOf returns the code of err, or "" for whatever is not an [Error].
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// maxShown is how much of a bad value a message repeats: enough to find it,
// too little to fill a log.
const maxShown = 80

// Truncate shortens a value for a message, whole characters only, and blanks what a
// terminal or log could stumble over.
func Truncate(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) <= maxShown {
		return s
	}
	cut := maxShown
	for cut > 0 && s[cut]&0xc0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}

// maxEdits is how far a word may be from the one that was meant: two typing
// errors. Beyond it a suggestion misleads more often than it helps.
const maxEdits = 2

// Nearest returns the candidate that is spelled most like word, if one is at
// most two edits away: for the "did you mean" of messages.
func Nearest(word string, candidates []string) (best string, ok bool) {
	least := maxEdits + 1
	for _, c := range candidates {
		if d := editDistance(word, c, least); d < least {
			best, least, ok = c, d, true
		}
	}
	return best, ok
}

// editDistance is Levenshtein's, giving up at limit.
func editDistance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
