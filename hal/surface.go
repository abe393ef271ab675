package hal

import (
	"net/url"
	"strconv"
	"time"

	"github.com/bookgate/bookgate/order"
)

// MediaType labels HAL documents.
const MediaType = "application/hal+json"

// Surface is the API under which a request was made: documents link to the same
// one, never to another generation's.
type Surface struct {
	Base   string         // public address of the server, without a slash at the end
	Orders string         // path of the order collection: /orders, /orders/v1 or /v2/orders
	Zone   *time.Location // of the legacy times
}

// Collection returns the URL of the order collection.
func (s Surface) Collection() string { return s.Base + s.Orders }

// Order returns the URL of an order.
func (s Surface) Order(id order.ID) string { return s.Base + s.Orders + "/" + string(id) }

// Line returns the URL of a line of an order.
func (s Surface) Line(id order.ID, number int) string {
	return s.Order(id) + "/lines/" + strconv.Itoa(number)
}

// Event returns the URL of an event of an order.
func (s Surface) Event(id order.ID, number int) string {
	return s.Order(id) + "/history/" + strconv.Itoa(number)
}

// Webhook returns the URL of an endpoint.
func (s Surface) Webhook(id string) string { return s.Base + WebhooksPath + "/" + url.PathEscape(id) }

// Delivery returns the URL of a delivery to an endpoint.
func (s Surface) Delivery(endpoint, id string) string {
	return s.Webhook(endpoint) + "/deliveries/" + url.PathEscape(id)
}

// Attempt returns the URL of one attempt of a delivery.
func (s Surface) Attempt(endpoint, delivery string, number int) string {
	return s.Delivery(endpoint, delivery) + "/attempts/" + strconv.Itoa(number)
}

// createdLayout is the legacy format of a time, with a literal Z where others
// have a T, and no zone: "2016-02-01Z11:26:00".
const createdLayout = "2006-01-02Z15:04:05"

// assignedWord is the API's own spelling, with a double L.
const assignedWord = "FULLFILLED_ASSIGNED_ORGANIZATION"

// StatusWord returns a status as the Boknett API spells it.
func StatusWord(s order.Status) string {
	if s == order.FulfilledAssigned {
		return assignedWord
	}
	return string(s)
}

// ParseStatus returns the status for any spelling of any version of the Boknett
// API: one L or two in all three FULFILLED words, and PROCESSING for
// UNPROCESSED.
func ParseStatus(word string) (s order.Status, ok bool) {
	switch word {
	case "FULLFILLED":
		return order.Fulfilled, true
	case "FULLFILLED_BLOCKED":
		return order.FulfilledBlocked, true
	case assignedWord, "FULFILLED_ASSIGNED_ORGANIZATION", "FULLFILLED_ASSIGNED":
		return order.FulfilledAssigned, true
	case "PROCESSING":
		return order.Unprocessed, true
	}
	s = order.Status(word)
	return s, s.Valid()
}
