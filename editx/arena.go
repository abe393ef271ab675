package editx

import (
	"strings"

	"github.com/beevik/etree"
)

// nodeArena allocates etree nodes in blocks: an order of fifty lines has two
// thousand nodes, and each would cost an allocation of its own. The nodes have no
// parents, since writing does not need them.
type nodeArena struct {
	elements []etree.Element
	texts    []verbatim
	tokens   []etree.Token
	flat     bool // elements are not indented
}

// block is how many nodes are allocated at once: enough for a plain line.
const block = 24

func (t *nodeArena) element(name string) *etree.Element {
	if len(t.elements) == cap(t.elements) {
		t.elements = make([]etree.Element, 0, block)
	}
	n := len(t.elements)
	t.elements = t.elements[:n+1]
	e := &t.elements[n]
	e.Tag, e.Attr, e.Child = name, nil, nil
	return e
}

// text returns a text node; a plain text needs no escaping.
func (t *nodeArena) text(s string, plain bool) etree.Token {
	if len(t.texts) == cap(t.texts) {
		t.texts = make([]verbatim, 0, block)
	}
	n := len(t.texts)
	t.texts = t.texts[:n+1]
	c := &t.texts[n]
	c.Data = s
	if plain {
		return c
	}
	return &c.CharData
}

// single and several return the children of an element.
func (t *nodeArena) single(token etree.Token) []etree.Token {
	n := t.reserve(1)
	t.tokens = append(t.tokens, token)
	return t.tokens[n : n+1 : n+1]
}

func (t *nodeArena) several(tokens []etree.Token) []etree.Token {
	n := t.reserve(len(tokens))
	t.tokens = append(t.tokens, tokens...)
	return t.tokens[n:len(t.tokens):len(t.tokens)]
}

// reserve ensures capacity for n adjacent tokens and returns the index of the first.
func (t *nodeArena) reserve(n int) int {
	if cap(t.tokens)-len(t.tokens) < n {
		t.tokens = make([]etree.Token, 0, max(n, 4*block))
	}
	return len(t.tokens)
}

// reset reuses the newest blocks once their nodes were written.
func (t *nodeArena) reset() {
	t.elements, t.texts, t.tokens = t.elements[:0], t.texts[:0], t.tokens[:0]
}

// indent returns a line feed and two blanks per level. All lines of a depth share
// one.
func (t *nodeArena) indent(depth int) etree.Token {
	if t.flat {
		return &noIndent
	}
	return &indents[depth]
}

var noIndent verbatim

var indents = func() (m [2 * grammarDepth]verbatim) {
	for depth := range m {
		m[depth].Data = "\n" + strings.Repeat("  ", depth)
	}
	return m
}()

// verbatim is a text without anything to escape. etree would examine every
// character again.
type verbatim struct{ etree.CharData }

// WriteTo writes the text unchanged.
func (v *verbatim) WriteTo(w etree.Writer, _ *etree.WriteSettings) { _, _ = w.WriteString(v.Data) }

// streamedChildren is the content of an element that is written piece by piece.
type streamedChildren struct {
	etree.CharData
	write func(w etree.Writer)
}

// WriteTo writes the pieces.
func (i *streamedChildren) WriteTo(w etree.Writer, _ *etree.WriteSettings) { i.write(w) }
