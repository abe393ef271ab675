package montly

import (
	"cmp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/bookgate/bookgate/order"
)

// The facts that an order of this dialect keeps beside the model and its times.
// Erasing takes them away.
const (
	attrMonths    = "months"
	attrTariff    = "tariff"        // as the shop believed it to be
	attrPercent   = "percent"       // by which it was priced
	attrMonthly   = "monthlyAmount" // in öre
	attrSignatory = "authorizedSignatory"
	attrSums      = "sums" // which of them do not add up
)

// currency is the one in which leases are made.
const currency = "SEK"

// kronor is an amount in öre as the core writes money.
func kronor(ore int64) order.Decimal { return order.Decimal{Units: ore, Scale: 2} }

// submitResponse is the answer to a new order.
type submitResponse struct {
	OrderID       string `json:"orderId"`
	MonthlyAmount int64  `json:"monthlyAmount"`
}

// offer is what a shop can offer its customers.
type offer struct {
	Finance *financeWire `json:"financeCompany,omitempty"`
	Tariffs []tariffWire `json:"tariffs"`
}

type financeWire struct {
	Name string `json:"name"`
	Logo string `json:"logo"`
}

// customerNumber is the scheme under which documents of the trade name a
// customer by a number of the seller's choice.
const customerNumber = "SellersAccountNumber"

// toOrder makes the core's order: the shop sends it and delivers it, the
// customer is named as its buyer, and the finance company pays.
func toOrder(l *lease, shop order.Party, f Finance, percent order.Decimal, now time.Time) order.Order {
	seller := order.TradeParty{ID: order.Identifier{Type: shop.Scheme, Value: string(shop.ID)}, Names: []string{shop.Name}}
	payer := order.TradeParty{ID: order.Identifier{Type: customerNumber, Value: f.Name}, Names: []string{f.Name}}
	shipTo := l.receiver()
	lines, units := int64(len(l.items)), int64(0)
	o := order.Order{
		Source: Source, Number: l.orderID, Buyer: shop.ID, Held: true, Facts: l.attributes(percent),
		Header: order.Header{IssuedAt: order.Date(now.UTC().Format("20060102T1504Z")), Purpose: order.Original, Currency: currency,
			Buyer: l.customer(), Seller: &seller, BillTo: &payer, ShipTo: &shipTo, Services: l.freight(), Messages: l.messages()},
	}
	for i, it := range l.items {
		o.Lines = append(o.Lines, it.line(i+1))
		units += it.quantity
	}
	o.Summary = order.Summary{Lines: &lines, Units: &units}
	return o
}

// attributes are what the model has no place for.
func (l *lease) attributes(percent order.Decimal) order.Facts {
	return order.Facts{order.FactState: pending, attrMonths: strconv.Itoa(l.months), attrTariff: plain(l.tariff), attrPercent: plain(percent),
		attrMonthly: strconv.FormatInt(monthlyAmount(l.total, percent), 10)}.With(attrSignatory, l.signatory).With(attrSums, sumWarnings(l.checkSums()))
}

// customer is who leases.
func (l *lease) customer() order.TradeParty {
	return order.TradeParty{ID: order.Identifier{Type: customerNumber, Value: l.orgNumber},
		AdditionalIDs: []order.Identifier{{Type: "TaxRegistrationNumber", Value: l.orgNumber}},
		Names:         []string{clean(l.company)}, Address: l.billing.postal(), Contacts: l.contacts(l.firstName, l.lastName)}
}

// receiver is who gets the goods. What the address of delivery lacks is taken
// from the rest of the order, field by field.
func (l *lease) receiver() order.TradeParty {
	s := l.shipping
	return order.TradeParty{ID: order.Identifier{Type: customerNumber, Value: l.orgNumber}, Names: []string{clean(firstNonBlank(s.company, l.company))},
		Address: s.or(l.billing).postal(), Contacts: l.contacts(firstNonBlank(s.firstName, l.firstName), firstNonBlank(s.lastName, l.lastName))}
}

func (l *lease) contacts(first, last string) []order.Contact {
	return []order.Contact{{Name: clean(first + " " + last), Communication: []order.Communication{{Type: "Email", Locator: l.email}, {Type: "Phone", Locator: clean(l.phone)}}}}
}

func (p postalAddress) postal() *order.Address {
	a := &order.Address{Lines: []string{clean(p.address)}, City: clean(p.city), PostalCode: clean(p.postalCode), Subdivision: clean(p.state), CountryCode: p.country}
	if second := clean(p.address2); second != "" {
		a.Lines = append(a.Lines, second)
	}
	return a
}

// freight is what is paid for shipping beside the goods.
func (l *lease) freight() []order.Service {
	if l.shippingAmount == 0 && l.shippingVAT == 0 {
		return nil
	}
	tax := kronor(l.shippingVAT)
	return []order.Service{{Coded: order.Coded{Type: "Seller", Code: "Freight"}, Description: "Freight",
		Pricing: []order.Pricing{{Price: order.Price{Amount: kronor(l.shippingAmount), Currency: currency, Qualifier: "TotalPriceExcludingTax",
			Taxes: []order.Tax{{Type: "VAT", Amount: &tax}}}}}}}
}

// freeText is the type of message that plain text has in documents of the trade.
const freeText = "01"

// messages hold what the customer wrote, and nothing of the lease: the words go
// into documents.
func (l *lease) messages() []order.Message {
	var lines []string
	for line := range strings.FieldsFuncSeq(l.message, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = clean(line); line != "" {
			lines = append(lines, line)
		}
	}
	if lines == nil {
		return nil
	}
	return []order.Message{{Type: freeText, Lines: lines}}
}

func (it item) line(number int) order.Line {
	return order.Line{Number: number, Quantity: it.quantity, Products: it.products(), Detail: order.LineDetail{Title: clean(it.name),
		Pricing: []order.Pricing{{Price: order.Price{Amount: kronor(it.unit), Currency: currency, Qualifier: "UnitCostExcludingTax"}}}}}
}

// variationType names the numbering of variations in documents of the trade.
const variationType = "MontlyVariationId"

// products are the numbers that an item has: the trade's own, when one of the
// shop's is a number of 13 digits with the right check digit, and the shop's.
func (it item) products() []order.Identifier {
	seller, stock, variation := clean(it.productID), clean(it.sku), clean(it.variation)
	var ids []order.Identifier
	if ean := cmp.Or(ean13(stock), ean13(seller)); ean != "" {
		ids = append(ids, order.Identifier{Type: "EAN13", Value: ean})
	}
	ids = append(ids, order.Identifier{Type: "Seller", Value: seller})
	if stock != "" {
		ids = append(ids, order.Identifier{Type: "SKU", Value: stock})
	}
	if variation != "" {
		ids = append(ids, order.Identifier{Type: "Proprietary", TypeName: variationType, Value: variation})
	}
	return ids
}

// ean13 gives a number back when it is one of the trade's.
func ean13(s string) string {
	if want, ok := order.GTINCheck(s); ok && len(s) == 13 && s[12] == want {
		return s
	}
	return ""
}

// clean makes one line of a text: a break of line from a form is a blank.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, s))
}
