package xmlread

import (
	"encoding/xml"
	"slices"
	"strings"
)

// Canonical reads one element and writes it again: the result is the same
// however the element was written, has the declarations that it needs from the
// scope, and has passed every check of the Reader.
func Canonical(raw []byte, scope Scope, f *Format) (string, error) {
	w := fragmentWriter{reader: NewFragment(raw, scope, f), scope: scope}
	for {
		tok, err := w.reader.Next()
		if err != nil {
			return "", err
		}
		w.token(tok)
		if w.reader.Depth() == 0 {
			break
		}
	}
	if w.rootAttributes+len(w.borrowed) > maxAttributes {
		return "", w.reader.Limit(
			"has an element that needs more than %d attributes when its namespaces are declared on it", maxAttributes)
	}
	return w.text(), nil
}

// fragmentWriter writes the tokens of one element, and notes which prefixes are
// declared outside of it.
type fragmentWriter struct {
	Writer
	reader         *Reader
	scope          Scope
	root           int // where the root's attributes begin
	rootAttributes int
	borrowed       []string // prefixes that are declared outside
}

func (w *fragmentWriter) token(tok xml.Token) {
	switch t := tok.(type) {
	case xml.StartElement:
		w.borrow(t.Name)
		for _, a := range t.Attr {
			w.borrow(a.Name)
		}
		if w.reader.Depth() == 1 {
			w.root, w.rootAttributes = len("<")+nameSize(t.Name), len(t.Attr)
		}
		w.Start(t.Name, t.Attr...)
	case xml.EndElement:
		w.End(t.Name)
	case xml.CharData:
		w.Text(string(t))
	}
}

// borrow notes the prefix of a name if it is declared outside.
func (w *fragmentWriter) borrow(name xml.Name) {
	if name.Space == "" {
		return
	}
	for i := len(w.reader.bindings) - 1; i >= 0; i-- {
		if b := w.reader.bindings[i]; b.prefix == name.Space {
			if b.depth == 0 && !slices.Contains(w.borrowed, b.prefix) {
				w.borrowed = append(w.borrowed, b.prefix)
			}
			return
		}
	}
}

// text returns what was written, with the borrowed prefixes declared on the
// root.
func (w *fragmentWriter) text() string {
	text := w.String()
	if len(w.borrowed) == 0 {
		return text
	}
	var b strings.Builder
	b.WriteString(text[:w.root])
	for _, prefix := range w.borrowed {
		writeDeclaration(&b, prefix, w.namespaceOf(prefix))
	}
	b.WriteString(text[w.root:])
	return b.String()
}

// namespaceOf returns the namespace that the innermost declaration of the scope
// binds to a prefix.
func (w *fragmentWriter) namespaceOf(prefix string) string {
	for i := len(w.scope) - 1; i >= 0; i-- {
		if w.scope[i].prefix == prefix {
			return w.scope[i].space
		}
	}
	return ""
}

// Standalone returns an element as a document of its own: the declarations of
// the scope are added to its start tag, and nothing else is changed.
func Standalone(raw []byte, t xml.StartElement, scope Scope) []byte {
	var b strings.Builder
	b.Grow(len(raw) + 64)
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	name := len("<") + nameSize(t.Name)
	b.Write(raw[:name])
	declared := map[string]bool{}
	for _, a := range t.Attr {
		if DeclaresNamespace(a.Name) {
			declared[declaredPrefix(a.Name)] = true
		}
	}
	for i := len(scope) - 1; i >= 0; i-- {
		if s := scope[i]; !declared[s.prefix] {
			declared[s.prefix] = true
			writeDeclaration(&b, s.prefix, s.space)
		}
	}
	b.Write(raw[name:])
	b.WriteByte('\n')
	return []byte(b.String())
}

// nameSize returns the length in bytes of a name as written.
func nameSize(name xml.Name) int {
	if name.Space == "" {
		return len(name.Local)
	}
	return len(name.Space) + len(":") + len(name.Local)
}

func writeDeclaration(b *strings.Builder, prefix, namespace string) {
	b.WriteString(" xmlns")
	if prefix != "" {
		b.WriteString(":" + prefix)
	}
	b.WriteString(`="`)
	escape(b, namespace, true)
	b.WriteByte('"')
}
