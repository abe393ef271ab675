package boknett

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// maxDepth bounds nesting; the deepest documented body has two levels.
const maxDepth = 8

// gate reads JSON that came from outside. encoding/json lets the last of two
// equal keys win, turns broken text into replacement characters and leaves
// what follows the value unread; each of these could make an order say what
// nobody meant.
type gate struct {
	src   []byte
	at    int
	depth int
	path  string
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// parseObject reads a body that is one JSON object.
func parseObject(src []byte) (value, error) {
	g := &gate{src: bytes.TrimPrefix(src, byteOrderMark)}
	if bad := invalidUTF8(g.src); bad >= 0 {
		return value{}, g.fail(bad, "a byte (0x%02x) that is not UTF-8", g.src[bad])
	}
	g.space()
	if g.at == len(g.src) {
		return value{}, order.Errorf(order.Malformed, "json-malformed", "The body is empty.").WithHint("Send one JSON object.")
	}
	if g.src[g.at] != '{' {
		return value{}, g.fail(g.at, "%s where a JSON object begins with {", g.seen())
	}
	v, err := g.value()
	if err != nil {
		return value{}, err
	}
	if g.space(); g.at < len(g.src) {
		return value{}, g.fail(g.at, "%s after the end of the object", g.seen())
	}
	return v, nil
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

// value reads the value at the present place.
func (g *gate) value() (value, error) {
	v := value{pointer: g.path}
	var err error
	switch c := g.peek(); {
	case c == '{':
		v.kind = "object"
		v.members, err = g.object()
	case c == '[':
		v.kind = "list"
		v.items, err = g.list()
	case c == '"':
		v.kind = "string"
		v.text, err = g.text()
	case c == '-' || c >= '0' && c <= '9':
		v.kind = "number"
		v.text, err = g.number()
	default:
		v.kind, v.truth, err = g.literal()
	}
	return v, err
}

func (g *gate) object() (members []member, err error) {
	names := map[string]bool{}
	err = g.items('}', func() error {
		m, err := g.member(names)
		members = append(members, m)
		return err
	})
	return members, err
}

// member reads a name and its value. Names that get takes for the same may not
// stand beside each other.
func (g *gate) member(names map[string]bool) (m member, err error) {
	begin := g.at
	if g.peek() != '"' {
		return m, g.bareName()
	}
	if m.name, err = g.text(); err != nil {
		return m, err
	}
	outer := g.path
	g.path += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(m.name)
	if names[plainName(m.name)] {
		return m, g.refuse(begin, "json-duplicate-key", fmt.Sprintf("The name %q stands twice in one object", order.Cut(m.name)))
	}
	names[plainName(m.name)] = true
	if g.space(); g.peek() != ':' {
		return m, g.fail(g.at, "%s where a colon follows the name %q", g.seen(), order.Cut(m.name))
	}
	g.at++
	g.space()
	m.value, err = g.value()
	g.path = outer
	return m, err
}

func (g *gate) list() (list []value, err error) {
	outer := g.path
	err = g.items(']', func() error {
		g.path = fmt.Sprintf("%s/%d", outer, len(list))
		v, err := g.value()
		list = append(list, v)
		return err
	})
	if err == nil {
		g.path = outer
	}
	return list, err
}

// items reads what stands between two brackets, with the commas.
func (g *gate) items(end byte, item func() error) error {
	if g.depth++; g.depth > maxDepth {
		return g.refuse(g.at, "json-too-deep", fmt.Sprintf("The body is nested deeper than %d levels", maxDepth))
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
