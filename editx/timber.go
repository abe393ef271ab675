package editx

import "github.com/beevik/etree"

// timber is what trees are made of, cut in blocks: an order of fifty lines has
// two thousand nodes, and each would cost an allocation of its own. The nodes
// do not know their parents, which writing does not ask for.
type timber struct {
	elements []etree.Element
	texts    []etree.CharData
	tokens   []etree.Token
	margins  [2 * grammarDepth]*etree.CharData
}

// block is how many nodes are cut at once: enough for a line.
const block = 64

func (t *timber) element(name string) *etree.Element {
	if len(t.elements) == cap(t.elements) {
		t.elements = make([]etree.Element, 0, block)
	}
	n := len(t.elements)
	t.elements = t.elements[:n+1]
	e := &t.elements[n]
	e.Tag = name
	return e
}

func (t *timber) text(s string) *etree.CharData {
	if len(t.texts) == cap(t.texts) {
		t.texts = make([]etree.CharData, 0, block)
	}
	n := len(t.texts)
	t.texts = t.texts[:n+1]
	c := &t.texts[n]
	c.Data = s
	return c
}

// one and all make the children of an element.
func (t *timber) one(token etree.Token) []etree.Token {
	n := t.room(1)
	t.tokens = append(t.tokens, token)
	return t.tokens[n : n+1 : n+1]
}

func (t *timber) all(tokens []etree.Token) []etree.Token {
	n := t.room(len(tokens))
	t.tokens = append(t.tokens, tokens...)
	return t.tokens[n:len(t.tokens):len(t.tokens)]
}

// room makes place for n tokens side by side and tells where they begin.
func (t *timber) room(n int) int {
	if cap(t.tokens)-len(t.tokens) < n {
		t.tokens = make([]etree.Token, 0, max(n, 2*block))
	}
	return len(t.tokens)
}

// margin is a line's end and the blanks of the next, two for each level. All
// lines of a depth share one.
func (t *timber) margin(depth int) *etree.CharData {
	const longest = "\n                        "
	if t.margins[depth] == nil {
		t.margins[depth] = t.text(longest[:1+2*depth])
	}
	return t.margins[depth]
}
