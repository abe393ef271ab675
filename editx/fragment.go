package editx

import (
	"encoding/xml"
	"slices"
	"strings"
)

// canonical reads an element through a gate of its own and writes it anew: so
// that what is kept is the same however it was written, stands on its own, and
// is as harmless as everything that passed the gate.
func canonical(raw []byte, scope []binding) (string, error) {
	w := fragmentWriter{gate: newGate(source{bytes: raw}), scope: scope}
	for _, b := range scope {
		w.gate.bindings = append(w.gate.bindings, binding{b.prefix, b.space, 0})
	}
	for {
		tok, err := w.gate.next()
		if err != nil {
			return "", err
		}
		w.write(tok)
		if len(w.gate.open) == 0 {
			break
		}
	}
	if w.rootAttributes+len(w.borrows) > maxAttributes {
		return "", w.gate.limit("has an element that needs more than %d attributes when its namespaces are declared on it", maxAttributes)
	}
	return w.declared(), nil
}

// fragmentWriter writes the tokens of one element as etree does.
type fragmentWriter struct {
	gate    *gate
	scope   []binding // declarations that stand outside the element
	out     strings.Builder
	root    int      // where the root's attributes begin
	borrows []string // prefixes that are declared outside
	opened  bool     // the last start tag still wants its end

	rootAttributes int
}

func (w *fragmentWriter) write(tok xml.Token) {
	switch t := tok.(type) {
	case xml.StartElement:
		w.start(t)
	case xml.EndElement:
		w.end(t)
	case xml.CharData:
		if len(t) > 0 {
			w.shut()
			escape(&w.out, string(t), false)
		}
	}
}

func (w *fragmentWriter) start(t xml.StartElement) {
	w.shut()
	w.out.WriteByte('<')
	w.name(t.Name)
	if len(w.gate.open) == 1 {
		w.root, w.rootAttributes = w.out.Len(), len(t.Attr)
	}
	for _, a := range t.Attr {
		w.out.WriteByte(' ')
		w.name(a.Name)
		w.out.WriteString(`="`)
		escape(&w.out, a.Value, true)
		w.out.WriteByte('"')
	}
	w.opened = true
}

func (w *fragmentWriter) end(t xml.EndElement) {
	if w.opened {
		w.out.WriteString("/>")
		w.opened = false
		return
	}
	w.out.WriteString("</")
	w.name(t.Name)
	w.out.WriteByte('>')
}

// shut ends a start tag that has content.
func (w *fragmentWriter) shut() {
	if w.opened {
		w.out.WriteByte('>')
		w.opened = false
	}
}

// name writes a name and notes whose prefix is declared outside.
func (w *fragmentWriter) name(name xml.Name) {
	if name.Space == "" {
		w.out.WriteString(name.Local)
		return
	}
	w.out.WriteString(name.Space + ":" + name.Local)
	for i := len(w.gate.bindings) - 1; i >= 0; i-- {
		if b := w.gate.bindings[i]; b.prefix == name.Space {
			if b.depth == 0 && !slices.Contains(w.borrows, b.prefix) {
				w.borrows = append(w.borrows, b.prefix)
			}
			return
		}
	}
}

// declared gives the text, with the borrowed prefixes declared on its root.
func (w *fragmentWriter) declared() string {
	text := w.out.String()
	if len(w.borrows) == 0 {
		return text
	}
	var b strings.Builder
	b.WriteString(text[:w.root])
	for _, prefix := range w.borrows {
		i := slices.IndexFunc(w.scope, func(s binding) bool { return s.prefix == prefix })
		b.WriteString(" xmlns:" + prefix + `="`)
		escape(&b, w.outer(i, prefix), true)
		b.WriteByte('"')
	}
	b.WriteString(text[w.root:])
	return b.String()
}

func (w *fragmentWriter) outer(i int, prefix string) string {
	space := w.scope[i].space
	for _, s := range w.scope[i:] {
		if s.prefix == prefix {
			space = s.space // the innermost declaration holds
		}
	}
	return space
}

// escape writes text so that a reader gets back exactly these characters.
func escape(b *strings.Builder, s string, attribute bool) {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '&':
			b.WriteString("&amp;")
		case c == '<':
			b.WriteString("&lt;")
		case c == '>' && !attribute:
			b.WriteString("&gt;")
		case c == '\r':
			b.WriteString("&#xD;")
		case c == '"' && attribute:
			b.WriteString("&quot;")
		case c == '\n' && attribute:
			b.WriteString("&#xA;")
		case c == '\t' && attribute:
			b.WriteString("&#x9;")
		default:
			b.WriteByte(c)
		}
	}
}
