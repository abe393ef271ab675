package xmlread

import (
	"encoding/xml"
	"strings"
	"unicode/utf8"
)

// Writer writes elements as text. A reader gets back exactly the characters that
// were written; they must be [Writable]. The zero Writer is ready to use.
type Writer struct {
	out      strings.Builder
	startTag bool // the last start tag is not closed yet
}

// Start writes a start tag. Space in a name is its prefix.
func (w *Writer) Start(name xml.Name, attrs ...xml.Attr) {
	w.closeStartTag()
	w.out.WriteByte('<')
	w.name(name)
	for _, a := range attrs {
		w.out.WriteByte(' ')
		w.name(a.Name)
		w.out.WriteString(`="`)
		escape(&w.out, a.Value, true)
		w.out.WriteByte('"')
	}
	w.startTag = true
}

// Text writes text; "" writes nothing.
func (w *Writer) Text(s string) {
	if s != "" {
		w.closeStartTag()
		escape(&w.out, s, false)
	}
}

// End writes an end tag; an element without content becomes an empty-element
// tag.
func (w *Writer) End(name xml.Name) {
	if w.startTag {
		w.out.WriteString("/>")
		w.startTag = false
		return
	}
	w.out.WriteString("</")
	w.name(name)
	w.out.WriteByte('>')
}

// String returns what was written.
func (w *Writer) String() string { return w.out.String() }

func (w *Writer) closeStartTag() {
	if w.startTag {
		w.out.WriteByte('>')
		w.startTag = false
	}
}

func (w *Writer) name(name xml.Name) {
	if name.Space != "" {
		w.out.WriteString(name.Space)
		w.out.WriteByte(':')
	}
	w.out.WriteString(name.Local)
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

// Writable reports whether XML 1.0 has all characters of s, and whether text
// with them needs no escaping.
func Writable(s string) (plain, ok bool) {
	plain = true
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			return plain && !strings.ContainsAny(s, "&<>\r"), utf8.ValidString(s) && strings.IndexFunc(s, Forbidden) < 0
		case c == '&' || c == '<' || c == '>' || c == '\r':
			plain = false
		case c < ' ' && Forbidden(rune(c)):
			return false, false
		}
	}
	return plain, true
}

// Forbidden reports whether XML 1.0 has no such character.
func Forbidden(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff'
}
