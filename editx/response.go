package editx

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// responseDocument is the grammar of the OrderResponse, with the members of
// [reply]. Version 1.1 is the newest that public pages name.
var responseDocument = document[reply]{
	root: field{name: responseRoot, use: needed,
		children: replyElements(nameResponseNumber, responseReferences, false)},
	versions:       []string{"1.0", "1.1"},
	discardUnknown: true,
	validate:       validateResponse,
}

// EncodeResponse writes the state of an order's lines as an OrderResponse of
// type AllLines. A revision of an order is always the same document: its
// ResponseNumber consists of the order's id and revision, its time is that of
// the last change.
//
// Members of an answer that EDItX does not have are omitted: the days between
// which a licence is valid, and the confirmed price. A response that would be
// larger than DecodeResponse accepts omits more, and says so in a message of
// its header.
func EncodeResponse(w io.Writer, o *order.Order) error {
	reply := replyTo(o, responseReferences)
	reply.Detail = "AllLines"
	return writeReply(w, &responseDocument, &reply)
}

// DecodeResponse reads the answer to the lines of an order. The status of a
// line follows from its code; a code that is not EDItEUR's, copies that do not
// add up, a line that is not named or named twice refuse the whole document. An
// omitted line is not answered, whatever the type of the response or the status
// in its header.
//
// A response that is a Test is refused: it must not change an order.
func DecodeResponse(body []byte, options ...Option) (order.Response, []Finding, error) {
	read, findings, err := responseDocument.read(body, Trade, options...)
	if err == nil {
		err = errTest(read.Purpose, responseRoot)
	}
	if err != nil {
		return order.Response{}, findings, err
	}
	response := order.Response{OrderNumber: referenceOf(read.References, buyersOrder)}
	for i := range read.Lines {
		l := &read.Lines[i]
		response.Lines = append(response.Lines, order.LineResponse{Name: l.name(), Mark: l.mark()})
	}
	return response, findings, nil
}

// mark returns the answer to the line.
func (l *replyLine) mark() order.LineUpdate {
	m := order.LineUpdate{Status: order.LineCode(l.Status.Code).Status()}
	m.Answer.Code = order.LineCode(l.Status.Code)
	if _, said := l.sum(); said {
		m.Answer.Quantities = &order.Quantities{
			Shipping: count(l.Shipping) + count(l.Shipped), Backordered: count(l.Backordered),
			Cancelled: count(l.Canceled),
		}
	}
	if d := l.Availability.Expected; d != "" {
		m.Answer.Expected = order.Day(d[:4] + "-" + d[4:6] + "-" + d[6:8])
	}
	if len(l.Substitutes) > 0 {
		m.Answer.Substitute = l.Substitutes[0].Products
	}
	m.Answer.Comment = commentOf(l.Messages)
	return m
}

// commentOf joins the lines of messages.
func commentOf(messages []order.Message) string {
	var lines []string
	for _, m := range messages {
		lines = append(lines, m.Lines...)
	}
	return strings.Join(lines, "\n")
}

// validateResponse checks what needs all of the response.
func validateResponse(r *reader, into *reply, begins xmlread.Pos) error {
	r.validateReply(into, begins, "/"+responseRoot)
	switch {
	case len(into.Lines) == 0 && into.Detail == "NoDetail":
		r.report(refuse("no-lines", "The response is of type NoDetail and answers no line; what becomes of each "+
			"line would be a guess. Send it as AllLines, with an ItemDetail for each line."),
			begins, "/"+responseRoot+"/ItemDetail", "")
	case len(into.Lines) == 0:
		r.report(refuse("no-lines", "The response has no `<ItemDetail>`; send one for each line that it answers."),
			begins, "/"+responseRoot+"/ItemDetail", "")
	case into.Detail == "ExceptionsOnly":
		r.report(warn("lines-left-out", "The response is of type ExceptionsOnly; the lines that it leaves out stay "+
			"unanswered."), begins, "/"+responseRoot+"/Header/"+nameResponseType, into.Detail)
	case into.Detail == "NoDetail":
		r.report(warn("lines-left-out", "The response is of type NoDetail and has lines all the same; they were read."),
			begins, "/"+responseRoot+"/Header/"+nameResponseType, into.Detail)
	}
	return nil
}

// validateReply checks what response and report have in common: their order,
// and lines that are named once.
func (r *reader) validateReply(into *reply, begins xmlread.Pos, root string) {
	r.validateHead(into.References, begins, root)
	named := map[string]int{}
	for i := range into.Lines {
		name := into.Lines[i].name()
		key := lineKey(name)
		if first, twice := named[key]; twice && key != "" {
			r.report(refuse("line-twice", "ItemDetail %d and %d both speak of %s; say all of a line in one.", first,
				i+1, name),
				r.lines[i], fmt.Sprintf("%s/ItemDetail[%d]", root, i+1), "")
		}
		named[key] = i + 1
	}
	if n := into.Summary.Lines; n != nil && *n != int64(len(into.Lines)) {
		r.report(warn("summary", "NumberOfLines says %d, and there are %d.", *n, len(into.Lines)), begins,
			root+"/Summary/NumberOfLines", printInteger(*n))
	}
}

