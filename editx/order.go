package editx

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

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

// encodedExtensions returns the stored elements in the order of the canonical
// document.
func (r *reader) encodedExtensions() ([]order.Extension, error) {
	if r.unordered {
		slices.SortStableFunc(r.extensions, func(a, b extension) int { return bytes.Compare(a.key, b.key) })
	}
	var extensions []order.Extension
	size := 0
	for _, f := range r.extensions {
		raw := r.tokens.Bytes(f.begins, f.ends)
		text, err := xmlread.Canonical(raw, f.scope, &orderFormat)
		if err != nil {
			return nil, err
		}
		if size += len(text); size > MaxBytes {
			return nil, r.tokens.Limit("has elements that are not part of EDItX, and with the namespaces that each "+
				"of them needs they pass %d bytes", MaxBytes)
		}
		extensions = append(extensions, order.Extension{Parent: f.parent, After: f.after, XML: text})
	}
	return extensions, nil
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

// checkParty checks the check digit of a party's number. A wrong one is a
// warning: whether the party is known is decided by looking it up.
func checkParty(r *reader, f *frame) {
	id := f.at.(*order.Identifier)
	bare := digits(id.Value)
	switch id.Type {
	case "GLN":
		if want, ok := order.GTINCheck(bare); !ok || len(bare) != 13 {
			r.reportValue(f, "Identifier", id.Value, warn("party-check",
				"%s is not a valid GLN: 13 digits are expected.", order.Truncate(id.Value)))
		} else if want != bare[12] {
			r.reportValue(f, "Identifier", id.Value, warn("party-check",
				"%s is not a valid GLN: the last digit should be %c.", order.Truncate(id.Value), want))
		}
	case "SAN":
		number, _, _ := strings.Cut(id.Value, " ") // a ship-to suffix may follow after a blank
		bare = digits(number)
		if want, ok := sanCheck(bare); !ok {
			r.reportValue(f, "Identifier", id.Value, warn("party-check",
				"%s is not a valid SAN: 7 characters are expected.", order.Truncate(id.Value)))
		} else if want != bare[6] {
			r.reportValue(f, "Identifier", id.Value, warn("party-check",
				"%s is not a valid SAN: the last character should be %c.", order.Truncate(id.Value), want))
		}
	}
}

// sanCheck returns the check character of a standard address number: weights 7
// to 2, modulus 11.
func sanCheck(s string) (want byte, ok bool) {
	if len(s) != 7 || !allDigits(s[:6]) {
		return 0, false
	}
	sum := 0
	for i := range 6 {
		sum += (7 - i) * int(s[i]-'0')
	}
	if rest := (11 - sum%11) % 11; rest < 10 {
		return byte('0' + rest), true
	}
	return 'X', true
}

// checkProduct refuses a product number with a typing error, which would order
// another book.
func checkProduct(r *reader, f *frame) {
	id := f.at.(*order.Identifier)
	bare := digits(id.Value)
	var n note
	switch id.Type {
	case "EAN13":
		n = checkGTIN(id.Value, bare, "EAN", 13)
	case "GTIN14":
		n = checkGTIN(id.Value, bare, "GTIN-14", 14)
	case "ISMN":
		if rest, old := strings.CutPrefix(strings.ToUpper(bare), "M"); old {
			bare = "9790" + rest
		}
		n = checkGTIN(id.Value, bare, "ISMN", 13)
	case "ISBN":
		n = checkISBN(id.Value, bare)
	case "UPC":
		n = checkUPC(id.Value, bare)
	default:
		n = checkUnlisted(foldCode(plainDashes(id.Type)), id.Value, bare)
	}
	if n.code != "" && id.Value != "" {
		n.lenientMessage = "It was stored as written."
		r.reportValue(f, "Identifier", id.Value, n)
	}
}

// checkUPC checks a UPC-A, also with the 0 that makes an EAN of it. Other
// lengths, as of UPC-E and of add-ons, have rules of their own and are only
// warnings.
func checkUPC(written, bare string) note {
	if len(bare) == 13 && bare[0] == '0' {
		bare = bare[1:]
	}
	n := checkGTIN(written, bare, "UPC", 12)
	if n.code != "" && (len(bare) != 12 || !allDigits(bare)) {
		n.severity = Warning
	}
	return n
}

// checkUnlisted checks numbers of the GS1 family whose type is not on the list
// of EDItX but names their kind.
func checkUnlisted(kind, written, bare string) note {
	switch kind {
	case "ean8", "gtin8":
		return checkGTIN(written, bare, "EAN-8", 8)
	case "gtin":
		switch len(bare) {
		case 8, 12, 13, 14:
			return checkGTIN(written, bare, "GTIN", len(bare))
		}
		return refuse("ean-check", "%s is not a valid GTIN: 8, 12, 13 or 14 digits are expected.", order.Truncate(written))
	}
	return note{}
}

// checkGTIN checks the length and last digit of a number of the GS1 family.
func checkGTIN(written, bare, kind string, length int) note {
	want, ok := order.GTINCheck(bare)
	switch {
	case !ok && firstNonASCII(bare) != "":
		return refuse("ean-check", "%s is not a valid %s: %d digits are expected, and %s is not a digit.",
			order.Truncate(written), kind, length, firstNonASCII(bare))
	case !ok:
		return refuse("ean-check", "%s is not a valid %s: %d digits are expected.", order.Truncate(written), kind, length)
	case len(bare) != length:
		return refuse("ean-check", "%s is not a valid %s: it has %d digits, and %d are expected.", order.Truncate(written),
			kind, len(bare), length)
	case want != bare[length-1]:
		return refuse("ean-check", "%s is not a valid %s: the last digit should be %c.", order.Truncate(written), kind, want)
	}
	return note{}
}

// checkISBN checks an ISBN of either length.
func checkISBN(written, bare string) note {
	if len(bare) != 10 {
		return checkGTIN(written, bare, "ISBN", 13)
	}
	want, ok := order.ISBN10Check(bare)
	switch {
	case !ok:
		return refuse("ean-check", "%s is not a valid ISBN: 10 or 13 digits are expected.", order.Truncate(written))
	case want != bare[9] && !(want == 'X' && bare[9] == 'x'):
		return refuse("ean-check", "%s is not a valid ISBN: the last digit should be %c.", order.Truncate(written), want)
	}
	return note{}
}

// digits removes the hyphens and blanks with which numbers are printed.
func digits(s string) string {
	if allDigits(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || isDash(r):
			return -1
		}
		return r
	}, s)
}

