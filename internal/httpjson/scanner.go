package httpjson

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// JSON says which JSON is accepted. encoding/json lets the last of two equal names
// win, turns bytes that are no text into replacement characters and leaves what
// follows the value unread; each of these could make an order say what its sender
// did not mean.
type JSON struct {
	// Depth is how deep objects and lists may stand in each other.
	Depth int

	// FoldName returns what counts of a name: two names of one object may not agree in
	// it. nil means every character counts.
	FoldName func(name string) string

	// Secret is set where passwords and keys are sent: a refusal says where the
	// body is wrong, and repeats neither names nor values, for a secret may stand
	// in the wrong place.
	Secret bool

	// RejectLoneSurrogates refuses half a character: JavaScript writes \ud83d for
	// what is left of an emoji where it cut a text. Else it is accepted, and
	// encoding/json reads it as U+FFFD.
	RejectLoneSurrogates bool

	// EmptyList accepts a body that is an empty list for an empty object; see
	// [IsEmpty].
	EmptyList bool
}

// Object returns a body that is one JSON object, without a byte order mark; any
// other is refused, with the place where it is wrong.
func (j JSON) Object(sent []byte) ([]byte, error) {
	s := &scanner{JSON: j, src: TrimBOM(sent)}
	if bad := invalidUTF8(s.src); bad >= 0 {
		return nil, s.fail(bad, "a byte (0x%02x) that is not UTF-8", s.src[bad])
	}
	s.space()
	if s.at == len(s.src) {
		return nil,
			order.Errorf(order.Malformed, "json-malformed", "The body is empty.").WithHint("Send one JSON object.")
	}
	if j.EmptyList && IsEmpty(s.src) {
		return []byte("{}"), nil
	}
	if s.src[s.at] != '{' {
		return nil, s.fail(s.at, "%s where a JSON object begins with {", s.seen())
	}
	if err := s.value(); err != nil {
		return nil, err
	}
	if s.space(); s.at < len(s.src) {
		return nil, s.fail(s.at, "%s after the end of the object", s.seen())
	}
	return s.src, nil
}

