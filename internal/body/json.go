package body

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// JSON says which JSON is taken. encoding/json lets the last of two equal names
// win, turns bytes that are no text into replacement characters and leaves what
// follows the value unread; each of these could make an order say what nobody meant.
type JSON struct {
	// Depth is how deep objects and lists may stand in each other.
	Depth int

	// Same gives what counts of a name: two names of one object may not agree in
	// it. nil means every letter counts.
	Same func(name string) string

	// Secret is set where passwords and keys are sent: a refusal says where the
	// body is wrong, and repeats neither names nor values, for a secret may stand
	// in the wrong place.
	Secret bool

	// Whole refuses half a character: JavaScript writes \ud83d for what is left of
	// an emoji where it cut a text. Else it is taken, and encoding/json reads it as
	// U+FFFD.
	Whole bool

	// EmptyList takes a body that is an empty list for an empty object; see
	// [IsEmpty].
	EmptyList bool
}

// Object gives a body that is one JSON object, without a byte order mark; any
// other is refused, with the place where it is wrong.
func (j JSON) Object(sent []byte) ([]byte, error) {
	g := &gate{JSON: j, src: Unmarked(sent)}
	if bad := invalidUTF8(g.src); bad >= 0 {
		return nil, g.fail(bad, "a byte (0x%02x) that is not UTF-8", g.src[bad])
	}
	g.space()
	if g.at == len(g.src) {
		return nil, order.Errorf(order.Malformed, "json-malformed", "The body is empty.").WithHint("Send one JSON object.")
	}
	if j.EmptyList && IsEmpty(g.src) {
		return []byte("{}"), nil
	}
	if g.src[g.at] != '{' {
		return nil, g.fail(g.at, "%s where a JSON object begins with {", g.seen())
	}
	if err := g.value(); err != nil {
		return nil, err
	}
	if g.space(); g.at < len(g.src) {
		return nil, g.fail(g.at, "%s after the end of the object", g.seen())
	}
	return g.src, nil
}

// Decode reads a body that is one JSON object into a value, as encoding/json
// does; where it may be of any type a number is a json.Number.
func (j JSON) Decode(sent []byte, into any) error {
	text, err := j.Object(sent)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read a JSON object: %w", err)
	}
	return nil
}

// Pointer gives the place (RFC 6901) of a member, by the place of what it stands
// in.
func Pointer(at, name string) string {
	return at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// gate goes through JSON that came from outside. Its path is joined for a
// refusal alone: a long name before many members would be copied for each.
type gate struct {
	JSON
	src   []byte
	at    int
	depth int
	path  []string
}

// value steps over the value at the present place.
func (g *gate) value() error {
	switch c := g.peek(); {
	case c == '{':
		return g.object()
	case c == '[':
		return g.list()
	case c == '"':
		_, err := g.text()
		return err
	case c == '-' || c >= '0' && c <= '9':
		return g.number()
	}
	return g.literal()
}

func (g *gate) object() error {
	names := map[string]bool{}
	return g.items('}', func() error { return g.member(names) })
}

// member steps over a name and its value. Names that count as the same may not
// stand beside each other.
func (g *gate) member(names map[string]bool) error {
	begin := g.at
	if g.peek() != '"' {
		return g.bareName()
	}
	name, err := g.text()
	if err != nil {
		return err
	}
	g.path = append(g.path, name)
	if names[g.same(name)] {
		return g.refuse(begin, "json-duplicate-key", fmt.Sprintf("The name%s stands twice in one object", g.quoted(name)))
	}
	names[g.same(name)] = true
	if g.space(); g.peek() != ':' {
		return g.fail(g.at, "%s where a colon follows the name%s", g.seen(), g.quoted(name))
	}
	g.at++
	g.space()
	if err := g.value(); err != nil {
		return err
	}
	g.path = g.path[:len(g.path)-1]
	return nil
}

func (g *gate) same(name string) string {
	if g.Same == nil {
		return name
	}
	return g.Same(name)
}

// quoted repeats a name that a refusal is about, where that may be done.
func (g *gate) quoted(name string) string {
	if g.Secret {
		return ""
	}
	return fmt.Sprintf(" %q", order.Cut(name))
}

func (g *gate) list() error {
	outer, n := len(g.path), 0
	err := g.items(']', func() error {
		g.path = append(g.path[:outer], strconv.Itoa(n))
		n++
		return g.value()
	})
	if err == nil {
		g.path = g.path[:outer]
	}
	return err
}

// items steps over what stands between two brackets, with the commas.
func (g *gate) items(end byte, item func() error) error {
	if g.depth++; g.depth > g.Depth {
		return g.refuse(g.at, "json-too-deep", fmt.Sprintf("The body is nested deeper than %d levels", g.Depth))
	}
	g.at++
	if g.space(); g.peek() != end {
		for more := true; more; {
			if err := item(); err != nil {
				return err
			}
			var err error
			if more, err = g.comma(end); err != nil {
				return err
			}
		}
	}
	g.at++
	g.depth--
	return nil
}

// comma steps over the comma before another item; without one the end must
// follow.
func (g *gate) comma(end byte) (more bool, err error) {
	g.space()
	switch g.peek() {
	case end:
		return false, nil
	case ',':
		g.at++
		if g.space(); g.peek() == end {
			return false, g.fail(g.at, "%c after a comma; take the comma away", end)
		}
		return true, nil
	}
	return false, g.fail(g.at, "%s where a comma or %c is wanted", g.seen(), end)
}
