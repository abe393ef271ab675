package editx

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// replyTo is the state of an order, as both documents tell it.
func replyTo(o *order.Order, references codes) reply {
	r := reply{
		Purpose: order.Original, Currency: o.Header.Currency, Buyer: o.Header.Buyer, Seller: o.Header.Seller, ShipFrom: o.Header.ShipFrom,
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

// writeReply writes what is said of an order. With all that the order has, and
// an answer to each of thousands of lines, that can be more than Decode takes:
// then it is shortened until it fits, and its header says how.
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

// dropOrderData takes out what whoever sent the order has there: the number of a
// line names it.
func dropOrderData(r *reply) {
	for i := range r.Lines {
		l := &r.Lines[i]
		l.Products, l.Title, l.References = nil, "", nil
	}
	r.Messages = []order.Message{{Type: freeText, Lines: []string{
		"This document would be too large with products, titles and references; the lines are named by their numbers in the order.",
	}}}
}

// dropFreeText takes out all that has no bound. What remains of 10,000 lines
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

// passedOn are the sender's references that the answer's code list has too.
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

// sharesOf tells what becomes of the copies of a line: as the receiver divided
// them, else as its state leaves no doubt. A line that takes copies back has
// none, and of one that is only being worked on nothing is certain.
func sharesOf(l *order.Line) *order.Shares {
	code := l.CodeFor()
	switch {
	case l.Adjustment || l.Quantity <= 0:
		return nil
	case l.Answer.Shares != nil:
		return l.Answer.Shares
	case l.Status == order.Rejected, code.Status() == order.Rejected:
		return &order.Shares{Cancelled: l.Quantity}
	case shipped(l.Status), code == "AcceptedShipping":
		return &order.Shares{Shipping: l.Quantity}
	case code == "AcceptedBackordered", strings.HasPrefix(string(code), "Backordered"):
		return &order.Shares{Backordered: l.Quantity}
	}
	return nil
}

// shipped reports whether nothing of a line is left to send.
func shipped(s order.Status) bool {
	return s == order.Fulfilled || s == order.FulfilledAssigned || s == order.FulfilledBlocked
}

// some is a number that is said only when it is not 0.
func some(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// orderStatus is one word for the order, "" as long as the receiver has
// answered nothing: every word of the code list would claim an answer.
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

// lineOutcome is the status that an order of such lines alone would have.
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
