package hark

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/dialect/hark/graph"
	"github.com/bookgate/bookgate/order"
)

// Source is the name of this dialect wherever one is named.
const Source = "hark"

// deviceLine is the one line of a device order.
const deviceLine = 1

// productType names the numbering of devices in documents of the trade.
const productType = "HarkDeviceType"

// The attributes that an order of this dialect keeps beside the model. Erasing takes
// them away.
const (
	attrSubscription = "subscriptionType"
	attrCallback     = "webhookCallbackUrl"
	attrFirstName    = "firstName" // where the recipient's name is to be parted
	attrDevice       = "deviceId"
	attrTracking     = "trackingLink"
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
func toOrder(in graph.OrderDeviceInput, intermediary order.Party, test bool, now time.Time) order.Order {
	buyer, recipient := intermediary.TradeParty(), recipientParty(in.Recipient)
	bill := buyer
	o := order.NewForeign(Source, test, now)
	o.ID, o.Number, o.CustomerRef, o.Attributes = order.NewID(now), newOrderID(), in.Recipient.ExternalUserID, attributesOf(in)
	o.Header.Buyer, o.Header.BillTo, o.Header.ShipTo = buyer, &bill, &recipient
	o.Lines = []order.Line{{Number: deviceLine, Quantity: 1, Detail: order.LineDetail{Title: string(in.Type)},
		Products: []order.Identifier{{Type: "Proprietary", TypeName: productType, Value: string(in.Type)}}}}
	o.Summarize()
	return o
}

func attributesOf(in graph.OrderDeviceInput) order.Attributes {
	f := order.Attributes{attrSubscription: string(in.SubscriptionType), attrFirstName: in.Recipient.FirstName}
	if in.WebhookCallbackURL != nil {
		f[attrCallback] = *in.WebhookCallbackURL
	}
	return f
}

// recipientParty is the recipient as a party of the trade.
func recipientParty(in *graph.RecipientInput) order.TradeParty {
	name := in.FirstName + " " + in.LastName
	address := &order.Address{Lines: []string{in.PostalAddress.AddressLine1}, City: in.PostalAddress.City,
		PostalCode: in.PostalAddress.PostalCode, CountryCode: string(in.PostalAddress.Country)}
	if second := in.PostalAddress.AddressLine2; second != nil && *second != "" {
		address.Lines = append(address.Lines, *second)
	}
	return order.TradeParty{ID: order.Identifier{Type: "SellersAccountNumber", Value: in.ExternalUserID},
		Names: []string{name}, Address: address,
		Contacts: []order.Contact{order.NewContact(name, in.Email, in.PhoneNumber)}}
}

// deviceOrder is an order as this dialect shows it.
func deviceOrder(o *order.Order) *graph.DeviceOrder {
	d := &graph.DeviceOrder{
		OrderID: o.Number, OrderStatus: graph.OrderStatus(state(o)), IntermediaryID: text(string(o.Sender)),
		UpdatedAt:        o.Updated.UTC().Format("2006-01-02T15:04:05.000Z"),
		SubscriptionType: graph.SubscriptionType(o.Attributes[attrSubscription]), Type: deviceType(o),
		Recipient:          recipient(o),
		WebhookCallbackURL: text(o.Attributes[attrCallback]),
	}
	if state(o) == shipped {
		d.DeviceID, d.TrackingLink = text(o.Attributes[attrDevice]), text(o.Attributes[attrTracking])
	}
	return d
}

// deviceType is the kind of device.
func deviceType(o *order.Order) graph.DeviceType {
	if l := o.Line(deviceLine); l != nil {
		return graph.DeviceType(l.Product().Value)
	}
	return ""
}

// text is null for nothing.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// recipient is who gets the device. Of one whose personal data were erased
// there is nothing left to say.
func recipient(o *order.Order) *graph.Recipient {
	var party order.TradeParty
	if o.Header.ShipTo != nil {
		party = *o.Header.ShipTo
	}
	address := order.Address{CountryCode: string(graph.CountryCodeNo)}
	if party.Address != nil {
		address = *party.Address
	}
	first := o.Attributes[attrFirstName]
	return &graph.Recipient{
		FirstName: first, LastName: strings.TrimPrefix(strings.Join(party.Names, " "), first+" "),
		Email: party.Locator(order.ByEmail), PhoneNumber: party.Locator(order.ByPhone), ExternalUserID: text(o.CustomerRef),
		PostalAddress: &graph.PostalAddress{
			AddressLine1: addressLine(address, 0), AddressLine2: text(addressLine(address, 1)),
			City: address.City, PostalCode: address.PostalCode, Country: graph.CountryCode(address.CountryCode),
		},
	}
}

func addressLine(a order.Address, n int) string {
	if n < len(a.Lines) {
		return a.Lines[n]
	}
	return ""
}
