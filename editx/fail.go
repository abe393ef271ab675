package editx

import (
	"bytes"
	"encoding/xml"
	"strings"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// sortKey gives line and column as the sender's editor counts them: in bytes of
// UTF-8, and in characters of what was sent in another encoding.
func (g *gate) place(at mark) (line, column int) {
	column = int(at.column)
	if g.doc.recoded {
		column = 1 + utf8.RuneCount(g.doc.bytes[at.offset-at.column+1:at.offset])
	}
	return int(at.line), column
}

// fail refuses the document at the present token.
func (g *gate) fail(code, format string, args ...any) *order.Error {
	return g.failAt(g.at, order.Malformed, code, format, args...)
}

// limit refuses a document that is too much of something.
func (g *gate) limit(format string, args ...any) *order.Error {
	return g.failAt(g.at, order.TooLarge, "xml-limit", "The document "+format+".", args...).
		WithHint("Split the order, or leave out what is not part of it.")
}

func (g *gate) failAt(at mark, kind order.Kind, code, format string, args ...any) *order.Error {
	line, column := g.place(at)
	e := order.Errorf(kind, code, format, args...)
	e = e.WithField(order.Field{Line: line, Column: column, Path: g.path()})
	e.Detail = order.Errorf(kind, code, "Line %d, column %d: ", line, column).Detail + e.Detail
	return e
}

// path names the open elements, for errors of form.
func (g *gate) path() string {
	var b strings.Builder
	for _, t := range g.open {
		b.WriteByte('/')
		b.WriteString(qname(t.name))
	}
	return b.String()
}

// qname is a name as the sender wrote it, cut short.
func qname(name xml.Name) string {
	if name.Space == "" {
		return order.Cut(name.Local)
	}
	return order.Cut(name.Space + ":" + name.Local)
}

// word is the first word of a directive.
func word(d []byte) string {
	if i := bytes.IndexAny(d, " \t\r\n["); i >= 0 {
		d = d[:i]
	}
	return order.Cut(string(d))
}
