package montly

import (
	"strings"

	"github.com/bookgate/bookgate/editx"
)

// postalAddress is a postal address.
type postalAddress struct {
	address, address2, city, state, postalCode, country string
}

// deliveryAddress is where the goods go and to whom; what is empty is as in the rest of
// the order.
type deliveryAddress struct {
	firstName, lastName, company string
	postalAddress
}

// billing reads the address of the bill.
func (f form) billing() postalAddress {
	b, ok := f.part("billing", true)
	if !ok {
		return postalAddress{}
	}
	return postalAddress{address: b.required("address"), address2: b.optional("address2"), city: b.required("city"), state: b.optional("state"),
		postalCode: b.required("postalCode"), country: b.country(true)}
}

// shipping reads the address of delivery. Every member may be null; when all
// are, or there is no such object, the goods go where the bill goes.
func (f form) shipping() deliveryAddress {
	s, ok := f.part("shipping", false)
	if !ok {
		return deliveryAddress{}
	}
	return deliveryAddress{firstName: s.optional("firstName"), lastName: s.optional("lastName"), company: s.optional("company"),
		postalAddress: postalAddress{address: s.optional("address"), address2: s.optional("address2"), city: s.optional("city"), state: s.optional("state"),
			postalCode: s.optional("postalCode"), country: s.country(false)}}
}

// country reads a country's two letters, in either case.
func (f form) country(needed bool) string {
	s := strings.ToUpper(strings.TrimSpace(f.text("country", needed, false)))
	if s != "" && !editx.IsCountry(s) {
		f.fault(wrong(f.at+"country", "A country code of two letters is required e.g. SE"))
	}
	return s
}

// or gives a place with what it lacks taken from another. The second line and
// the state belong to an address, so they are taken over with the address alone.
func (p postalAddress) or(other postalAddress) postalAddress {
	if isBlank(p.address) {
		p.address, p.address2, p.state = other.address, firstNonBlank(p.address2, other.address2), firstNonBlank(p.state, other.state)
	}
	p.city, p.postalCode, p.country = firstNonBlank(p.city, other.city), firstNonBlank(p.postalCode, other.postalCode), firstNonBlank(p.country, other.country)
	return p
}

// firstNonBlank gives the first text that is not blank.
func firstNonBlank(s, other string) string {
	if isBlank(s) {
		return other
	}
	return s
}

func isBlank(s string) bool { return strings.TrimSpace(s) == "" }
