package editx

import (
	"io"
	"slices"

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
