package installer

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

// attrName keeps the name of an order, for the answers and events that tell it.
// Erasing takes it away.
const attrName = "name"

// What documents of the trade call an installation.
const (
	wholeOrder = "installation"   // the product of an order without an offer
	orderType  = "InstallerOrder" // names the numbering that it is from
	lineType   = "InstallerLine"  // names that of lines without a product number
	accountOf  = "SellersAccountNumber"
	priceNet   = "UnitCostExcludingTax"
	priceGross = "UnitCostIncludingTax"
)

// toOrder makes the core's order: from the router, to the client, with a line
// for each of the offer. What is the router's own (payout, metadata, custom
// fields, workflow, tags, files) is nowhere in it.
func toOrder(in request, id order.ID, router order.Party, test bool, now time.Time) order.Order {
	buyer, client := router.TradeParty(), clientParty(in, id)
	bill := buyer
	if in.isClients() {
		bill = client
	}
	o := order.NewForeign(Source, test, now)
	o.ID, o.Number, o.Lines = id, cmp.Or(in.key(), displayID(id)), toLines(in)
	o.Header.Currency, o.Header.Messages = commonCurrency(in.lines()), messages(plainText(in.Description))
	o.Header.Buyer, o.Header.BillTo, o.Header.ShipTo = buyer, &bill, &client
	if in.Name != nil {
		o.Attributes = o.Attributes.Set(attrName, *in.Name)
	}
	o.Summarize()
	return o
}

// isClients reports whether the end customer pays.
func (in request) isClients() bool {
	return in.Offer != nil && in.Offer.Payer != nil && *in.Offer.Payer == payerClient
}

// clientParty is the end customer, who has no number but that of the order.
func clientParty(in request, id order.ID) order.TradeParty {
	return order.TradeParty{ID: order.Identifier{Type: accountOf, Value: displayID(id)},
		Names: []string{in.ContactPersonName},
		Address: &order.Address{Lines: []string{in.Address}, City: in.City, PostalCode: in.PostalCode,
			CountryCode: in.CountryCode},
		Contacts: []order.Contact{order.NewContact(in.ContactPersonName, in.Email, in.PhoneNumber)}}
}

// toLines returns the lines of an order, at least one, for the trade has no order
// without.
func toLines(in request) []order.Line {
	offered := in.lines()
	if len(offered) == 0 {
		title := ""
		if in.Name != nil {
			title = strings.TrimSpace(*in.Name)
		}
		first, _, _ := strings.Cut(plainText(in.Description), "\n")
		return []order.Line{{Number: 1, Quantity: 1,
			Products: []order.Identifier{{Type: "Proprietary", TypeName: orderType, Value: wholeOrder}},
			Detail:   order.LineDetail{Title: cmp.Or(title, cut(first, maxLine), wholeOrder)}}}
	}
	mixed := commonCurrency(offered) == ""
	var lines []order.Line
	for i, l := range offered {
		lines = append(lines,
			order.Line{Number: i + 1, Quantity: l.Quantity, Products: l.products(i + 1), Detail: l.detail(mixed)})
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
	p := order.Price{Amount: order.Decimal{Units: *l.PayerUnitAmount - orZero(l.DiscountUnitAmount),
		Scale: minorDigits(code)}, Qualifier: priceNet}
	if l.includesTax() {
		p.Qualifier = priceGross
	}
	if mixed {
		p.Currency = code
	}
	d.Pricing = []order.Pricing{{Price: p}}
	return d
}

// minorDigits is how many digits of an amount stand behind the point.
func minorDigits(currency string) uint8 {
	switch {
	case currency == "":
		return 2
	case strings.Contains(withoutDigits, " "+currency+" "):
		return 0
	case strings.Contains(withThree, " "+currency+" "):
		return 3
	}
	return 2
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

// messages returns the lines of a text as free text.
func messages(text string) []order.Message {
	if text == "" {
		return nil
	}
	return order.FreeText(strings.Split(text, "\n")...)
}

// cut is the beginning of a text, in whole characters.
func cut(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most])
	}
	return s
}

