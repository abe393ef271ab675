package montly

import (
	"cmp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/bookgate/bookgate/order"
)

// The attributes of an order of this dialect beside those of its states. Erasing
// removes them.
const (
	attrMonths    = "months"
	attrTariff    = "tariff"        // as the shop has it
	attrPercent   = "percent"       // by which it was priced
	attrMonthly   = "monthlyAmount" // in öre
	attrSignatory = "authorizedSignatory"
	attrSums      = "sums" // those that do not add up
)

// currency is the currency of leases.
const currency = "SEK"

// kronor returns an amount in öre as the core has money.
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

// customerNumber is the scheme of a customer's number with the seller in EDItX.
const customerNumber = "SellersAccountNumber"

// toOrder returns the core's order: the shop sends and delivers it, the customer is
// named as its buyer, and the finance company pays.
func toOrder(l *lease, shop order.Party, f Finance, percent order.Decimal, test bool, now time.Time) order.Order {
	seller, shipTo := shop.TradeParty(), l.receiver()
	payer := order.TradeParty{ID: order.Identifier{Type: customerNumber, Value: f.Name}, Names: []string{f.Name}}
	o := order.NewForeign(Source, test, now)
	o.Number, o.Buyer, o.OnHold, o.Attributes = l.orderID, shop.ID, true, l.attributes(percent)
	h := &o.Header
	h.Currency, h.Buyer, h.Seller, h.BillTo, h.ShipTo = currency, l.customer(), &seller, &payer, &shipTo
	h.Services, h.Messages = l.freight(), l.messages()
	for i, it := range l.items {
		o.Lines = append(o.Lines, it.line(i+1))
	}
	o.Summarize()
	return o
}

// attributes returns what the model has no field for.
func (l *lease) attributes(percent order.Decimal) order.Attributes {
	return order.Attributes{
		order.AttrState: pending,
		attrMonths:      strconv.Itoa(l.months),
		attrTariff:      plain(l.tariff),
		attrPercent:     plain(percent),
		attrMonthly:     strconv.FormatInt(monthlyAmount(l.total, percent), 10),
	}.Set(attrSignatory, l.signatory).Set(attrSums, sumWarnings(l.checkSums()))
}

// customer returns the company that leases.
func (l *lease) customer() order.TradeParty {
	return order.TradeParty{ID: order.Identifier{Type: customerNumber, Value: l.orgNumber},
		AdditionalIDs: []order.Identifier{{Type: "TaxRegistrationNumber", Value: l.orgNumber}},
		Names:         []string{clean(l.company)}, Address: l.billing.postal(),
		Contacts: l.contacts(l.firstName, l.lastName)}
}

// receiver returns the ship-to party. Missing fields of the delivery address are
// taken from the rest of the order.
func (l *lease) receiver() order.TradeParty {
	s := l.shipping
	return order.TradeParty{
		ID:       order.Identifier{Type: customerNumber, Value: l.orgNumber},
		Names:    []string{clean(firstNonBlank(s.company, l.company))},
		Address:  s.or(l.billing).postal(),
		Contacts: l.contacts(firstNonBlank(s.firstName, l.firstName), firstNonBlank(s.lastName, l.lastName)),
	}
}

func (l *lease) contacts(first, last string) []order.Contact {
	return []order.Contact{order.NewContact(clean(first+" "+last), l.email, clean(l.phone))}
}

func (p postalAddress) postal() *order.Address {
	a := &order.Address{
		Lines: []string{clean(p.address)}, City: clean(p.city), PostalCode: clean(p.postalCode),
		Subdivision: clean(p.state), CountryCode: p.country,
	}
	if second := clean(p.address2); second != "" {
		a.Lines = append(a.Lines, second)
	}
	return a
}

// freight returns the charge for shipping.
func (l *lease) freight() []order.Service {
	if l.shippingAmount == 0 && l.shippingVAT == 0 {
		return nil
	}
	tax := kronor(l.shippingVAT)
	return []order.Service{{Coded: order.Coded{Type: "Seller", Code: "Freight"}, Description: "Freight",
		Pricing: []order.Pricing{{Price: order.Price{
			Amount: kronor(l.shippingAmount), Currency: currency, Qualifier: "TotalPriceExcludingTax",
			Taxes: []order.Tax{{Type: "VAT", Amount: &tax}}}}}}}
}

// messages returns what the customer wrote, and nothing of the lease: it becomes
// part of documents.
func (l *lease) messages() []order.Message {
	var lines []string
	for line := range strings.FieldsFuncSeq(l.message, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = clean(line); line != "" {
			lines = append(lines, line)
		}
	}
	return order.FreeText(lines...)
}

func (it item) line(number int) order.Line {
	price := order.Price{Amount: kronor(it.unit), Currency: currency, Qualifier: "UnitCostExcludingTax"}
	return order.Line{Number: number, Quantity: it.quantity, Products: it.products(),
		Detail: order.LineDetail{Title: clean(it.name), Pricing: []order.Pricing{{Price: price}}}}
}

// variationType is the name of the numbering of variations in EDItX.
const variationType = "MontlyVariationId"

// products returns the numbers of an item: an EAN, if one of the shop's numbers has
// 13 digits with the right check digit, and those of the shop.
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

// ean13 returns a number that is a valid EAN, or "".
func ean13(s string) string {
	if want, ok := order.GTINCheck(s); ok && len(s) == 13 && s[12] == want {
		return s
	}
	return ""
}

// clean returns a text as one line: line breaks become blanks.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, s))
}