// validateHead requires the number of one order.
func (r *reader) validateHead(references []order.Reference, begins xmlread.Pos, root string) {
	number := referenceOf(references, buyersOrder)
	if number == "" {
		r.report(refuse("order-reference", "The document does not say which order it speaks of; a ReferenceCoded of "+
			"type BuyersOrderReference with the OrderNumber is expected."),
			begins, root+"/Header/ReferenceCoded", "")
	}
	for _, ref := range references {
		if ref.Type == buyersOrder && ref.Number != "" && ref.Number != number {
			r.report(refuse("order-reference", "The document speaks of two orders, %s and %s; send one document for "+
				"each.", order.Truncate(number), order.Truncate(ref.Number)),
				begins, root+"/Header/ReferenceCoded", ref.Number)
		}
	}
}

// errTest returns the error of a document that is a Test: it must not change an
// order.
func errTest(purpose order.Purpose, root string) error {
	if purpose != order.Test {
		return nil
	}
	return order.Errorf(order.Invalid, "editx-test",
		"The PurposeCode is Test; a test document does not change an order.").
		WithField(order.Field{Path: "/" + root + "/Header/PurposeCode", Value: string(purpose)}).
		WithHint("The document was read and is in order. Send it as Original when it is meant.")
}

// lineKey returns what two answers to one line have in common.
func lineKey(n order.LineRef) string {
	switch {
	case n.Number != 0:
		return fmt.Sprint("number ", n.Number)
	case n.Reference != "":
		return "reference " + n.Reference
	case len(n.Products) > 0:
		line := order.Line{Products: n.Products}
		return "product " + line.EAN()
	}
	return ""
}

// statusReportDocument is the grammar of the OrderStatusReport, with the
// members of [reply].
var statusReportDocument = document[reply]{
	root: field{name: statusReportRoot, use: needed,
		children: replyElements(nameReportNumber, reportReferences, true)},
	versions:       []string{"1.0", "1.1"},
	discardUnknown: true,
	validate: func(r *reader, into *reply, begins xmlread.Pos) error {
		r.validateReply(into, begins, "/"+statusReportRoot)
		return nil
	},
}

// EncodeStatusReport writes the state of an order as an OrderStatusReport: as
// EncodeResponse does, except that copies that were shipped are ShippedQuantity
// and not QuantityShipping. Packages are not written.
func EncodeStatusReport(w io.Writer, o *order.Order) error {
	report := replyTo(o, reportReferences)
	for i := range report.Lines {
		if l := &report.Lines[i]; shipped(o.Lines[i].Status) {
			l.Shipped, l.Shipping = l.Shipping, nil
		}
	}
	return writeReply(w, &statusReportDocument, &report)
}

// replyTo returns the state of an order for either document.
func replyTo(o *order.Order, references codes) reply {
	r := reply{
		Purpose: order.Original, Currency: o.Header.Currency, Buyer: o.Header.Buyer, Seller: o.Header.Seller,
		ShipFrom:   o.Header.ShipFrom,
		References: []order.Reference{{Type: buyersOrder, Number: o.Number}},
		Status:     orderStatus(o),
	}
	if o.IsTest() {
		r.Purpose = order.Test
	}
	if o.ID != "" {
		r.Number = fmt.Sprintf("%s-%d", o.ID, o.Revision)
	}
	if !o.Updated.IsZero() {
		r.IssuedAt = order.Date(o.Updated.UTC().Format(strictTime + "Z"))
	}
	r.References = append(r.References, passedOn(o.Header.References, references)...)
	for i := range o.Lines {
		r.Lines = append(r.Lines, replyToLine(&o.Lines[i]))
	}
	n := int64(len(r.Lines))
	r.Summary.Lines = &n
	return r
}

// writeReply writes a reply. With all data of the order, and an answer to each
// of thousands of lines, it can be more than Decode accepts: then it is
// shortened until it fits, and its header says how.
func writeReply(w io.Writer, d *document[reply], r *reply) error {
	out, err := renderDocument(d, r, "")
	for _, shorten := range []func(*reply){dropOrderData, dropFreeText} {
		if err != nil || fits(out) {
			break
		}
		shorten(r)
		out, err = renderDocument(d, r, "")
	}
	if err == nil {
		_, err = w.Write(out)
	}
	return err
}

