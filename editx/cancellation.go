package editx

import (
	"fmt"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// cancel is an OrderCancelation.
//
// There is no public schema. EDIFACT's order change, which EDItX mirrors, may
// cancel lines of several orders, so order references may be on lines; a line
// has its product and the copies to cancel [inferred]. Their number is called
// CanceledQuantity, as in the answer to a line.
type cancel struct {
	Number     string
	IssuedAt   order.Date
	References []order.Reference
	Purpose    order.Purpose
	Buyer      order.TradeParty
	Seller     *order.TradeParty
	Messages   []order.Message
	Lines      []cancelLine
	Summary    order.Summary
}

// cancelLine is one line that is cancelled, or some copies of it.
type cancelLine struct {
	replyLine // how the line is named
	Quantity  *int64
}

// cancellationDocument returns the grammar under either spelling of its root.
func cancellationDocument(root string) *document[cancel] {
	return &document[cancel]{
		root:           field{name: root, use: needed, children: cancellationElements},
		versions:       []string{"1.0", "1.1"},
		discardUnknown: true,
		validate:       validateCancellation(root),
	}
}

// canceledChoice is the choice between the two names of the number of copies.
const canceledChoice = 1

var cancellationElements = []field{
	part("Header", identity[cancel], []field{
		value(nameCancellationNumber, token, func(c *cancel) *string { return &c.Number }),
		value("IssueDateTime", date, func(c *cancel) *order.Date { return &c.IssuedAt }).wanted(),
		list("ReferenceCoded", func(c *cancel) *[]order.Reference { return &c.References },
			referenceElements(responseReferences)),
		value("PurposeCode", purpose, func(c *cancel) *order.Purpose { return &c.Purpose }).wanted(),
		part("BuyerParty", func(c *cancel) *order.TradeParty { return &c.Buyer }, partyElements).wanted(),
		pointer("SellerParty", func(c *cancel) **order.TradeParty { return &c.Seller }, partyElements),
		list("Message", func(c *cancel) *[]order.Message { return &c.Messages }, messageElements),
	}).needed(),
	list("ItemDetail", func(c *cancel) *[]cancelLine { return &c.Lines }, []field{
		value("LineNumber", lineName, func(l *cancelLine) *int64 { return &l.Number }),
		list("ProductID", func(l *cancelLine) *[]order.Identifier { return &l.Products }, productElements).
			checked(checkProduct),
		maybe("OrderQuantity", copies, func(l *cancelLine) **int64 { return &l.Ordered }),
		maybe(nameCanceled, quantity, func(l *cancelLine) **int64 { return &l.Quantity }).oneOf(canceledChoice),
		elsewhere(maybe(nameCancelled, quantity, func(l *cancelLine) **int64 { return &l.Quantity }), nameCanceled).
			oneOf(canceledChoice),
		list("ReferenceCoded", func(l *cancelLine) *[]order.Reference { return &l.References },
			referenceElements(cancellationReferences)),
		list("Message", func(l *cancelLine) *[]order.Message { return &l.Messages }, messageElements),
	}).checked(checkCancelLine).refuseOtherCounts(),
	part("Summary", func(c *cancel) *order.Summary { return &c.Summary }, []field{
		maybe("NumberOfLines", summaryCount, func(s *order.Summary) **int64 { return &s.Lines }).wanted(),
	}),
}

// DecodeCancellation reads an OrderCancelation of one order: of the whole order
// when it has no line, otherwise of the lines that it names, each with the copies
// to cancel, or nil for all that remain. The order's number is in the header, or
// the same on all lines. A Test is refused as by DecodeResponse.
func DecodeCancellation(body []byte, options ...Option) (order.Cancellation, []Finding, error) {
	name := cancellationRoot
	if root, err := rootOf(body, optionsOf(options)); err == nil && root.name == cancellationOtherRoot {
		name = root.name
	}
	read, findings, err := cancellationDocument(name).read(body, Trade, options...)
	if err == nil {
		err = errTest(read.Purpose, name)
	}
	if err != nil {
		return order.Cancellation{}, findings, err
	}
	c := order.Cancellation{OrderNumber: referenceOf(read.References, buyersOrder)}
	for i := range read.Lines {
		l := &read.Lines[i]
		c.Lines = append(c.Lines, order.LineCancellation{Name: l.name(), Quantity: count(l.Quantity)})
	}
	return c, findings, nil
}

// checkCancelLine requires that the line is named, and that the number of copies
// cannot be mistaken for what was ordered.
func checkCancelLine(r *reader, f *frame) {
	l := f.at.(*cancelLine)
	if lineKey(l.name()) == "" {
		r.report(refuse("line-name", "The line is not named; write the LineNumber of the order, a "+
			"BuyersOrderLineReference or a ProductID."),
			f.begins, r.path(f), "")
	}
	if l.Ordered != nil && l.Quantity == nil && !r.refusedIn(f, nameCanceled, nameCancelled) {
		r.report(refuse("quantity", "OrderQuantity is how many were ordered, not how many are cancelled; write "+
			"`<%s>`, or neither to cancel all that remain.", nameCanceled),
			f.begins, r.path(f)+"/OrderQuantity", printInteger(*l.Ordered))
	}
}

func validateCancellation(root string) func(*reader, *cancel, xmlread.Pos) error {
	return func(r *reader, c *cancel, begins xmlread.Pos) error {
		if root == cancellationOtherRoot {
			r.report(against("root-name", "`<%s>` is spelt with one l in EDItX: write `<%s>`.", root, cancellationRoot),
				begins, "/"+root, "")
		}
		named := map[string]int{}
		for i := range c.Lines {
			l := &c.Lines[i]
			if n := referenceOf(l.References, buyersOrder); n != "" {
				c.References = append(c.References, order.Reference{Type: buyersOrder, Number: n})
			}
			key := lineKey(l.name())
			if first, twice := named[key]; twice && key != "" {
				r.report(refuse("line-twice", "ItemDetail %d and %d both speak of %s; say all of a line in one.", first,
					i+1, l.name()),
					r.lines[i], fmt.Sprintf("/%s/ItemDetail[%d]", root, i+1), "")
			}
			named[key] = i + 1
		}
		r.validateHead(c.References, begins, "/"+root)
		return nil
	}
}

func (f field) refuseOtherCounts() field { f.onlyCanceled = true; return f }
