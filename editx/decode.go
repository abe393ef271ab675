package editx

import (
	"encoding/xml"
	"io"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// Option describes a document beside its bytes.
type Option func(*decodeOptions)

// decodeOptions is what the options set.
type decodeOptions struct{ charset string }

// Charset sets the encoding that the Content-Type of the document names (RFC
// 7303, 3). A byte order mark takes precedence over it, and it over the XML
// declaration; "" sets none.
func Charset(label string) Option {
	return func(k *decodeOptions) { k.charset = strings.TrimSpace(label) }
}

func optionsOf(options []Option) (k decodeOptions) {
	for _, set := range options {
		set(&k)
	}
	return k
}

// MediaTypeOf returns the media type under which the bytes of a document mean
// what Decode reads from them: with the charset when nothing else names it.
func MediaTypeOf(body []byte, options ...Option) string {
	return xmlread.MediaType(body, optionsOf(options).charset)
}

// Text returns a document as UTF-8, to show the positions of its findings in, and
// whether their columns count characters, as they do for another encoding. A
// document that cannot be read is returned unchanged.
func Text(body []byte, options ...Option) (text []byte, characters bool) {
	src, err := xmlread.ToUTF8(body, optionsOf(options).charset, &otherFormat)
	if err != nil {
		return body, false
	}
	return src.Bytes, src.Recoded
}

// document is a kind of EDItX document: its grammar, and what can be checked
// only when all of it was read.
type document[T any] struct {
	root           field                                              // named like the root element
	versions       []string                                           // the known ones, last the one that is written
	discardUnknown bool                                               // unknown elements are not stored
	validate       func(r *reader, into *T, begins xmlread.Pos) error // may be nil
	limited        bool                                               // ItemDetail elements are counted before reading
}

// read reads one document into its model. The findings are the departures that
// were tolerated; a refusal is an [order.Error] with every fault in its Fields.
func (d *document[T]) read(body []byte, p Profile, options ...Option) (T, []Finding, error) {
	into := new(T)
	r, err := d.walk(body, p, optionsOf(options), into)
	if r == nil {
		return *new(T), nil, err
	}
	if err == nil {
		err = r.refusal()
	}
	if err != nil {
		return *new(T), r.warnings(), err
	}
	return *into, r.warnings(), nil
}

// checked returns the checker of a kind of document.
func checked[T any](d *document[T]) checker {
	return func(body []byte, p Profile, k decodeOptions) []Finding {
		r, err := d.walk(body, p, k, new(T))
		if r == nil {
			return []Finding{findingOf(err)}
		}
		found := r.all()
		if err != nil {
			found = append(found, findingOf(err))
		}
		return found
	}
}

// walk reads the document from the first byte to the last. The reader is nil
// when the bytes cannot be read at all.
func (d *document[T]) walk(body []byte, p Profile, k decodeOptions, into *T) (*reader, error) {
	src, err := xmlread.Load(body, k.charset, d.format())
	if err != nil {
		return nil, err
	}
	r := &reader{tokens: xmlread.New(src), profile: p}
	for {
		tok, err := r.tokens.Next()
		switch {
		case err == io.EOF:
			return r, nil
		case err != nil:
			return r, err
		}
		if start, ok := tok.(xml.StartElement); ok {
			if err := d.whole(r, start, into); err != nil {
				return r, err
			}
		}
	}
}

// whole reads the root element with its content.
func (d *document[T]) whole(r *reader, t xml.StartElement, into *T) error {
	begins := r.tokens.Start()
	if err := r.checkRoot(t, d.root.name, d.versions[len(d.versions)-1]); err != nil {
		return err
	}
	for _, w := range r.tokens.TakeWarnings() {
		r.report(encodingWarning(w), begins, "/"+d.root.name, "")
	}
	r.discardUnknown = d.discardUnknown
	r.declaredVersion(t.Attr, d.root.name, d.versions)
	if _, err := r.composite(&d.root, 1, into); err != nil || d.validate == nil {
		return err
	}
	return d.validate(r, into, begins)
}

// format describes the document to the XML reader.
func (d *document[T]) format() *xmlread.Format {
	if d.limited {
		return &orderFormat
	}
	return &otherFormat
}

// otherFormat is the format of documents without counted elements.
var otherFormat = xmlread.Format{
	Name: "EDItX", Noun: "order", Indefinite: "an EDItX XML document",
	Root: `<Order version="1.3">`, Unprefixed: true,
}

// orderFormat is the format of the order, whose lines are limited.
var orderFormat = func() xmlread.Format {
	f := otherFormat
	f.Counted, f.MaxCounted, f.TooMany = "<ItemDetail", maxLines, errTooManyLines
	return f
}()

// errTooManyLines returns the error of an order at the first line beyond the
// limit.
func errTooManyLines(r *xmlread.Reader) error {
	return r.Errorf(r.Start(), order.TooLarge, "editx-lines", "The order has more than %d lines.", maxLines).
		WithHint("Split it into several orders.")
}

// encodingWarning returns the note for a warning about the encoding.
func encodingWarning(w xmlread.Warning) note {
	return note{severity: Warning, code: "xml-encoding", message: w.Message, forbidden: w.Misdeclared}
}

// siblings are the other documents of the EDItX family, by their root.
var siblings = []string{
	"OrderResponse", "OrderStatusEnquiry", "OrderStatusReport", "OrderCancelation", "OrderCancellation",
	"AdvanceShipNotice",
	"StockEnquiry", "StockReport", "Invoice", "CreditNote", "ReturnsRequest", "ReturnsResponse",
	"EDItXMessageAcknowledgement",
	"CDFOrder", "CDFOrderResponse", "CDFShipmentReport", "CDFReturnsReport", "LibraryOrder", "LibraryShipNotice",
	"SalesReport", "SalesTaxReport", "InventoryReport",
}

// checkRoot refuses a document of another kind than wanted, and names its kind.
func (r *reader) checkRoot(t xml.StartElement, want, version string) error {
	name := xmlread.QName(t.Name)
	switch {
	case r.tokens.Namespace() != "":
		return r.refuseRoot("editx-namespace",
			"The root element `<%s>` is in the namespace %q; EDItX has no namespace.", name,
			order.Truncate(r.tokens.Namespace())).
			WithHint("%s", namespaceHint(r.tokens.Namespace()))
	case name == want:
		return nil
	case want != rootName:
		return r.refuseRoot("editx-root", "The root element is `<%s>`; an EDItX `<%s version=\"%s\">` is expected.",
			name, want, version).
			WithHint("Send it where such documents are taken.")
	case name == "EDItXMessage":
		return r.refuseRoot("editx-envelope", "The root element is the envelope `<EDItXMessage>`; envelopes are not "+
			"read here.").
			WithHint("Send the `<Order version=\"%s\">` inside it as a document of its own.", version)
	case slices.Contains(siblings, name):
		return r.refuseRoot("editx-root", "The root element is `<%s>`, another document of EDItX; a Trade `<Order "+
			"version=\"%s\">` is expected.", name, version).
			WithHint("Only orders are sent here; answers are given line by line.")
	}
	return r.refuseRoot("editx-root", "The root element is `<%s>`; an EDItX `<Order version=\"%s\">` is expected.",
		name, version).
		WithHint("Send an EDItX Trade Order.")
}

func (r *reader) refuseRoot(code, format string, args ...any) *order.Error {
	return r.tokens.Errorf(r.tokens.Start(), order.Invalid, code, format, args...)
}

func namespaceHint(space string) string {
	if strings.HasPrefix(space, "urn:oasis:names:specification:ubl:") {
		return "This is a UBL document (Peppol, EHF). Send an EDItX Trade Order instead."
	}
	return "Leave the xmlns declaration out if this is an EDItX order."
}

// declaredVersion reads the root's attributes. Versions are often wrong, so the
// content is read in the same way whatever they are; only the schema depends on
// the version.
func (r *reader) declaredVersion(attrs []xml.Attr, root string, known []string) {
	said, found := "", false
	for _, a := range attrs {
		switch {
		case a.Name == xml.Name{Local: "version"}:
			said, found = a.Value, true
		case !xmlread.DeclaresNamespace(a.Name):
			r.foreignAttribute(a, nil, "/"+root)
		}
	}
	r.version, r.schemaVersion = said, known[len(known)-1]
	switch {
	case !found:
		r.report(against("version",
			"The %s does not say its version; it was read by its content. Write version=\"%s\".", r.noun(),
			r.schemaVersion), r.tokens.Start(), "/"+root, "")
	case !slices.Contains(known, said):
		r.report(against("version", "Version %q is not known; the %s was read by its content. Write version=\"%s\".",
			order.Truncate(said), r.noun(), r.schemaVersion), r.tokens.Start(), "/"+root, said)
	case root == rootName && said == "1.0" && r.profile.checksSchema():
		r.report(against("version", "Version 1.0 has no public schema to ask; the order was held against that of "+
			"%s. Write version=\"%s\".", r.schemaVersion, r.schemaVersion), r.tokens.Start(), "/"+root, said)
	default:
		r.schemaVersion = said
	}
}

// The limits of what Decode reads. The largest orders known in the trade have a
// few thousand lines, so they stay well below.
const (
	// MaxBytes limits a document, as sent and as UTF-8: 10,000 plain lines take
	// less.
	MaxBytes = xmlread.MaxBytes

	// maxLines limits the ItemDetail elements: each becomes a row, an answer
	// and an entry in every view.
	maxLines = 10_000

	// maxExtensions limits the unknown elements that are stored: ten for each
	// line of a large order. The limit also bounds the memory that a refusal
	// may cost.
	maxExtensions = 5000

	// maxUnknown limits the unknown elements of a document of which none are
	// stored: some for each line, and fewer than the limit on tags, since each
	// is reported.
	maxUnknown = 4 * maxLines

	// maxFindings limits the warnings and the refusals that are listed of one
	// document, maxFaults those in an error.
	maxFindings = 1000
	maxFaults   = 100

	// maxStored limits the findings that are stored and shown with an order: as
	// many as in an error.
	maxStored = maxFaults
)

// The limits of values in an order.
const (
	// maxNumber limits OrderNumber, which is a key and part of every list, in
	// characters. EDIFACT allows 35 and UUIDs have 36; 70 fits both together.
	maxNumber = 70

	// maxQuantity limits the copies of one line. A larger number is an EAN in
	// the wrong column.
	maxQuantity = 1_000_000
)