// Pointer returns the place (RFC 6901) of a member, by the place of what it stands
// in.
func Pointer(at, name string) string {
	return at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// invalidUTF8 returns the place of the first byte that is not UTF-8, or -1.
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// scanner goes through JSON that came from outside. Its path is joined for a
// refusal alone: a long name before many members would be copied for each.
type scanner struct {
	JSON
	src   []byte
	at    int
	depth int
	path  []string
}

// value steps over the value at the present place.
func (s *scanner) value() error {
	switch c := s.peek(); {
	case c == '{':
		return s.object()
	case c == '[':
		return s.list()
	case c == '"':
		_, err := s.text()
		return err
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	}
	return s.literal()
}

func (s *scanner) object() error {
	names := map[string]bool{}
	return s.items('}', func() error { return s.member(names) })
}

// member steps over a name and its value. Names that count as the same may not
// stand beside each other.
func (s *scanner) member(names map[string]bool) error {
	begin := s.at
	if s.peek() != '"' {
		return s.bareName()
	}
	name, err := s.text()
	if err != nil {
		return err
	}
	s.path = append(s.path, name)
	folded := s.foldName(name)
	if names[folded] {
		return s.refuse(begin, "json-duplicate-key",
			fmt.Sprintf("The name%s stands twice in one object", s.quoted(name)))
	}
	names[folded] = true
	if s.space(); s.peek() != ':' {
		return s.fail(s.at, "%s where a colon follows the name%s", s.seen(), s.quoted(name))
	}
	s.at++
	s.space()
	if err := s.value(); err != nil {
		return err
	}
	s.path = s.path[:len(s.path)-1]
	return nil
}

func (s *scanner) foldName(name string) string {
	if s.FoldName == nil {
		return name
	}
	return s.FoldName(name)
}

// quoted repeats a name that a refusal is about, where that may be done.
func (s *scanner) quoted(name string) string {
	if s.Secret {
		return ""
	}
	return fmt.Sprintf(" %q", order.Truncate(name))
}

func (s *scanner) list() error {
	outer, n := len(s.path), 0
	err := s.items(']', func() error {
		s.path = append(s.path[:outer], strconv.Itoa(n))
		n++
		return s.value()
	})
	if err == nil {
		s.path = s.path[:outer]
	}
	return err
}

// items steps over what stands between two brackets, with the commas.
func (s *scanner) items(end byte, item func() error) error {
	if s.depth++; s.depth > s.Depth {
		return s.refuse(s.at, "json-too-deep", fmt.Sprintf("The body is nested deeper than %d levels", s.Depth))
	}
	s.at++
	if s.space(); s.peek() != end {
		for more := true; more; {
			if err := item(); err != nil {
				return err
			}
			var err error
			if more, err = s.comma(end); err != nil {
				return err
			}
		}
	}
	s.at++
	s.depth--
	return nil
}

// comma steps over the comma before another item; without one the end must
// follow.
func (s *scanner) comma(end byte) (more bool, err error) {
	s.space()
	switch s.peek() {
	case end:
		return false, nil
	case ',':
		s.at++
		if s.space(); s.peek() == end {
			return false, s.fail(s.at, "%c after a comma; take the comma away", end)
		}
		return true, nil
	}
	return false, s.fail(s.at, "%s where a comma or %c is wanted", s.seen(), end)
}

// blanks are the characters that may stand between the parts of JSON.
const blanks = " \t\r\n"

func (s *scanner) space() {
	for s.at < len(s.src) && strings.IndexByte(blanks, s.src[s.at]) >= 0 {
		s.at++
	}
}

// peek returns the byte at the present place, 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.src) {
		return s.src[s.at]
	}
	return 0
}

// text reads a string with its quotes.
func (s *scanner) text() (string, error) {
	begin := s.at
	s.at++
	var out []byte
	plain := s.at // where the text begins that is not in out yet
	for s.at < len(s.src) {
		switch c := s.src[s.at]; {
		case c == '"':
			rest := s.src[plain:s.at]
			s.at++
			if out == nil {
				return string(rest), nil
			}
			return string(append(out, rest...)), nil
		case c < ' ':
			return "", s.fail(s.at, "a control character (0x%02x) within quotes; write it as an escape", c)
		case c == '\\':
			out = append(out, s.src[plain:s.at]...)
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
			plain = s.at
		default:
			s.at++
		}
	}
	return "", s.fail(begin, "a quote that is never closed")
}

func (s *scanner) escape() (rune, error) {
	begin := s.at
	s.at++
	c := s.peek()
	s.at++
	if i := strings.IndexByte(`"\/bfnrt`, c); c != 0 && i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	if c != 'u' {
		return 0, s.fail(begin, `an escape that JSON does not have; a backslash itself is written \\`)
	}
	r, ok := s.hex()
	if half := s.at; ok && utf16.IsSurrogate(r) {
		if r, ok = s.lowSurrogate(r); !ok && !s.RejectLoneSurrogates {
			s.at = half
			return utf8.RuneError, nil
		}
	}
	if !ok {
		return 0, s.fail(begin, `a \u escape that stands for no character`)
	}
	return r, nil
}

func (s *scanner) lowSurrogate(high rune) (rune, bool) {
	if !bytes.HasPrefix(s.src[min(s.at, len(s.src)):], []byte(`\u`)) {
		return 0, false
	}
	s.at += 2
	low, ok := s.hex()
	r := utf16.DecodeRune(high, low)
	return r, ok && r != utf8.RuneError
}

func (s *scanner) hex() (rune, bool) {
	if s.at+4 > len(s.src) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s.src[s.at:s.at+4]), 16, 16)
	s.at += 4
	return rune(n), err == nil
}

