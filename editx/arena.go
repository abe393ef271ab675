package editx

import (
	"strings"

	"github.com/beevik/etree"
)

// nodeArena is what trees are made of, cut in blocks: an order of fifty lines has
// two thousand nodes, and each would cost an allocation of its own. The nodes
// do not know their parents, which writing does not ask for.
type nodeArena struct {
	elements []etree.Element
	texts    []verbatim
	tokens   []etree.Token
	flat     bool // whether there are no margins
}

// block is how many nodes are cut at once: enough for a plain line.
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

// text makes a text; plain is one that can be written as it is.
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

// single and all make the children of an element.
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

// reserve makes place for n tokens side by side and tells where they begin.
func (t *nodeArena) reserve(n int) int {
	if cap(t.tokens)-len(t.tokens) < n {
		t.tokens = make([]etree.Token, 0, max(n, 4*block))
	}
	return len(t.tokens)
}

// reset takes the newest blocks back, once what is made of them was written.
func (t *nodeArena) reset() {
	t.elements, t.texts, t.tokens = t.elements[:0], t.texts[:0], t.tokens[:0]
}

// indent is a line's end and the blanks of the next, two for each level. All
// lines of a depth share one.
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

// verbatim is a text in which nothing is to be escaped. etree looks at every
// character of a text; that has been done by then.
type verbatim struct{ etree.CharData }

// WriteTo writes the text as it is.
func (v *verbatim) WriteTo(w etree.Writer, _ *etree.WriteSettings) { _, _ = w.WriteString(v.Data) }

// streamedChildren is the inside of an element that is written piece by piece.
type streamedChildren struct {
	etree.CharData
	write func(w etree.Writer)
}

// WriteTo writes the pieces.
func (i *streamedChildren) WriteTo(w etree.Writer, _ *etree.WriteSettings) { i.write(w) }
