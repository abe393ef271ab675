package montly

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/order"
)

// leastAmount is the smallest order that is leased: 6000 kronor without VAT.
const leastAmount = 600_000

// lease is an order as a shop sends it.
type lease struct {
	orderID                             string
	firstName, lastName, company        string
	orgNumber                           string
	email, signatory, phone, customerIP string
	total, vat                          int64 // in öre; total without VAT
	shippingAmount, shippingVAT         int64
	months                              int
	tariff                              order.Decimal // as the shop believes it to be
	billing                             place
	shipping                            delivery
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

// terms are what is asked of an order beside its form.
type terms struct {
	table     Table
	legalOnly bool // sole traders are refused
	sums      bool // sums that do not add up are refused
}

// readLease reads an order and lists all that is at fault.
func readLease(in object, c terms) (*lease, []badField) {
	bad := []badField{}
	f := form{in: in, bad: &bad}
	l := &lease{orderID: f.orderID(), firstName: f.need("firstName"), lastName: f.need("lastName"), company: f.need("company"),
		orgNumber: f.orgNumber(c.legalOnly), email: f.email("email", true), signatory: f.email("authorizedSignatory", false),
		phone: f.need("phone"), customerIP: f.address(),
		total: f.amount("totalAmount", leastAmount), vat: f.amount("VAT", 0),
		shippingAmount: f.amount("shippingAmount", 0), shippingVAT: f.amount("shippingVAT", 0)}
	f.currency()
	l.months, l.tariff = f.months(c.table), f.decimal("tariff")
	l.billing = f.billing()
	l.shipping = f.shipping()
	l.message = f.may("customerMessage")
	l.items = f.items()
	if len(bad) == 0 && c.sums {
		bad = l.sums()
	}
	return l, bad
}

// orderID reads the shop's own number. It comes back in addresses, so it must be
// one that an address can have.
func (f form) orderID() string {
	id := f.text("orderId", true, true)
	if unseen := httpjson.Unseen(id); unseen != "" {
		f.fault(wrong("orderId", "An id without the character "+unseen+", which cannot be seen, is required"))
	} else if id != "" && !inAPath(id) {
		f.fault(wrong("orderId", "An id that can stand in an address is required"))
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
	return id == strings.TrimSpace(id) && !strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' })
}

// orgNumber reads an organisation number. What is said of a bad one are the
// original's words.
func (f form) orgNumber(legalOnly bool) string {
	before := len(*f.bad)
	s := f.text("orgNumber", true, true)
	if len(*f.bad) > before {
		return ""
	}
	number, ok := parseOrgNumber(s, legalOnly)
	if !ok {
		f.fault(wrong("orgNumber", "A valid organisation number is required e.g. xxxxxx-xxxx"))
	}
	return number
}

// email reads a plain address at a name with a dot.
func (f form) email(name string, needed bool) string {
	s := strings.TrimSpace(f.text(name, needed, false))
	if s == "" {
		return ""
	}
	envelope, err := mail.ParseAddress(s)
	if err != nil || !strings.Contains(strings.Trim(envelope[strings.LastIndexByte(envelope, '@')+1:], "."), ".") {
		f.fault(wrong(name, "A valid email address is required"))
		return ""
	}
	return s
}

// address reads the customer's IP address.
func (f form) address() string {
	s := strings.TrimSpace(f.need("customerIp"))
	if a, err := netip.ParseAddr(s); s != "" && (err != nil || a.Zone() != "") {
		f.fault(wrong("customerIp", "A valid IP address is required"))
	}
	return s
}

func (f form) currency() {
	if s := f.need("currency"); s != "" && !strings.EqualFold(s, currency) {
		f.fault(wrong("currency", "Only "+currency+" is supported"))
	}
}

// months reads the period, which must be one that is offered.
func (f form) months(offered Table) int {
	n := int(f.whole("months", 1, maxMonths))
	if _, ok := offered[n]; n > 0 && !ok {
		f.fault(wrong("months", "A period that is offered is required, which are "+join(offered.Months())+" months"))
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

// maxItems bounds the items of one order: no office is furnished with more.
const maxItems = 1000

func (f form) items() (items []item) {
	v := f.value("items", true)
	list, ok := v.([]any)
	switch {
	case v == nil:
		return nil
	case !ok || len(list) == 0 || len(list) > maxItems:
		f.fault(wrong("items", fmt.Sprintf("A list of 1 to %d items is required", maxItems)))
		return nil
	}
	for i, v := range list {
		in, ok := asObject(v)
		if !ok {
			f.fault(wrong(strings.TrimSuffix(itemField(i, ""), "."), "An object is required"))
			continue
		}
		items = append(items, form{in, itemField(i, ""), f.bad}.item())
	}
	return items
}

// itemField names a field of the item at a place in the list, from 0.
func itemField(i int, name string) string { return fmt.Sprintf("items.%d.%s", i, name) }

func (f form) item() item {
	it := item{name: f.need("name"), productID: f.text("productId", true, true),
		quantity: f.whole("quantity", -maxQuantity, maxQuantity), unit: f.amount("unitAmount", -maxAmount),
		total: f.amount("totalAmount", -maxAmount), vat: f.amount("VAT", -maxAmount),
		sku: f.text("sku", false, true), variation: f.text("variationId", false, true)}
	f.text("serialNumber", false, true)
	f.signs(&it)
	return it
}

// signs checks which amounts of an item are below 0. Shops write a coupon or a
// fee that is taken off as an item of its own: a unitAmount below 0, or a
// quantity below 0 of what is taken off, which is the same and becomes the
// former, for nothing is ordered less than once. What such an item adds to the
// sums is below 0 as well, and of no other item is anything.
func (f form) signs(it *item) {
	sums := []struct {
		name  string
		value int64
	}{{"totalAmount", it.total}, {"VAT", it.vat}}
	off := it.quantity < 0 || it.unit < 0
	switch {
	case it.quantity < 0 && it.unit < 0:
		f.fault(wrong(f.at+"quantity", "A quantity below 0 goes with a unitAmount that is not"))
		return
	case it.quantity < 0:
		it.quantity, it.unit = -it.quantity, -it.unit
	case it.quantity == 0 && f.in["quantity"] != nil && !f.faulty("quantity"):
		f.fault(wrong(f.at+"quantity", "The minimum is 1"))
	}
	for _, sum := range sums {
		switch {
		case off && sum.value > 0:
			f.fault(wrong(f.at+sum.name, "What is taken off has a sum that is not above 0"))
		case !off && sum.value < 0 && !f.faulty("quantity") && !f.faulty("unitAmount"):
			f.fault(wrong(f.at+sum.name, "The minimum is 0"))
		}
	}
}

// faulty reports whether something was said of a member already.
func (f form) faulty(name string) bool {
	return slices.ContainsFunc(*f.bad, func(b badField) bool { return b.Field == f.at+name })
}
