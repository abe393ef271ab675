package hark

import (
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// The bounds of the attributes that a shipped device has.
const (
	deviceIDLength = 8    // characters, as the original documents
	maxTracking    = 2000 // of a link: longer than any real one
)

// Rules are what device orders add to the core's rules, in whichever dialect an
// order is changed.
func Rules() order.Rules { return order.Rules{Mark: mark, Reduce: reduce, State: state} }

// mark lets the seller move an order on: to IN_PROGRESS, to SHIPPED with the
// device and its parcel, or to CANCELLED by refusing it. There is no way back.
func mark(o *order.Order, m order.LineUpdate, _ time.Time) error {
	from, to := state(o), stateOf(m.Status)
	if from == to && to != shipped {
		return nil
	}
	if from == cancelled || from == shipped && to != shipped {
		return order.Errorf(order.Conflict, "device-order-closed", "The device order %s is %s, and cannot become %s.",
			o.Number, from, to).
			WithHint("An order that was shipped or cancelled stays so.")
	}
	if to == shipped {
		return ship(o, m.Attributes, from)
	}
	return nil
}

// ship stores what the recipient's order shows of the parcel. Once stored it is
// not changed.
func ship(o *order.Order, attributes order.Attributes, from string) error {
	if from == shipped {
		return sameAttributes(o, attributes)
	}
	device, link := attributes[attrDevice], attributes[attrTracking]
	if utf8.RuneCountInString(device) != deviceIDLength || strings.ContainsFunc(device, unprintable) {
		return errAttribute(attrDevice, device, "the device's id, of 8 characters, such as 1A2B3C4D")
	}
	u, err := url.Parse(link)
	if err != nil || len(link) > maxTracking || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errAttribute(attrTracking, link,
			"the address under which the parcel can be followed, such as https://sporing.bring.no/sporing/1234")
	}
	o.Attributes = o.Attributes.Set(attrDevice, device).Set(attrTracking, link)
	return nil
}

// sameAttributes refuses other attributes for a device that was shipped.
func sameAttributes(o *order.Order, attributes order.Attributes) error {
	for _, name := range []string{attrDevice, attrTracking} {
		if v, given := attributes[name]; given && v != o.Attributes[name] {
			return order.Errorf(order.Conflict, "device-order-closed",
				"The device order %s was shipped with another %s.", o.Number, name).
				WithHint("What was reported of a shipped device is not changed.")
		}
	}
	return nil
}

// errAttribute says which of the two attributes is missing or wrong.
func errAttribute(name, seen, wanted string) error {
	what := "there is no " + name
	if seen != "" {
		what = name + " is " + order.Truncate(seen)
	}
	return order.Errorf(order.Invalid, "device-attribute",
		"A device order is fulfilled with two attributes, deviceId and trackingLink, and %s. Wanted is %s.", what, wanted).
		WithHint(
			"Send attributes with the status, or: " +
				"bookgate mark ORDER 1 FULFILLED --attribute deviceId=… --attribute trackingLink=….").
		WithField(order.Field{Pointer: "/attributes/" + name, Value: seen})
}

// reduce refuses to take copies back: there is one device, and the order has
// its own way of being cancelled.
func reduce(o *order.Order) error {
	return order.Errorf(order.Conflict, "device-order-whole",
		"The device order %s is for one device; it is not reduced.", o.Number).
		WithHint("Cancel it with the mutation cancelOrder, as long as it is ORDERED.")
}

// cancelComment is what the seller reads beside the line.
const cancelComment = "cancelled by buyer"

// cancel withdraws an order that the seller has not begun to work on.
func cancel(o *order.Order, by order.Actor, now time.Time) ([]order.Event, error) {
	if from := state(o); from != ordered {
		return nil, &fault{code: codeNotCancellable,
			message: "Order " + o.Number + " is " + from + ", and only an order that is ORDERED can be cancelled.",
			hint:    "This field of the request changed nothing."}
	}
	return o.RejectOpenLines(by, cancelComment, now), nil
}
