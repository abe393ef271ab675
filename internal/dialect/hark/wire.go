package hark

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Source is the name of this dialect wherever one is named.
const Source = "hark"

// deviceLine is the one line of a device order.
const deviceLine = 1

// productType names the numbering of devices in documents of the trade.
const productType = "HarkDeviceType"

// The facts that an order of this dialect keeps beside the model. Erasing takes
// them away.
const (
	factSubscription = "subscriptionType"
	factCallback     = "webhookCallbackUrl"
	factFirstName    = "firstName" // where the recipient's name is to be parted
	factDevice       = "deviceId"
	factTracking     = "trackingLink"
)

// newOrderID makes an id as the original writes it: a version 4 UUID behind a
// word.
func newOrderID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("order_%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// toOrder makes the core's order: one line with one device, from the
// intermediary to the recipient. Who delivers is left to the routing.
func toOrder(in orderInput, intermediary order.Party, test bool, now time.Time) order.Order {
	buyer := order.TradeParty{ID: order.Identifier{Type: intermediary.Scheme, Value: string(intermediary.ID)}, Names: []string{intermediary.Name}}
	recipient := recipientParty(in.Recipient)
	bill := buyer
	one := int64(1)
	o := order.Order{
		ID: order.NewID(now), Source: order.SourceOf(Source, test), Number: newOrderID(), Subject: in.Recipient.ExternalUserID, Facts: factsOf(in),
		Header: order.Header{IssuedAt: order.Date(now.UTC().Format("20060102T1504Z")), Purpose: order.Original, Buyer: buyer, BillTo: &bill, ShipTo: &recipient},
		Lines: []order.Line{{Number: deviceLine, Quantity: 1, Products: []order.Identifier{{Type: "Proprietary", TypeName: productType, Value: in.Type}},
			Detail: order.LineDetail{Title: in.Type}}},
		Summary: order.Summary{Lines: &one, Units: &one},
	}
	if test {
		o.Header.Purpose = order.Test
	}
	return o
}

func factsOf(in orderInput) order.Facts {
	f := order.Facts{factSubscription: in.SubscriptionType, factFirstName: in.Recipient.FirstName}
	if in.WebhookCallbackURL != nil {
		f[factCallback] = *in.WebhookCallbackURL
	}
	return f
}

// recipientParty is the recipient as a party of the trade.
func recipientParty(in recipientInput) order.TradeParty {
	name := in.FirstName + " " + in.LastName
	address := &order.Address{Lines: []string{in.PostalAddress.AddressLine1}, City: in.PostalAddress.City,
		PostalCode: in.PostalAddress.PostalCode, CountryCode: in.PostalAddress.Country}
	if second := in.PostalAddress.AddressLine2; second != nil && *second != "" {
		address.Lines = append(address.Lines, *second)
	}
	return order.TradeParty{ID: order.Identifier{Type: "SellersAccountNumber", Value: in.ExternalUserID}, Names: []string{name}, Address: address,
		Contacts: []order.Contact{{Name: name, Communication: []order.Communication{{Type: "Email", Locator: in.Email}, {Type: "Phone", Locator: in.PhoneNumber}}}}}
}

// deviceOrder is an order as this dialect shows it. Its methods are the fields
// of the type of the same name.
type deviceOrder struct{ o order.Order }

// OrderID is the number that the order got here.
func (d *deviceOrder) OrderID() string { return d.o.Number }

// OrderStatus is the word for how far the order is.
func (d *deviceOrder) OrderStatus() string { return state(&d.o) }

// IntermediaryID is the owner of the key that ordered.
func (d *deviceOrder) IntermediaryID() *string { return text(string(d.o.Sender)) }

// UpdatedAt is the time of the last change.
func (d *deviceOrder) UpdatedAt() string {
	return d.o.Updated.UTC().Format("2006-01-02T15:04:05.000Z")
}

// SubscriptionType is as it was ordered. The schema has no word for one that is
// not known any more.
func (d *deviceOrder) SubscriptionType() (string, error) {
	if word, ok := d.o.Facts[factSubscription]; ok {
		return word, nil
	}
	return "", &fault{code: codeNotFound, message: "The personal data of order " + d.o.Number + " were erased, and its subscriptionType with them.",
		hint: "Ask for its other fields."}
}

// Type is the kind of device.
func (d *deviceOrder) Type() string {
	if l := d.o.Line(deviceLine); l != nil {
		return l.Product().Value
	}
	return ""
}

// Recipient is who gets the device.
func (d *deviceOrder) Recipient() *recipient { return &recipient{d.o} }

// DeviceID is hidden until the device was shipped.
func (d *deviceOrder) DeviceID() *string { return d.whenShipped(factDevice) }

// TrackingLink is hidden until the device was shipped.
func (d *deviceOrder) TrackingLink() *string { return d.whenShipped(factTracking) }

// WebhookCallbackURL is as it was ordered.
func (d *deviceOrder) WebhookCallbackURL() *string { return text(d.o.Facts[factCallback]) }

func (d *deviceOrder) whenShipped(fact string) *string {
	if state(&d.o) != shipped {
		return nil
	}
	return text(d.o.Facts[fact])
}

// text is null for nothing.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// recipient is the recipient of an order. Of one whose personal data were
// erased there is nothing left to say.
type recipient struct{ o order.Order }

func (r *recipient) party() order.TradeParty {
	if r.o.Header.ShipTo == nil {
		return order.TradeParty{}
	}
	return *r.o.Header.ShipTo
}

// FirstName is the part of the name that was sent as the first one.
func (r *recipient) FirstName() string { first, _ := r.names(); return first }

// LastName is the rest of the name.
func (r *recipient) LastName() string { _, last := r.names(); return last }

func (r *recipient) names() (first, last string) {
	first = r.o.Facts[factFirstName]
	return first, strings.TrimPrefix(strings.Join(r.party().Names, " "), first+" ")
}

// Email is the recipient's address.
func (r *recipient) Email() string { return r.reach("Email") }

// PhoneNumber is the recipient's number as it was sent.
func (r *recipient) PhoneNumber() string { return r.reach("Phone") }

func (r *recipient) reach(by string) string {
	for _, contact := range r.party().Contacts {
		for _, c := range contact.Communication {
			if c.Type == by {
				return c.Locator
			}
		}
	}
	return ""
}

// ExternalUserID is the intermediary's own id of the recipient.
func (r *recipient) ExternalUserID() *string { return text(r.o.Subject) }

// PostalAddress is where the device goes.
func (r *recipient) PostalAddress() *postalAddress {
	a := r.party().Address
	if a == nil {
		a = &order.Address{CountryCode: "NO"}
	}
	return &postalAddress{*a}
}

type postalAddress struct{ a order.Address }

// AddressLine1 is the first line.
func (p *postalAddress) AddressLine1() string { return p.line(0) }

// AddressLine2 is the second line, null when there is none.
func (p *postalAddress) AddressLine2() *string { return text(p.line(1)) }

func (p *postalAddress) line(n int) string {
	if n < len(p.a.Lines) {
		return p.a.Lines[n]
	}
	return ""
}

// City is the postal town.
func (p *postalAddress) City() string { return p.a.City }

// PostalCode has its leading zeros.
func (p *postalAddress) PostalCode() string { return p.a.PostalCode }

// Country is always NO.
func (p *postalAddress) Country() string { return p.a.CountryCode }