// created is the answer to a new order. Its id has three names, because clients
// of different years look for it under id and under value, and that of a
// duplicate under orderId. There are no pages for end customers here, so
// clientUrl is null.
type created struct {
	ID        order.ID `json:"id"`
	Value     order.ID `json:"value"`
	OrderID   order.ID `json:"orderId"`
	DisplayID string   `json:"displayId"`
	ClientURL *string  `json:"clientUrl"`
}

// page is the answer to a list.
type page struct {
	Values []json.RawMessage `json:"values"`
	Count  int64             `json:"count"` // of all that match, on whatever page
}

// orderDocument is an order as its router reads it: what it wrote, and what
// became of it.
type orderDocument struct {
	ID           order.ID `json:"id"`
	DisplayID    string   `json:"displayId"`
	Status       status   `json:"status"`
	StatusName   string   `json:"statusName"`
	CustomerName string   `json:"customerName,omitzero"`
	Coordinates  *point   `json:"coordinates,omitzero"`
	CreatedAt    string   `json:"createdAt"`
	UpdatedAt    string   `json:"updatedAt"`
	request
}

// point is a place on the map: x is the longitude, y the latitude.
type point struct {
	X json.RawMessage `json:"x"`
	Y json.RawMessage `json:"y"`
}

// shown returns an order with the request that it was made by. When the request is
// not stored any more, what the exchange knows of it stands for it.
func (a *API) shown(ctx context.Context, by caller, o *order.Order) (orderDocument, error) {
	doc, err := a.exchange.Document(ctx, by.Party, o.ID)
	switch kind := order.KindOf(err); {
	case err == nil:
	case kind == order.Gone || kind == order.NotFound:
		return document(o, reconstruct(o)), nil
	default:
		return orderDocument{}, fmt.Errorf("the request of order %s: %w", o.ID, err)
	}
	in, err := parseStored(doc.Body)
	if err != nil {
		return orderDocument{}, fmt.Errorf("the request of order %s: %w", o.ID, err)
	}
	return document(o, in), nil
}

// parseStored reads a request that was taken once. The rules of that day are not asked
// again.
func parseStored(body []byte) (request, error) {
	o, err := parse(body)
	if err != nil {
		return request{}, err
	}
	return readRequest(o, nil), nil
}

func document(o *order.Order, in request) orderDocument {
	d := orderDocument{ID: o.ID, DisplayID: displayID(o.ID), Status: statusOf(o), StatusName: state(o),
		CustomerName: in.ContactPersonName,
		CreatedAt:    moment(o.Created), UpdatedAt: moment(o.Updated), request: in}
	if in.Latitude != nil && in.Longitude != nil {
		d.Coordinates = &point{X: in.Longitude, Y: in.Latitude}
	}
	if in.Offer != nil {
		for i, l := range in.Offer.Lines {
			in.Offer.Lines[i] = l.counted()
		}
	}
	return d
}

// counted is a line with its totals, as far as they can be counted.
func (l offerLine) counted() offerLine {
	if l.PayerUnitAmount == nil {
		return l
	}
	total, ok := payerTotal(l.Quantity, *l.PayerUnitAmount, orZero(l.DiscountUnitAmount))
	if !ok {
		return l
	}
	l.PayerTotalAmount = &total
	if l.VATRate != nil {
		tax := taxShare(total, *l.VATRate, l.includesTax())
		l.PayerTotalVATAmount = &tax
	}
	return l
}

// payerTotal is what the payer pays for a line; ok is false when it is more than
// can be counted.
func payerTotal(quantity, unit, discount int64) (total int64, ok bool) {
	each := unit - discount
	if quantity < 0 || each < 0 || discount < 0 {
		return 0, false
	}
	high, low := bits.Mul64(uint64(quantity), uint64(each))
	return int64(low), high == 0 && low <= math.MaxInt64
}