// number steps over a number; what it means is for its reader.
func (s *scanner) number() error {
	begin := s.at
	if s.peek() == '-' {
		s.at++
	}
	leadingZero := s.peek() == '0'
	whole := s.digits()
	ok := whole == 1 || whole > 1 && !leadingZero
	if s.peek() == '.' {
		s.at++
		ok = s.digits() > 0 && ok
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		ok = s.digits() > 0 && ok
	}
	switch {
	case !ok && s.Secret:
		return s.fail(begin, "something that begins like a number and is none")
	case !ok:
		return s.fail(begin, "%q, which is no JSON number", order.Truncate(string(s.src[begin:s.at])))
	}
	return nil
}

func (s *scanner) digits() int {
	begin := s.at
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		s.at++
	}
	return s.at - begin
}

// literal steps over true, false and null.
func (s *scanner) literal() error {
	word := s.bareWord()
	switch {
	case word == "true" || word == "false" || word == "null":
		s.at += len(word)
		return nil
	case word == "":
		return s.fail(s.at, "%s where a value is wanted", s.seen())
	case s.Secret:
		return s.fail(s.at, "a word without quotes; write it in double quotes")
	}
	return s.fail(s.at, "the word %s without quotes; write %q", order.Truncate(word), order.Truncate(word))
}

// bareName refuses a name without quotes, as one version of the vendor's own
// pages shows it.
func (s *scanner) bareName() error {
	switch word := s.bareWord(); {
	case word != "" && s.Secret:
		return s.fail(s.at, "a name without quotes; write it in double quotes")
	case word != "":
		return s.fail(s.at, "the name %s without quotes; write %q", order.Truncate(word), order.Truncate(word))
	}
	return s.fail(s.at, "%s where a name in quotes is wanted", s.seen())
}

// bareWord is the run of word characters, digits and underscores at the present place.
func (s *scanner) bareWord() string {
	rest := s.src[s.at:]
	end := bytes.IndexFunc(rest, func(r rune) bool {
		return !(r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= utf8.RuneSelf)
	})
	if end < 0 {
		end = len(rest)
	}
	return string(rest[:end])
}

// seen names what stands at the present place.
func (s *scanner) seen() string {
	if s.at >= len(s.src) {
		return "the end of the body"
	}
	r, _ := utf8.DecodeRune(s.src[s.at:])
	return strconv.QuoteRune(r)
}

// fail says what was met, and where.
func (s *scanner) fail(at int, format string, args ...any) error {
	return s.refuse(at, "json-malformed", "The JSON cannot be read: there is "+fmt.Sprintf(format, args...))
}

func (s *scanner) refuse(at int, code, what string) error {
	line := 1 + bytes.Count(s.src[:at], []byte("\n"))
	column := at - bytes.LastIndexByte(s.src[:at], '\n')
	field := order.Field{Line: line, Column: column}
	if !s.Secret {
		for _, name := range s.path {
			field.Pointer = Pointer(field.Pointer, name)
		}
		field.Value = string(s.src[at:min(len(s.src), at+maxShown)])
	}
	return order.Errorf(order.Malformed, code, "%s (line %d, column %d).", what, line, column).
		WithHint("Send one JSON object, with names and texts in double quotes and no comma before a closing bracket.").
		WithField(field)
}

// maxShown is how much of the body a refusal repeats at most.
const maxShown = 40

// IsEmpty reports whether a JSON value is an object or a list without anything
// in it. To PHP the two are the same: json_encode writes [] for an array that
// has no members, whatever it would have been with some, so each passes for the
// other wherever it may be empty.
func IsEmpty(value []byte) bool {
	value = bytes.Trim(value, blanks)
	if len(value) < 2 {
		return false
	}
	first, last := value[0], value[len(value)-1]
	brackets := first == '{' && last == '}' || first == '[' && last == ']'
	return brackets && len(bytes.Trim(value[1:len(value)-1], blanks)) == 0
}
