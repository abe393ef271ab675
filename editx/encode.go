package editx

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"

	"github.com/bookgate/bookgate/order"
)

// Encode writes an order as a canonical EDItX Trade Order 1.3: UTF-8, elements
// in the order of the schema, none of them empty save those that the sender
// wrote so. Lines that take copies back are written with their negative
// quantity. An error of another kind than [order.Error] is the writer's.
func Encode(w io.Writer, o *order.Order) error {
	complete := completed(o)
	t := writer{kept: newShelf(complete.Kept)}
	t.composite(&root, &complete, "/"+rootName, 1)
	t.putAll(1)
	e := t.gather(rootName, 0, 0)
	if t.err != nil {
		return t.err
	}
	e.CreateAttr("version", version)
	doc := etree.NewDocument()
	// Carriage returns, and line feeds in attributes, would not survive the
	// next reader unless written as references.
	doc.WriteSettings.CanonicalText = true
	doc.WriteSettings.CanonicalAttrVal = true
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	doc.CreateText("\n")
	doc.AddChild(e)
	doc.CreateText("\n")
	_, err := doc.WriteTo(w)
	return err
}

// writer builds the tree of one order. The children of the elements that are
// being built lie on the stack, the innermost last, until their parent takes
// them.
type writer struct {
	stack  []etree.Token
	timber timber
	kept   *shelf // nil when nothing is kept
	err    error  // the first thing that could not be written
}

// composite puts the children of one composite on the stack. Paths are made
// only when something kept may have to be put back.
func (w *writer) composite(f *field, from any, path string, depth int) {
	w.putBack(path, "", depth)
	for i := range f.kids {
		k := &f.kids[i]
		if k.former {
			continue
		}
		for n := range k.counted(from) {
			w.child(k, from, n, path, depth)
		}
	}
	w.putLast(path, depth)
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
	if w.kept != nil {
		path = parent + "/" + step(k, n+1)
	}
	var made *etree.Element
	if k.kids == nil {
		made = w.value(k, from, n, path, depth)
	} else {
		made = w.nested(k, from, n, path, depth)
	}
	if made != nil {
		w.add(made, depth)
		w.putBack(parent, path, depth)
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
	if !writable(s) {
		w.fail(order.Errorf(order.Invalid, "xml-character", "The %s %q holds a character that XML does not allow.", k.name, order.Cut(s)).
			WithHint("Remove control characters from the order."))
	}
	begin := len(w.stack)
	if s != "" {
		made := w.timber.element(k.name)
		made.Child = w.timber.one(w.timber.text(s))
		return made
	}
	w.putLast(path, depth+1)
	return w.gather(k.name, begin, depth)
}

// add puts an element on the stack, on a line of its own.
func (w *writer) add(e *etree.Element, depth int) {
	w.stack = append(w.stack, w.timber.margin(depth), e)
}

// gather makes an element of what lies on the stack from begin.
func (w *writer) gather(name string, begin, depth int) *etree.Element {
	e := w.timber.element(name)
	if len(w.stack) > begin {
		w.stack = append(w.stack, w.timber.margin(depth))
		e.Child = w.timber.all(w.stack[begin:])
		w.stack = w.stack[:begin]
	}
	return e
}

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// writable reports whether XML 1.0 has all characters of s. A writer that
// replaced one would change what the sender said.
func writable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf {
			return utf8.ValidString(s) && strings.IndexFunc(s, unwritable) < 0
		} else if unwritable(rune(c)) {
			return false
		}
	}
	return true
}

func unwritable(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff'
}
