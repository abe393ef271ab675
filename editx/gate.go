package editx

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"

	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/order"
)

// mark is a place in a document.
type mark struct{ line, column, offset int32 }

// tag is an element that is open.
type tag struct {
	name xml.Name // Space is the prefix as written
	at   mark
}

// binding is a namespace declaration in force.
type binding struct {
	prefix, space string
	depth         int
}

// gate hands out the tokens of one document and refuses whatever is not well
// formed or has no place in an order.
type gate struct {
	dec      *xml.Decoder
	doc      source
	at       mark   // where the present token begins
	space    string // namespace of the start tag just read
	open     []tag
	bindings []binding
	tokens   int
	rooted   bool
}

func newGate(doc source) *gate {
	dec := xml.NewDecoder(bytes.NewReader(doc.bytes))
	// The bytes are UTF-8 by now, whatever the declaration says.
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	return &gate{dec: dec, doc: doc, open: make([]tag, 0, maxDepth)}
}

// next gives the next token, or io.EOF behind the end of a whole document.
func (g *gate) next() (xml.Token, error) {
	g.at = g.here()
	tok, err := g.dec.RawToken()
	if err != nil {
		return nil, g.stopped(err)
	}
	if g.tokens++; g.tokens > maxTokens && !plant.On(plant.NoXMLLimits) {
		return nil, g.limit("has more than %d tags and pieces of text", maxTokens)
	}
	switch t := tok.(type) {
	case xml.StartElement:
		err = g.start(t)
	case xml.EndElement:
		err = g.end(t.Name)
	case xml.CharData:
		err = g.content(t)
	case xml.ProcInst:
		err = g.instruction(t)
	case xml.Directive:
		err = g.fail("xml-hostile", "`<!%s` stands here; a document type declaration is not accepted.", word(t)).
			WithHint("Leave the DOCTYPE and all entity declarations out; EDItX needs none.")
	}
	return tok, err
}

func (g *gate) here() mark {
	line, column := g.dec.InputPos()
	offset := g.dec.InputOffset()
	if column < 1 {
		// The decoder gave a line feed back and did not go back a line.
		place := locate(g.doc.bytes, int(offset))
		line, column = place.Line, place.Column
	}
	return mark{int32(line), int32(column), int32(offset)}
}

// start lets an element in: its place, name, attributes and namespaces.
func (g *gate) start(t xml.StartElement) error {
	if g.rooted && len(g.open) == 0 {
		return g.fail("xml-malformed", "`<%s>` is a second root element; a document has one.", qname(t.Name)).
			WithHint("Send one order per request.")
	}
	if len(g.open) == maxDepth && !plant.On(plant.NoXMLLimits) {
		return g.limit("nests more than %d elements", maxDepth)
	}
	if err := g.named(t.Name); err != nil {
		return err
	}
	g.rooted = true
	g.open = append(g.open, tag{t.Name, g.at})
	if len(t.Attr) > 0 {
		if err := g.attributes(t.Attr); err != nil {
			return err
		}
	}
	return g.enter(t.Name.Space)
}

// end takes an element out, if it is the one that is open.
func (g *gate) end(name xml.Name) error {
	if len(g.open) == 0 {
		return g.fail("xml-malformed", "`</%s>` closes an element that was not opened.", qname(name))
	}
	depth := len(g.open)
	last := g.open[depth-1]
	if last.name != name {
		return g.fail("xml-malformed", "`<%s>` opened at line %d is closed by `</%s>`.", qname(last.name), last.at.line, qname(name)).
			WithHint("Close every element with its own name, the innermost first.")
	}
	g.open = g.open[:depth-1]
	for n := len(g.bindings); n > 0 && g.bindings[n-1].depth == depth; n-- {
		g.bindings = g.bindings[:n-1]
	}
	return nil
}

// instruction passes over a processing instruction, which is for other programs
// (XML 1.0, 2.6), and holds the XML declaration to its place. The decoder lets
// anything follow a name; XML wants a blank.
func (g *gate) instruction(t xml.ProcInst) error {
	switch {
	case len(t.Target) > maxName:
		return g.limit("has a name of more than %d bytes", maxName)
	case t.Target != "xml" && strings.EqualFold(t.Target, "xml"):
		return g.fail("xml-malformed", "`<?%s …?>` stands here; XML keeps that name for its declaration, which is written <?xml …?>.", order.Cut(t.Target)).
			WithHint("Write it in lower case, at the very beginning.")
	case t.Target != "xml":
		rest := g.doc.bytes[int(g.at.offset)+len("<?")+len(t.Target) : g.dec.InputOffset()]
		if !bytes.HasPrefix(rest, []byte("?>")) && !strings.ContainsRune(blanks, rune(rest[0])) {
			return g.fail("xml-malformed", "`<?%s` has no blank behind its name.", order.Cut(t.Target)).
				WithHint("Write a blank between the name of a processing instruction and what follows it.")
		}
		return nil
	}
	if g.at.offset != 0 {
		return g.fail("xml-malformed", "The XML declaration `<?xml …?>` stands at line %d; it may only be the very beginning.", g.at.line).
			WithHint("Remove what stands before it, blank lines too.")
	}
	return nil
}

// runeName judges a tag or attribute name.
func (g *gate) named(name xml.Name) error {
	if len(name.Space)+len(name.Local) > maxName {
		return g.limit("has a name of more than %d bytes", maxName)
	}
	if strings.Contains(name.Local, ":") {
		return g.fail("xml-malformed", "%q is no name: one colon may divide a prefix and a name.", order.Cut(name.Local))
	}
	return nil
}
