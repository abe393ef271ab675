package editx

import (
	"bytes"
	"io"

	"github.com/beevik/etree"
	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// MediaType is the media type of an EDItX document that Encode writes.
const MediaType = "application/xml;charset=UTF-8"

// rootName is the root element of a Trade Order.
const rootName = "Order"

// version is the version that Encode writes.
const version = "1.3"

// Decode reads one EDItX Trade Order, version 1.0 to 1.3, as DecodeAs does
// under [Trade].
func Decode(body []byte, options ...Option) (order.Order, []Finding, error) {
	return DecodeAs(body, Trade, options...)
}

// DecodeAs reads one EDItX Trade Order, version 1.0 to 1.3. The findings are
// the departures from EDItX that were tolerated; they are returned with an
// error too. The error is an [order.Error]: Malformed for what is not
// acceptable XML, TooLarge beyond a limit, Invalid for an order that cannot be
// accepted, with every fault in its Fields.
//
// The order has its number, header, lines, summary and the unknown elements;
// its sender and status are not in the document.
func DecodeAs(body []byte, p Profile, options ...Option) (order.Order, []Finding, error) {
	o, findings, err := orderDocument.read(body, p, options...)
	if err == nil {
		err = readsBack(&o, len(body))
	}
	return o, findings, err
}

// Encode writes an order as a canonical EDItX Trade Order 1.3: UTF-8, elements
// in the order of the schema, none of them empty except those that the sender
// wrote so. Lines that reduce others are written with their negative quantity.
// An error that is not an [order.Error] is the writer's.
//
// Each element is on a line of its own, unless the document would then be
// larger than Decode accepts.
func Encode(w io.Writer, o *order.Order) error { return encode(w, o, version) }

func encode(w io.Writer, o *order.Order, version string) error {
	out, err := smallest(func(flat bool) ([]byte, error) { return renderOrder(o, version, flat) })
	if err == nil {
		_, err = w.Write(out)
	}
	return err
}

// renderOrder writes an order with indentation, or flat.
func renderOrder(o *order.Order, version string, flat bool) ([]byte, error) {
	complete := withDefaults(o)
	t := writer{extensions: newExtensionSet(complete.Extensions), stack: make([]etree.Token, 0, block)}
	t.arena.flat = flat
	doc := t.streamed(&complete, version)
	var out bytes.Buffer
	out.Grow(headSize + lineSize*len(complete.Lines))
	for _, token := range doc.Child {
		token.WriteTo(&out, &doc.WriteSettings)
	}
	return out.Bytes(), t.err
}

// streamed returns a document whose root gets its children as it is written.
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

// What the head and a line of an order usually take, in bytes.
const (
	headSize = 2 << 10
	lineSize = 768
)

// orderDocument is the grammar of the Trade Order.
var orderDocument = document[order.Order]{
	root:     field{name: rootName, use: needed, children: orderElements},
	versions: []string{"1.0", "1.1", "1.2", version},
	validate: validateOrder,
	limited:  true,
}

// validateOrder checks what needs all of the order.
func validateOrder(r *reader, o *order.Order, begins xmlread.Pos) error {
	if len(o.Lines) > 0 {
		r.numberLines(o.Lines)
	}
	r.checkSummary(o)
	if o.Header.Purpose == "" && r.refused == 0 && !r.profile.checksSchema() {
		o.Header.Purpose = order.Original
		r.report(against("purpose", "The order has no PurposeCode; it was taken as Original. Write what is meant."),
			begins, "/Order/Header/PurposeCode", "")
	}
	extensions, err := r.encodedExtensions()
	o.Extensions = extensions
	return err
}

// withDefaults returns o with what the document requires; an order from another
// API than EDItX may lack it.
func withDefaults(o *order.Order) order.Order {
	c := *o
	if c.Header.Purpose == "" {
		c.Header.Purpose = order.Original
	}
	if c.Header.IssuedAt == "" && !c.Created.IsZero() {
		c.Header.IssuedAt = order.Date(c.Created.UTC().Format(strictTime + "Z"))
	}
	c.Lines = numbered(c.Lines)
	c.Summary = recount(c.Summary, c.Lines)
	return c
}

// numbered returns the lines, numbered from 1 if one has no number.
func numbered(lines []order.Line) []order.Line {
	for i := range lines {
		if lines[i].Number <= 0 {
			out := append([]order.Line(nil), lines...)
			for j := range out {
				out[j].Number = j + 1
			}
			return out
		}
	}
	return lines
}

// recount returns the summary as the sender wrote it as long as the lines are
// the sender's, and counts again when reductions were added.
func recount(s order.Summary, lines []order.Line) order.Summary {
	units, added := int64(0), false
	for i := range lines {
		units += lines[i].Quantity
		added = added || lines[i].Adjustment
	}
	if s.Lines == nil || added {
		n := int64(len(lines))
		s.Lines = &n
	}
	if s.Units != nil && added {
		s.Units = &units
	}
	return s
}