// moment writes a time as JavaScript does.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// The form of a displayId, such as BG-7K3QX-9M2TR: short enough to be read out
// over the phone, in characters that are not mistaken for one another.
const (
	displayPrefix   = "BG-"
	displayAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	displayGroup    = 5 // characters, of two groups

	// displayDigits is how many of the last hexadecimal digits of an order's id
	// hold the 50 bits of its displayId. They are random in every id made here.
	displayDigits = 13
)

// displayID is the name of an order that people tell each other. It is made of
// the order's id alone, so it is there as long as the order is, whatever is
// erased of it.
func displayID(id order.ID) string {
	digits := strings.ReplaceAll(string(id), "-", "")
	bits, _ := strconv.ParseUint(digits[max(0, len(digits)-displayDigits):], 16, 64) // an id has no other digits
	var chars [2 * displayGroup]byte
	for i := len(chars) - 1; i >= 0; i-- {
		chars[i] = displayAlphabet[bits%uint64(len(displayAlphabet))]
		bits /= uint64(len(displayAlphabet))
	}
	return displayPrefix + string(chars[:displayGroup]) + "-" + string(chars[displayGroup:])
}

// isDisplayID reports whether s has the form of a displayId.
func isDisplayID(s string) bool {
	rest, ok := strings.CutPrefix(s, displayPrefix)
	if !ok || len(rest) != 2*displayGroup+1 || rest[displayGroup] != '-' {
		return false
	}
	chars := rest[:displayGroup] + rest[displayGroup+1:]
	return strings.Trim(chars, displayAlphabet) == ""
}

// keyOf is the idempotencyKey of an order, which is its number; an order that
// came without one has its displayId for a number.
func keyOf(o *order.Order) string {
	if o.Number == displayID(o.ID) {
		return ""
	}
	return o.Number
}

// reconstruct is what the exchange knows of an order whose request is not
// stored any more. Amounts are not among it: price and discount are one there.
func reconstruct(o *order.Order) request {
	var in request
	if name, ok := o.Attributes[attrName]; ok {
		in.Name = &name
	}
	if key := keyOf(o); key != "" {
		in.IdempotencyKey = &key
	}
	in.ContactPersonName, in.Email, in.PhoneNumber = customer(o), o.Header.ShipTo.Locator(order.ByEmail),
		o.Header.ShipTo.Locator(order.ByPhone)
	if to := o.Header.ShipTo; to != nil {
		in.CountryCode = to.Country
		if a := to.Address; a != nil {
			in.Address, in.City, in.PostalCode, in.CountryCode = street(o), a.City, a.PostalCode, a.CountryCode
		}
	}
	for i := range o.Lines {
		if l := &o.Lines[i]; !l.Adjustment && l.Product().TypeName != orderType {
			if in.Offer == nil {
				in.Offer = &offer{}
			}
			in.Offer.Lines = append(in.Offer.Lines, reconstructLine(l))
		}
	}
	return in
}

func reconstructLine(l *order.Line) offerLine {
	line := offerLine{Quantity: l.Quantity}
	if l.Detail.Title != "" {
		line.Name = &l.Detail.Title
	}
	for i := range l.Products {
		switch p := &l.Products[i]; p.Type {
		case "EAN13", "SKU":
			line.ExternalID = &p.Value
		case "Seller":
			line.ProductID = &p.Value
		}
	}
	return line
}

// customer and street return the client's name and first line of address. Of an
// order whose personal data were erased they are empty.
func customer(o *order.Order) string {
	if to := o.Header.ShipTo; to != nil && len(to.Names) > 0 {
		return to.Names[0]
	}
	return ""
}

func street(o *order.Order) string {
	if to := o.Header.ShipTo; to != nil && to.Address != nil && len(to.Address.Lines) > 0 {
		return to.Address.Lines[0]
	}
	return ""
}
