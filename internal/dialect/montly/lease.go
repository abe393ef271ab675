package montly

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/order"
)

// minAmount is the smallest order that is accepted, in öre: 6000 kronor without VAT.
const minAmount = 600_000

// lease is an order as a shop submits it.
type lease struct {
	orderID                             string
	firstName, lastName, company        string
	orgNumber                           string
	email, signatory, phone, customerIP string
	total, vat                          int64 // in öre; total without VAT
	shippingAmount, shippingVAT         int64
	months                              int
	tariff                              order.Decimal // as the shop has it
	billing                             postalAddress
	shipping                            deliveryAddress
	message                             string
	items                               []item
}

// item is one product of a lease.
type item struct {
	name, productID  string
	quantity         int64
	unit, total, vat int64
	sku, variation   string
}

// terms are the conditions of an order beside its form.
type terms struct {
	table     Table
	legalOnly bool // sole traders are rejected
	sums      bool // sums that do not add up are rejected
}

// readLease reads an order, and returns all invalid fields.
func readLease(body *httpjson.Value, c terms) (*lease, []badField) {
	f := newForm(body)
	l := &lease{
		orderID: f.orderID(), firstName: f.required("firstName"), lastName: f.required("lastName"),
		company: f.required("company"), orgNumber: f.orgNumber(c.legalOnly),
		email: f.email("email", true), signatory: f.email("authorizedSignatory", false),
		phone: f.required("phone"), customerIP: f.ipAddress(),
		total: f.amount("totalAmount", minAmount), vat: f.amount("VAT", 0),
		shippingAmount: f.amount("shippingAmount", 0), shippingVAT: f.amount("shippingVAT", 0)}
	f.currency()
	l.months, l.tariff = f.months(c.table), f.decimal("tariff")
	l.billing = f.billing()
	l.shipping = f.shipping()
	l.message = f.optional("customerMessage")
	l.items = f.items()
	bad := f.invalidFields()
	if len(bad) == 0 && c.sums {
		bad = l.checkSums()
	}
	return l, bad
}

// orderID reads the shop's order number. It is part of URLs, so it must be one that
// a URL can have.
func (f form) orderID() string {
	id := f.text("orderId", true, true)
	if unseen := httpjson.Unseen(id); unseen != "" {
		f.Fault("orderId", "%s", "An id without the character "+unseen+", which cannot be seen, is required")
	} else if id != "" && !inAPath(id) {
		f.Fault("orderId", "An id that can stand in an address is required")
	}
	return id
}

// inAPath reports whether the parts of an id between slashes are names.
func inAPath(id string) bool {
	for part := range strings.SplitSeq(id, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return id == strings.TrimSpace(id) && !strings.ContainsFunc(id, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == '\\'
	})
}

// orgNumber reads an organisation number. The error has the words of the original.
func (f form) orgNumber(legalOnly bool) string {
	s := f.text("orgNumber", true, true)
	if f.Faulty("orgNumber") {
		return ""
	}
	number, ok := parseOrgNumber(s, legalOnly)
	if !ok {
		f.Fault("orgNumber", "A valid organisation number is required e.g. xxxxxx-xxxx")
	}
	return number
}

// email reads a plain address at a domain with a dot.
func (f form) email(name string, needed bool) string {
	s := strings.TrimSpace(f.text(name, needed, false))
	if s == "" {
		return ""
	}
	envelope, err := mail.ParseAddress(s)
	if err != nil || !strings.Contains(strings.Trim(envelope[strings.LastIndexByte(envelope, '@')+1:], "."), ".") {
		f.Fault(name, "A valid email address is required")
		return ""
	}
	return s
}

// ipAddress reads the customer's IP address.
func (f form) ipAddress() string {
	s := strings.TrimSpace(f.required("customerIp"))
	if a, err := netip.ParseAddr(s); s != "" && (err != nil || a.Zone() != "") {
		f.Fault("customerIp", "A valid IP address is required")
	}
	return s
}

func (f form) currency() {
	if s := f.required("currency"); s != "" && !strings.EqualFold(s, currency) {
		f.Fault("currency", "%s", "Only "+currency+" is supported")
	}
}

// months reads the period, which must be one that is offered.
func (f form) months(offered Table) int {
	n := int(f.whole("months", 1, maxMonths))
	if _, ok := offered[n]; n > 0 && !ok {
		f.Fault("months", "%s", "A period that is offered is required, which are "+join(offered.Months())+" months")
	}
	return n
}

func join(numbers []int) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = fmt.Sprint(n)
	}
	return strings.Join(words, ", ")
}

// maxItems bounds the items of one order.
const maxItems = 1000

func (f form) items() (items []item) {
	v := f.value("items", true)
	switch n := v.Len(); {
	case v == nil:
		return nil
	case v.Kind() != httpjson.KindList || n == 0 || n > maxItems:
		f.Fault("items", "A list of 1 to %d items is required", maxItems)
		return nil
	}
	for i, v := range v.Inner() {
		if v = v.As(httpjson.KindObject); v.Kind() != httpjson.KindObject {
			f.Fault(fmt.Sprintf("items/%d", i), "An object is required")
			continue
		}
		items = append(items, form{f.Inside(v)}.item())
	}
	return items
}

