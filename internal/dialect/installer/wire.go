package installer

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

// factName keeps the name of an order, for the answers and events that tell it.
// Erasing takes it away.
const factName = "name"

// What documents of the trade call an installation.
const (
	wholeOrder = "installation"   // the product of an order without an offer
	orderType  = "InstallerOrder" // names the numbering that it is from
	lineType   = "InstallerLine"  // names that of lines without a product number
	freeText   = "01"             // the type of messages
	accountOf  = "SellersAccountNumber"
	priceNet   = "UnitCostExcludingTax"
	priceGross = "UnitCostIncludingTax"
)

// toOrder makes the core's order: from the router, to the client, with a line
// for each of the offer. What is the router's own (payout, metadata, custom
// fields, workflow, tags, files) is nowhere in it.
func toOrder(in request, id order.ID, router order.Party, now time.Time) order.Order {
	buyer := *tradeParty(router)
	client := clientParty(in, id)
	bill := buyer
	if in.isClients() {
		bill = client
	}
	o := order.Order{
		ID: id, Number: cmp.Or(in.key(), displayID(id)),
		Header: order.Header{IssuedAt: order.Date(now.UTC().Format("20060102T1504Z")), Purpose: order.Original,
			Currency: commonCurrency(in.lines()), Buyer: buyer, BillTo: &bill, ShipTo: &client, Messages: messages(plainText(in.Description))},
		Lines: toLines(in),
	}
	if in.Name != nil {
		o.Facts = o.Facts.With(factName, *in.Name)
	}
	lines, units := int64(len(o.Lines)), int64(0)
	for _, l := range o.Lines {
		units += l.Quantity
	}
	o.Summary = order.Summary{Lines: &lines, Units: &units}
	return o
}

// clientParty is the end customer, who has no number but that of the order.
func clientParty(in request, id order.ID) order.TradeParty {
	return order.TradeParty{ID: order.Identifier{Type: accountOf, Value: displayID(id)}, Names: []string{in.ContactPersonName},
		Address:  &order.Address{Lines: []string{in.Address}, City: in.City, PostalCode: in.PostalCode, CountryCode: in.CountryCode},
		Contacts: []order.Contact{{Name: in.ContactPersonName, Communication: []order.Communication{{Type: "Email", Locator: in.Email}, {Type: "Phone", Locator: in.PhoneNumber}}}}}
}

// toLines gives every order a line, for there is none without in the trade.
func toLines(in request) []order.Line {
	offered := in.lines()
	if len(offered) == 0 {
		title := ""
		if in.Name != nil {
			title = strings.TrimSpace(*in.Name)
		}
		first, _, _ := strings.Cut(plainText(in.Description), "\n")
		return []order.Line{{Number: 1, Quantity: 1, Products: []order.Identifier{{Type: "Proprietary", TypeName: orderType, Value: wholeOrder}},
			Detail: order.LineDetail{Title: cmp.Or(title, cut(first, maxLine), wholeOrder)}}}
	}
	mixed := commonCurrency(offered) == ""
	var lines []order.Line
	for i, l := range offered {
		lines = append(lines, order.Line{Number: i + 1, Quantity: l.Quantity, Products: l.products(i + 1), Detail: l.detail(mixed)})
	}
	return lines
}

// products are the numbers of what a line offers, of which there may be none.
func (l offerLine) products(number int) []order.Identifier {
	var ids []order.Identifier
	if l.ExternalID != nil && strings.TrimSpace(*l.ExternalID) != "" {
		id := order.Identifier{Type: "SKU", Value: strings.TrimSpace(*l.ExternalID)}
		if ean, ok := order.ToEAN(id.Value); ok && ean == id.Value {
			id.Type = "EAN13"
		}
		ids = append(ids, id)
	}
	if l.ProductID != nil {
		ids = append(ids, order.Identifier{Type: "Seller", Value: *l.ProductID})
	}
	if ids == nil {
		ids = append(ids, order.Identifier{Type: "Proprietary", TypeName: lineType, Value: fmt.Sprint("line-", number)})
	}
	return ids
}

func (l offerLine) detail(mixed bool) order.LineDetail {
	var d order.LineDetail
	if l.Name != nil {
		d.Title = *l.Name
	}
	if l.Description != nil {
		d.Messages = messages(printableText(*l.Description))
	}
	if l.PayerUnitAmount == nil {
		return d
	}
	code := ""
	if l.CurrencyCode != nil {
		code = *l.CurrencyCode
	}
	p := order.Price{Amount: order.Decimal{Units: *l.PayerUnitAmount - orZero(l.DiscountUnitAmount), Scale: minorDigits(code)}, Qualifier: priceNet}
	if l.includesTax() {
		p.Qualifier = priceGross
	}
	if mixed {
		p.Currency = code
	}
	d.Pricing = []order.Pricing{{Price: p}}
	return d
}

// commonCurrency is the one that all lines have, or "". A line without one would
// be read in that of the others.
func commonCurrency(lines []offerLine) string {
	common := ""
	for i, l := range lines {
		if l.CurrencyCode == nil || i > 0 && *l.CurrencyCode != common {
			return ""
		}
		common = *l.CurrencyCode
	}
	return common
}

// messages carries free text.
func messages(text string) []order.Message {
	if text == "" {
		return nil
	}
	return []order.Message{{Type: freeText, Lines: strings.Split(text, "\n")}}
}

// cut is the beginning of a text, in whole characters.
func cut(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most])
	}
	return s
}