// dropOrderData removes what the sender of the order already has: the number of
// a line identifies it.
func dropOrderData(r *reply) {
	for i := range r.Lines {
		l := &r.Lines[i]
		l.Products, l.Title, l.References = nil, "", nil
	}
	r.Messages = []order.Message{{Type: freeText, Lines: []string{
		"This document would be too large with products, titles and references; the lines are named by their " +
			"numbers in the order.",
	}}}
}

// dropFreeText removes everything of unlimited length. The rest of 10,000 lines
// fits.
func dropFreeText(r *reply) {
	for i := range r.Lines {
		l := &r.Lines[i]
		l.Substitutes, l.Messages = nil, nil
	}
	r.Buyer, r.ShipFrom = order.TradeParty{ID: r.Buyer.ID}, nil
	if r.Seller != nil {
		r.Seller = &order.TradeParty{ID: r.Seller.ID}
	}
	r.References = slices.DeleteFunc(r.References, func(ref order.Reference) bool { return ref.Type != buyersOrder })
	r.Messages[0].Lines = append(r.Messages[0].Lines,
		"It leaves out messages and substitutes of the lines as well; read the answers of the order one by one.")
}

// passedOn returns the sender's references that the answer's code list has too.
func passedOn(references []order.Reference, list codes) []order.Reference {
	var out []order.Reference
	for _, ref := range references {
		if ref.Type != buyersOrder && list.has(ref.Type) {
			out = append(out, ref)
		}
	}
	return out
}

func replyToLine(l *order.Line) replyLine {
	quantity := l.Quantity
	line := replyLine{
		Number: int64(l.Number), Products: l.Products, Title: l.Detail.Title, Ordered: &quantity,
		References: passedOn(l.Detail.References, lineReferences),
		Status:     order.Coded{Type: "EDItEUR", Code: string(l.CodeFor())},
	}
	if s := sharesOf(l); s != nil {
		line.Shipping, line.Backordered, line.Canceled = some(s.Shipping), some(s.Backordered), some(s.Cancelled)
	}
	if d := l.Answer.Expected; d.Valid() {
		line.Availability.Expected = order.Date(strings.ReplaceAll(string(d), "-", ""))
	}
	if len(l.Answer.Substitute) > 0 {
		line.Substitutes = []substitute{{l.Answer.Substitute}}
	}
	if c := l.Answer.Comment; c != "" {
		line.Messages = []order.Message{{Type: freeText, Lines: strings.Split(c, "\n")}}
	}
	return line
}

// sharesOf returns what happens to the copies of a line: as the receiver
// divided them, or as its status implies, or nil. A line that reduces another
// has none.
func sharesOf(l *order.Line) *order.Quantities {
	code := l.CodeFor()
	switch {
	case l.Adjustment || l.Quantity <= 0:
		return nil
	case l.Answer.Quantities != nil:
		return l.Answer.Quantities
	case l.Status == order.Rejected, code.Status() == order.Rejected:
		return &order.Quantities{Cancelled: l.Quantity}
	case shipped(l.Status), code == "AcceptedShipping":
		return &order.Quantities{Shipping: l.Quantity}
	case code == "AcceptedBackordered", strings.HasPrefix(string(code), "Backordered"):
		return &order.Quantities{Backordered: l.Quantity}
	}
	return nil
}

// shipped reports whether everything of a line was sent.
func shipped(s order.Status) bool {
	return s == order.Fulfilled || s == order.FulfilledAssigned || s == order.FulfilledBlocked
}

// some returns a pointer to a number, nil for 0.
func some(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// orderStatus returns the status of the order, "" until the receiver has
// answered: every value of the code list would claim an answer.
func orderStatus(o *order.Order) string {
	var seen []string
	for i := range o.Lines {
		if l := &o.Lines[i]; !l.Adjustment {
			seen = append(seen, lineOutcome(l))
		}
	}
	slices.Sort(seen)
	seen = slices.Compact(seen)
	switch {
	case len(seen) == 0 || len(seen) == 1 && seen[0] == "":
		return ""
	case len(seen) == 1:
		return seen[0]
	}
	return "AcceptedSeeDetail"
}

// lineOutcome returns the status of an order that has only such lines.
func lineOutcome(l *order.Line) string {
	s := sharesOf(l)
	switch {
	case l.Status == order.Unprocessed, l.Status == order.Sent:
		return ""
	case l.Status == order.Rejected, l.Status == order.Failed:
		return "CanceledSeeDetail"
	case s != nil && s.Shipping == l.Quantity:
		return "AcceptedShipping"
	case s != nil && s.Backordered == l.Quantity:
		return "AcceptedBackordered"
	}
	return "AcceptedSeeDetail"
}