// lineNumber is the number of the line if it is positive and unique. What the
// sender wrote is remembered until all lines are read.
var lineNumber = field{
	name: "LineNumber",
	parse: func(parent any, s string) note {
		l := parent.(*order.Line)
		l.Detail.WrittenNumber = strings.TrimSpace(s)
		n, said := parseInteger(s)
		if said.severity == Refusal || n <= 0 {
			return note{} // numberLines reports it
		}
		l.Number = int(n)
		return said
	},
	print: func(parent any, _ int) string {
		return strconv.Itoa(parent.(*order.Line).Number)
	},
}

// numberLines sets the numbers of the lines: the sender's when they are valid,
// otherwise 1 to n with the sender's stored beside them.
func (r *reader) numberLines(lines []order.Line) {
	why := misnumbered(lines)
	for i := range lines {
		l := &lines[i]
		if why != "" {
			l.Number = i + 1
		}
		if why == "" || l.Detail.WrittenNumber == strconv.Itoa(l.Number) {
			l.Detail.WrittenNumber = ""
		}
	}
	if why != "" {
		r.report(warn("line-number", "%s The lines were numbered 1 to %d in the order in which they stand; number "+
			"each uniquely.", why, len(lines)),
			r.lines[0], "/Order/ItemDetail", "")
	}
}

// misnumbered returns why the sender's numbers are not valid, or "".
func misnumbered(lines []order.Line) string {
	seen := make(map[int]bool, len(lines))
	for i, l := range lines {
		switch {
		case l.Number > 0 && !seen[l.Number]:
			seen[l.Number] = true
		case l.Number > 0:
			return fmt.Sprintf("LineNumber %d is there twice.", l.Number)
		case l.Detail.WrittenNumber == "":
			return fmt.Sprintf("Line %d has no LineNumber.", i+1)
		default:
			return fmt.Sprintf("LineNumber %q is not a number from 1.", order.Truncate(l.Detail.WrittenNumber))
		}
	}
	return ""
}

// checkSummary compares the sender's counts with the lines.
func (r *reader) checkSummary(o *order.Order) {
	at := r.frames[0].positions[len(orderElements)-1]
	var units int64
	for i := range o.Lines {
		units += o.Lines[i].Quantity
	}
	compare := func(name string, said *int64, are int64) {
		if said != nil && *said != are {
			r.report(warn("summary", "%s says %d, and the lines add up to %d. It was stored as written; count again.",
				name, *said, are),
				at, "/Order/Summary/"+name, printInteger(*said))
		}
	}
	compare("NumberOfLines", o.Summary.Lines, int64(len(o.Lines)))
	compare("UnitsOrdered", o.Summary.Units, units)
}
