package montly

import (
	"strings"

	"github.com/bookgate/bookgate/editx"
)

// place is a postal address.
type place struct {
	address, address2, city, state, postalCode, country string
}

// delivery is where the goods go and to whom; what is empty is as in the rest of
// the order.
type delivery struct {
	firstName, lastName, company string
	place
}

// billing reads the address of the bill.
func (f form) billing() place {
	b, ok := f.part("billing", true)
	if !ok {
		return place{}
	}
	return place{address: b.need("address"), address2: b.may("address2"), city: b.need("city"), state: b.may("state"),
		postalCode: b.need("postalCode"), country: b.country(true)}
}

// shipping reads the address of delivery. Every member may be null; when all
// are, or there is no such object, the goods go where the bill goes.
func (f form) shipping() delivery {
	s, ok := f.part("shipping", false)
	if !ok {
		return delivery{}
	}
	return delivery{firstName: s.may("firstName"), lastName: s.may("lastName"), company: s.may("company"),
		place: place{address: s.may("address"), address2: s.may("address2"), city: s.may("city"), state: s.may("state"),
			postalCode: s.may("postalCode"), country: s.country(false)}}
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
func (p place) or(other place) place {
	if blank(p.address) {
		p.address, p.address2, p.state = other.address, keep(p.address2, other.address2), keep(p.state, other.state)
	}
	p.city, p.postalCode, p.country = keep(p.city, other.city), keep(p.postalCode, other.postalCode), keep(p.country, other.country)
	return p
}

// keep gives the first text that is not blank.
func keep(s, other string) string {
	if blank(s) {
		return other
	}
	return s
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }
