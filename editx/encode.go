package editx

import (
	"bytes"
	"io"

	"github.com/beevik/etree"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// Encode writes an order as a canonical EDItX Trade Order 1.3: UTF-8, elements
// in the order of the schema, none of them empty save those that the sender
// wrote so. Lines that take copies back are written with their negative
// quantity. An error of another kind than [order.Error] is the writer's.
//
// Each element stands on a line of its own, unless the document were then larger
// than what Decode takes.
func Encode(w io.Writer, o *order.Order) error { return encode(w, o, version) }

func encode(w io.Writer, o *order.Order, version string) error {
	out, err := smallest(func(flat bool) ([]byte, error) { return renderOrder(o, version, flat) })
	if err == nil {
		_, err = w.Write(out)
	}
	return err
}

// renderOrder writes an order with margins, or flat.
func renderOrder(o *order.Order, version string, flat bool) ([]byte, error) {
	complete := withDefaults(o)
	t := writer{extensions: newExtensionSet(complete.Kept), stack: make([]etree.Token, 0, block)}
	t.arena.flat = flat
	doc := t.streamed(&complete, version)
	var out bytes.Buffer
	out.Grow(headRoom + lineRoom*len(complete.Lines))
	for _, token := range doc.Child {
		token.WriteTo(&out, &doc.WriteSettings)
	}
	return out.Bytes(), t.err
}

// streamed is a document whose root gets its children as it is written.
func (w *writer) streamed(o *order.Order, version string) *etree.Document {
	doc := etree.NewDocument()
	doc.WriteSettings = writeSettings()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	doc.CreateText("\n")
	e := doc.CreateElement(rootName)
	e.CreateAttr("version", version)
	e.AddChild(&streamedChildren{write: func(out etree.Writer) {
		w.out, w.settings = out, &doc.WriteSettings
		w.composite(&orderDocument.root, o, "/"+rootName, 1)
		w.flushRest(1)
		w.arena.indent(0).WriteTo(out, w.settings)
	}})
	doc.CreateText("\n")
	return doc
}

// What the head and a line of an order mostly take, in bytes.
const (
	headRoom = 2 << 10
	lineRoom = 768
)

// writeSettings write carriage returns, and line feeds in attributes, as
// references: they would not survive the next reader otherwise.
func writeSettings() etree.WriteSettings {
	return etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
}

// writer builds the tree of one order. The children of the elements that are
// being built lie on the stack, the innermost last, until their parent takes
// them. With an out, the root is not gathered: each of its children is written
// as soon as it is whole, and its tree is cut down for the next, so that an
// order of a thousand lines takes no more room than one of a line.
type writer struct {
	stack      []etree.Token
	arena      nodeArena
	out        etree.Writer
	settings   *etree.WriteSettings // of out
	extensions *extensionSet        // nil when nothing is kept
	err        error                // the first thing that could not be written
}

// composite puts the children of one composite on the stack. Paths are made
// only when something kept may have to be put back.
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

// child adds the n-th of one element, if there is something to write.
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
		w.fail(order.Errorf(order.Invalid, "xml-character", "The %s %q holds a character that XML does not allow.", k.name, order.Cut(s)).
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

// appendExtension puts an element on the stack, on a line of its own.
func (w *writer) add(e *etree.Element, depth int) {
	if w.out != nil && depth == 1 {
		w.arena.indent(depth).WriteTo(w.out, w.settings)
		e.WriteTo(w.out, w.settings)
		w.arena.reset()
		return
	}
	w.stack = append(w.stack, w.arena.indent(depth), e)
}

// gather makes an element of what lies on the stack from begin.
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