// itemField returns the name of a field of the item at a position, from 0.
func itemField(i int, name string) string { return fmt.Sprintf("items.%d.%s", i, name) }

func (f form) item() item {
	it := item{name: f.required("name"), productID: f.text("productId", true, true),
		quantity: f.whole("quantity", -maxQuantity, maxQuantity), unit: f.amount("unitAmount", -maxAmount),
		total: f.amount("totalAmount", -maxAmount), vat: f.amount("VAT", -maxAmount),
		sku: f.text("sku", false, true), variation: f.text("variationId", false, true)}
	f.text("serialNumber", false, true)
	f.signs(&it)
	return it
}

// signs checks which amounts of an item are below 0. Shops write a coupon or
// another deduction as an item of its own: with a unitAmount below 0, or with a
// quantity below 0, which is changed to the former, because a quantity is at least
// 1. The sums of such an item are below 0 as well, and of no other item.
func (f form) signs(it *item) {
	sums := []struct {
		name  string
		value int64
	}{{"totalAmount", it.total}, {"VAT", it.vat}}
	off := it.quantity < 0 || it.unit < 0
	switch {
	case it.quantity < 0 && it.unit < 0:
		f.Fault("quantity", "A quantity below 0 goes with a unitAmount that is not")
		return
	case it.quantity < 0:
		it.quantity, it.unit = -it.quantity, -it.unit
	case it.quantity == 0 && f.Get("quantity") != nil && !f.Faulty("quantity"):
		f.Fault("quantity", "The minimum is 1")
	}
	for _, sum := range sums {
		switch {
		case off && sum.value > 0:
			f.Fault(sum.name, "What is taken off has a sum that is not above 0")
		case !off && sum.value < 0 && !f.Faulty("quantity") && !f.Faulty("unitAmount"):
			f.Fault(sum.name, "The minimum is 0")
		}
	}
}

// postalAddress is a postal address.
type postalAddress struct {
	address, address2, city, state, postalCode, country string
}

// deliveryAddress is where the goods are delivered and to whom; empty fields are
// taken from the rest of the order.
type deliveryAddress struct {
	firstName, lastName, company string
	postalAddress
}

// billing reads the billing address.
func (f form) billing() postalAddress {
	b, ok := f.part("billing", true)
	if !ok {
		return postalAddress{}
	}
	return postalAddress{
		address: b.required("address"), address2: b.optional("address2"),
		city: b.required("city"), state: b.optional("state"),
		postalCode: b.required("postalCode"), country: b.country(true)}
}

// shipping reads the delivery address. Every member may be null; when all are, or
// there is no such object, it is the billing address.
func (f form) shipping() deliveryAddress {
	s, ok := f.part("shipping", false)
	if !ok {
		return deliveryAddress{}
	}
	return deliveryAddress{
		firstName: s.optional("firstName"), lastName: s.optional("lastName"), company: s.optional("company"),
		postalAddress: postalAddress{
			address: s.optional("address"), address2: s.optional("address2"),
			city: s.optional("city"), state: s.optional("state"),
			postalCode: s.optional("postalCode"), country: s.country(false)}}
}

// country reads a country code of two letters, in any letter case.
func (f form) country(needed bool) string {
	s := strings.ToUpper(strings.TrimSpace(f.text("country", needed, false)))
	if s != "" && !editx.IsCountry(s) {
		f.Fault("country", "A country code of two letters is required e.g. SE")
	}
	return s
}

// or returns an address with its missing fields taken from another. The second
// line and the state belong to the first line, and are taken with it only.
func (p postalAddress) or(other postalAddress) postalAddress {
	if isBlank(p.address) {
		p.address, p.address2 = other.address, firstNonBlank(p.address2, other.address2)
		p.state = firstNonBlank(p.state, other.state)
	}
	p.city = firstNonBlank(p.city, other.city)
	p.postalCode = firstNonBlank(p.postalCode, other.postalCode)
	p.country = firstNonBlank(p.country, other.country)
	return p
}

// firstNonBlank returns the first text that is not blank.
func firstNonBlank(s, other string) string {
	if isBlank(s) {
		return other
	}
	return s
}

func isBlank(s string) bool { return strings.TrimSpace(s) == "" }

// checkSums returns the sums of an order that do not add up. With coupons and fees
// those of real shops do not, because the items have list prices.
func (l *lease) checkSums() []badField {
	var bad []badField
	add := func(field string, is, should int64) {
		if is != should {
			bad = append(bad, wrong(field, fmt.Sprintf("%d does not add up: the parts give %d", is, should)))
		}
	}
	amount, vat := l.shippingAmount, l.shippingVAT
	for i, it := range l.items {
		add(itemField(i, "totalAmount"), it.total, it.quantity*it.unit)
		amount += it.total
		vat += it.vat
	}
	add("totalAmount", l.total, amount)
	add("VAT", l.vat, vat)
	return bad
}

// sumWarnings returns what is stored of sums that do not add up.
func sumWarnings(bad []badField) string {
	words := make([]string, len(bad))
	for i, b := range bad {
		words[i] = b.Message
	}
	return strings.Join(words, "; ")
}
