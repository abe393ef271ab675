package editx

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// writeSettings returns settings that write carriage returns, and line feeds in
// attributes, as references: the next reader would not preserve them otherwise.
func writeSettings() etree.WriteSettings {
	return etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
}

// writer builds the tree of one order. The children of open elements are on the
// stack, the innermost last, until their parent takes them. With an out, each
// child of the root is written as soon as it is complete and its nodes are
// reused, so that an order of a thousand lines takes as much memory as one of
// one line.
type writer struct {
	stack      []etree.Token
	arena      nodeArena
	out        etree.Writer
	settings   *etree.WriteSettings // of out
	extensions *extensionSet        // nil when there are none
	err        error                // the first error
}

// composite puts the children of one composite on the stack. Paths are needed
// only where there are stored elements.
func (w *writer) composite(f *field, from any, path string, depth int) {
	w.flushAfter(path, "", depth)
	for i := range f.children {
		k := &f.children[i]
		if k.onlyV10 {
			continue
		}
		for n := range k.counted(from) {
			w.child(k, from, n, path, depth)
		}
	}
	w.flushParent(path, depth)
}

func (f *field) counted(from any) int {
	if f.count == nil {
		return 1
	}
	return f.count(from)
}

// child adds the n-th of an element, if it has content.
func (w *writer) child(k *field, from any, n int, parent string, depth int) {
	path := ""
	if w.extensions != nil {
		path = parent + "/" + step(k, n+1)
	}
	var made *etree.Element
	if k.children == nil {
		made = w.value(k, from, n, path, depth)
	} else {
		made = w.nested(k, from, n, path, depth)
	}
	if made != nil {
		w.add(made, depth)
		w.flushAfter(parent, path, depth)
	}
}

func (w *writer) nested(k *field, from any, n int, path string, depth int) *etree.Element {
	at := k.at(from, n)
	if at == nil {
		return nil
	}
	begin := len(w.stack)
	w.composite(k, at, path, depth+1)
	if len(w.stack) == begin {
		return nil
	}
	return w.gather(k.name, begin, depth)
}

func (w *writer) value(k *field, from any, n int, path string, depth int) *etree.Element {
	s := k.print(from, n)
	if s == "" && !k.many {
		return nil
	}
	plain, ok := xmlread.Writable(s)
	if !ok {
		w.fail(order.Errorf(order.Invalid, "xml-character", "The %s %q holds a character that XML does not allow.",
			k.name, order.Truncate(s)).
			WithHint("Remove control characters from the order."))
	}
	if s != "" {
		made := w.arena.element(k.name)
		made.Child = w.arena.single(w.arena.text(s, plain))
		return made
	}
	begin := len(w.stack)
	w.flushParent(path, depth+1)
	return w.gather(k.name, begin, depth)
}

// add puts an element on the stack, on a line of its own.
func (w *writer) add(e *etree.Element, depth int) {
	if w.out != nil && depth == 1 {
		w.arena.indent(depth).WriteTo(w.out, w.settings)
		e.WriteTo(w.out, w.settings)
		w.arena.reset()
		return
	}
	w.stack = append(w.stack, w.arena.indent(depth), e)
}

// gather returns an element with the children that are on the stack from begin.
func (w *writer) gather(name string, begin, depth int) *etree.Element {
	e := w.arena.element(name)
	if len(w.stack) > begin {
		w.stack = append(w.stack, w.arena.indent(depth))
		e.Child = w.arena.several(w.stack[begin:])
		w.stack = w.stack[:begin]
	}
	return e
}

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// writeDocument writes a model as a document of its kind. An unknown version is
// written as the newest.
func writeDocument[T any](w io.Writer, d *document[T], from *T, version string) error {
	out, err := renderDocument(d, from, version)
	if err == nil {
		_, err = w.Write(out)
	}
	return err
}

func renderDocument[T any](d *document[T], from *T, version string) ([]byte, error) {
	return smallest(func(flat bool) ([]byte, error) {
		t := writer{arena: nodeArena{flat: flat}}
		t.composite(&d.root, from, "", 1)
		return t.document(d.root.name, versionOf(d, version))
	})
}

func versionOf[T any](d *document[T], version string) string {
	if slices.Contains(d.versions, version) {
		return version
	}
	return d.versions[len(d.versions)-1]
}

// document writes the stack as one document.
func (w *writer) document(root, version string) ([]byte, error) {
	e := w.gather(root, 0, 0)
	if w.err != nil {
		return nil, w.err
	}
	e.CreateAttr("version", version)
	doc := etree.NewDocument()
	doc.WriteSettings = writeSettings()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	doc.CreateText("\n")
	doc.AddChild(e)
	doc.CreateText("\n")
	return doc.WriteToBytes()
}

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

// Decode must be able to read again what Encode writes of an accepted order:
// alone, and in an EDItXMessage. So a document that would be too large with
// indentation is written without it, and an order that would be too large even
// so is refused when it is received, and when it would grow. A response has
// more data per line than the order; see writeReply.

const (
	// envelopeBytes and envelopeTokens are reserved for the envelope around an
	// order: its header has two parties, with names and addresses.
	envelopeBytes  = 64 << 10
	envelopeTokens = 2000

	// surelyFits is the size in bytes up to which an order cannot become too
	// large: a character becomes five at most, and an element of EDItX with its
	// indentation takes less.
	surelyFits = MaxBytes / 8
)

// Extent is the size of a document in the units that Decode limits.
type Extent struct{ bytes, tokens int }

// Measure returns the extent of an order as Encode writes it without
// indentation.
func Measure(o *order.Order) (Extent, error) {
	out, err := renderOrder(o, version, true)
	return extentOf(out), err
}

// Plus returns the sum of both.
func (e Extent) Plus(other Extent) Extent {
	return Extent{e.bytes + other.bytes, e.tokens + other.tokens}
}

// Fits reports whether a message with this content can be read.
func (e Extent) Fits() bool {
	return e.bytes <= MaxBytes-envelopeBytes && e.tokens <= xmlread.MaxTokens-envelopeTokens
}

// extentOf measures a document that Encode has written. A > in an attribute
// counts as the end of a tag, so there may be fewer tokens than returned.
func extentOf(doc []byte) Extent {
	e := Extent{bytes: len(doc), tokens: bytes.Count(doc, []byte("<")) + bytes.Count(doc, []byte("/>"))}
	for rest := doc; ; {
		end := bytes.IndexByte(rest, '>')
		if end < 0 {
			return e
		}
		if rest = rest[end+1:]; len(rest) > 0 && rest[0] != '<' {
			e.tokens++
		}
	}
}

// smallest returns the document with indentation, or without where it does not
// fit otherwise.
func smallest(write func(flat bool) ([]byte, error)) ([]byte, error) {
	out, err := write(false)
	if err != nil || fits(out) {
		return out, err
	}
	return write(true)
}

func fits(doc []byte) bool { return len(doc) <= surelyFits || extentOf(doc).Fits() }

// CheckExtent returns an error for an order that could not be read again as
// Encode writes it.
func CheckExtent(o *order.Order) error {
	out, err := renderOrder(o, version, true)
	if err != nil {
		return err
	}
	if e := extentOf(out); !e.Fits() {
		return order.Errorf(order.TooLarge, "xml-limit",
			"Written in full the order has %d bytes, and %d tags and pieces of text; at most %d and %d can be read "+
				"again.",
			e.bytes, e.tokens, MaxBytes-envelopeBytes, xmlread.MaxTokens-envelopeTokens).
			WithHint("Split the order into several.")
	}
	return xmlread.Accepts(out, &orderFormat)
}
