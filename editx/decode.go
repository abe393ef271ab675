package editx

import (
	"encoding/xml"
	"io"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// MediaType is what an EDItX document is sent as.
const MediaType = "application/xml;charset=UTF-8"

// rootName is the root element of a Trade Order.
const rootName = "Order"

// version is the version that Encode writes.
const version = "1.3"

// root is the whole grammar.
var root = field{name: rootName, use: needed, kids: orderElements}

// Decode reads one EDItX Trade Order, version 1.0 to 1.3. The findings are the
// departures from EDItX that were tolerated; they are there also when the order
// is refused. A refusal is an [order.Error]: Malformed for what is no
// acceptable XML, TooLarge beyond a limit, Invalid for an order that cannot be
// accepted, with every fault in its Fields.
//
// The order has its number, header, lines, summary and what is kept of unknown
// elements; who sent it and what becomes of it is not in the document.
func Decode(body []byte) (order.Order, []Finding, error) {
	if len(body) > MaxBytes {
		return order.Order{}, nil, order.Errorf(order.TooLarge, "xml-limit", "The document has %d bytes; at most %d are taken.", len(body), MaxBytes).
			WithHint("Split the order into several.")
	}
	doc, err := toUTF8(body)
	if err != nil {
		return order.Order{}, nil, err
	}
	r := &reader{gate: newGate(doc)}
	if err := r.document(); err != nil {
		return order.Order{}, r.told(), err
	}
	if err := r.refusal(); err != nil {
		return order.Order{}, r.told(), err
	}
	return r.order, r.told(), nil
}

// document reads from the first token to the last.
func (r *reader) document() error {
	for {
		tok, err := r.gate.next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if start, ok := tok.(xml.StartElement); ok {
			if err := r.root(start); err != nil {
				return err
			}
		}
	}
}

// root reads the root element. An envelope would be unwrapped here, around the
// same grammar.
func (r *reader) root(t xml.StartElement) error {
	if err := r.judgeRoot(t); err != nil {
		return err
	}
	begins := r.gate.at
	if r.gate.doc.doubt.code != "" {
		r.report(r.gate.doc.doubt, begins, "/"+rootName, "")
	}
	r.version(t.Attr)
	if _, err := r.composite(&root, 1, &r.order); err != nil {
		return err
	}
	return r.conclude(begins)
}

// conclude is what can be said only when all of the order is read.
func (r *reader) conclude(begins mark) error {
	if len(r.order.Lines) > 0 {
		r.numberLines()
	}
	r.checkSummary()
	if r.order.Header.Purpose == "" && r.refused == 0 {
		r.order.Header.Purpose = order.Original
		r.report(warn("purpose", "The order has no PurposeCode; it was taken as Original."), begins, "/Order/Header/PurposeCode", "")
	}
	kept, err := r.keptElements()
	r.order.Kept = kept
	return err
}

// siblings are the other documents of the EDItX family, by their root.
var siblings = []string{
	"OrderResponse", "OrderStatusEnquiry", "OrderStatusReport", "OrderCancelation", "OrderCancellation", "AdvanceShipNotice",
	"StockEnquiry", "StockReport", "Invoice", "CreditNote", "ReturnsRequest", "ReturnsResponse", "EDItXMessageAcknowledgement",
	"CDFOrder", "CDFOrderResponse", "CDFShipmentReport", "CDFReturnsReport", "LibraryOrder", "LibraryShipNotice",
	"SalesReport", "SalesTaxReport", "InventoryReport",
}

// judgeRoot refuses what is not a Trade Order, and says what it is.
func (r *reader) judgeRoot(t xml.StartElement) error {
	name := shown(t.Name)
	switch {
	case r.gate.space != "":
		return r.refuseRoot("editx-namespace", "The root element `<%s>` is in the namespace %q; EDItX has no namespace.", name, order.Cut(r.gate.space)).
			WithHint("%s", namespaceHint(r.gate.space))
	case name == rootName:
		return nil
	case name == "EDItXMessage":
		return r.refuseRoot("editx-envelope", "The root element is the envelope `<EDItXMessage>`; envelopes are not read here.").
			WithHint("Send the `<Order version=\"%s\">` inside it as a document of its own.", version)
	case slices.Contains(siblings, name):
		return r.refuseRoot("editx-root", "The root element is `<%s>`, another document of EDItX; a Trade `<Order version=\"%s\">` is expected.", name, version).
			WithHint("Only orders are sent here; answers are given line by line.")
	}
	return r.refuseRoot("editx-root", "The root element is `<%s>`; an EDItX `<Order version=\"%s\">` is expected.", name, version).
		WithHint("Send an EDItX Trade Order.")
}

func (r *reader) refuseRoot(code, format string, args ...any) *order.Error {
	return r.gate.failAt(r.gate.at, order.Invalid, code, format, args...)
}

func namespaceHint(space string) string {
	if strings.HasPrefix(space, "urn:oasis:names:specification:ubl:") {
		return "This is a UBL document (Peppol, EHF). Send an EDItX Trade Order instead."
	}
	return "Leave the xmlns declaration out if this is an EDItX order."
}

// version looks at the root's attributes. Versions lie often, so the content
// is taken as it is whatever they say.
func (r *reader) version(attrs []xml.Attr) {
	said, found := "", false
	for _, a := range attrs {
		switch {
		case a.Name == xml.Name{Local: "version"}:
			said, found = a.Value, true
		case !declares(a.Name):
			r.report(warn("attribute", "The attribute %s is not part of EDItX and was not kept.", shown(a.Name)), r.gate.at, "/"+rootName, a.Value)
		}
	}
	switch {
	case !found:
		r.report(warn("version", "The order does not say its version; it was read by its content. Write version=\"%s\".", version), r.gate.at, "/"+rootName, "")
	case !slices.Contains([]string{"1.0", "1.1", "1.2", "1.3"}, said):
		r.report(warn("version", "Version %q is not known; the order was read by its content. Write version=\"%s\".", order.Cut(said), version), r.gate.at, "/"+rootName, said)
	}
}
