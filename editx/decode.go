package editx

import (
	"encoding/xml"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// MediaType is what an EDItX document is sent as.
const MediaType = "application/xml;charset=UTF-8"

// rootName is the root element of a Trade Order.
const rootName = "Order"

// version is the version that Encode writes.
const version = "1.3"

// orderDocument is the Trade Order.
var orderDocument = document[order.Order]{
	root:     field{name: rootName, use: needed, children: orderElements},
	versions: []string{"1.0", "1.1", "1.2", version},
	validate: validateOrder,
	limited:  true,
}

// Decode reads one EDItX Trade Order, version 1.0 to 1.3, as DecodeAs does
// under [Trade].
func Decode(body []byte, options ...Option) (order.Order, []Finding, error) {
	return DecodeAs(body, Trade, options...)
}

// DecodeAs reads one EDItX Trade Order, version 1.0 to 1.3. The findings are the
// departures from EDItX that were tolerated; they are there also when the order
// is refused. A refusal is an [order.Error]: Malformed for what is no
// acceptable XML, TooLarge beyond a limit, Invalid for an order that cannot be
// accepted, with every fault in its Fields.
//
// The order has its number, header, lines, summary and what is kept of unknown
// elements; who sent it and what becomes of it is not in the document.
func DecodeAs(body []byte, p Profile, options ...Option) (order.Order, []Finding, error) {
	o, findings, err := orderDocument.read(body, p, options...)
	if err == nil {
		err = readsBack(&o, len(body))
	}
	return o, findings, err
}

// validateOrder is what can be said only when all of the order is read.
func validateOrder(r *reader, o *order.Order, begins xmlread.Pos) error {
	if len(o.Lines) > 0 {
		r.numberLines(o.Lines)
	}
	r.checkSummary(o)
	if o.Header.Purpose == "" && r.refused == 0 && !r.profile.checksSchema() {
		o.Header.Purpose = order.Original
		r.report(against("purpose", "The order has no PurposeCode; it was taken as Original. Write what is meant."), begins, "/Order/Header/PurposeCode", "")
	}
	kept, err := r.encodedExtensions()
	o.Kept = kept
	return err
}

// siblings are the other documents of the EDItX family, by their root.
var siblings = []string{
	"OrderResponse", "OrderStatusEnquiry", "OrderStatusReport", "OrderCancelation", "OrderCancellation", "AdvanceShipNotice",
	"StockEnquiry", "StockReport", "Invoice", "CreditNote", "ReturnsRequest", "ReturnsResponse", "EDItXMessageAcknowledgement",
	"CDFOrder", "CDFOrderResponse", "CDFShipmentReport", "CDFReturnsReport", "LibraryOrder", "LibraryShipNotice",
	"SalesReport", "SalesTaxReport", "InventoryReport",
}

// checkRoot refuses what is not the document that is wanted, and says what it
// is.
func (r *reader) checkRoot(t xml.StartElement, want, version string) error {
	name := xmlread.QName(t.Name)
	switch {
	case r.tokens.Namespace() != "":
		return r.refuseRoot("editx-namespace", "The root element `<%s>` is in the namespace %q; EDItX has no namespace.", name, order.Cut(r.tokens.Namespace())).
			WithHint("%s", namespaceHint(r.tokens.Namespace()))
	case name == want:
		return nil
	case want != rootName:
		return r.refuseRoot("editx-root", "The root element is `<%s>`; an EDItX `<%s version=\"%s\">` is expected.", name, want, version).
			WithHint("Send it where such documents are taken.")
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
	return r.tokens.Errorf(r.tokens.Start(), order.Invalid, code, format, args...)
}

func namespaceHint(space string) string {
	if strings.HasPrefix(space, "urn:oasis:names:specification:ubl:") {
		return "This is a UBL document (Peppol, EHF). Send an EDItX Trade Order instead."
	}
	return "Leave the xmlns declaration out if this is an EDItX order."
}

// declaredVersion looks at the root's attributes. Versions lie often, so the
// content is taken as it is whatever they say; only the schema of the version
// is another.
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
		r.report(against("version", "The %s does not say its version; it was read by its content. Write version=\"%s\".", r.noun(), r.schemaVersion), r.tokens.Start(), "/"+root, "")
	case !slices.Contains(known, said):
		r.report(against("version", "Version %q is not known; the %s was read by its content. Write version=\"%s\".", order.Cut(said), r.noun(), r.schemaVersion), r.tokens.Start(), "/"+root, said)
	case root == rootName && said == "1.0" && r.profile.checksSchema():
		r.report(against("version", "Version 1.0 has no public schema to ask; the order was held against that of %s. Write version=\"%s\".", r.schemaVersion, r.schemaVersion), r.tokens.Start(), "/"+root, said)
	default:
		r.schemaVersion = said
	}
}
