package montly

import (
	"fmt"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// currency is the one in which leases are made.
const currency = "SEK"

// kronor is an amount in öre as the core writes money.
func kronor(ore int64) order.Decimal { return order.Decimal{Units: ore, Scale: 2} }

// checkSums tells which sums of an order do not add up. With coupons and fees those
// of real shops do not, because the items have list prices.
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

// sumWarnings is what is kept of sums that do not add up.
func sumWarnings(bad []badField) string {
	words := make([]string, len(bad))
	for i, b := range bad {
		words[i] = b.Message
	}
	return strings.Join(words, "; ")
}
