package hal

import (
	"encoding/json"

	"github.com/bookgate/bookgate/order"
)

// Delivery is one event on its way to one endpoint, as the endpoint's owner
// sees it.
type Delivery struct {
	Links    DeliveryLinks `json:"_links"`
	ID       string        `json:"id"` // the webhook-id of every try
	Type     string        `json:"type"`
	State    string        `json:"state"`
	Attempts int           `json:"attempts"`
	Due      Time          `json:"nextAttemptAt,omitzero"` // while it is pending
	Created  Time          `json:"createdAt"`
	Finished Time          `json:"finishedAt,omitzero"`
	Order    order.ID      `json:"orderId,omitempty"`
	Number   string        `json:"orderNumber,omitempty"`
	Change   int64         `json:"change,omitempty"` // the number in the feed
	Line     int           `json:"line,omitempty"`
	Status   string        `json:"status,omitempty"`
}

// DeliveryLinks are the links of a delivery. A trial has no order.
type DeliveryLinks struct {
	Self     Link   `json:"self"`
	Attempts Link   `json:"bk:attempts"`
	Resend   Link   `json:"bk:resend"`
	Order    Link   `json:"bk:order,omitzero"`
	Curies   Curies `json:"curies,omitempty"`
}

// Deliveries is a page of an endpoint's deliveries, newest first. Next is there
// while older ones follow.
type Deliveries struct {
	Links    DeliveriesLinks    `json:"_links"`
	Embedded EmbeddedDeliveries `json:"_embedded"`
}

// DeliveriesLinks are the links of a page.
type DeliveriesLinks struct {
	Self   Link   `json:"self"`
	Next   *Link  `json:"next,omitempty"`
	Curies Curies `json:"curies,omitempty"`
}

// EmbeddedDeliveries holds the deliveries of a page.
type EmbeddedDeliveries struct {
	Deliveries []Delivery `json:"bk:delivery"`
}

// AttemptLinks are the links of an attempt. The curies stand where it is a
// document of its own.
type AttemptLinks struct {
	Self     Link   `json:"self"`
	Delivery Link   `json:"bk:delivery"`
	Curies   Curies `json:"curies,omitempty"`
}

// Attempt is one try: what was answered, or why nothing was. Body is the
// beginning of the answer as text.
type Attempt struct {
	Links        AttemptLinks        `json:"_links"`
	Number       int                 `json:"number"`
	At           Time                `json:"at"`
	Milliseconds int64               `json:"ms"`
	Status       int                 `json:"status,omitempty"`
	Error        string              `json:"error,omitempty"`
	Header       map[string][]string `json:"headers,omitempty"`
	Body         string              `json:"body,omitempty"`
}

// Attempts are all tries of a delivery, oldest first.
type Attempts struct {
	Links    AttemptsLinks    `json:"_links"`
	Embedded EmbeddedAttempts `json:"_embedded"`
}

// AttemptsLinks are the links of the tries.
type AttemptsLinks struct {
	Self     Link   `json:"self"`
	Delivery Link   `json:"bk:delivery"`
	Curies   Curies `json:"curies,omitempty"`
}

// EmbeddedAttempts holds the tries.
type EmbeddedAttempts struct {
	Attempts []Attempt `json:"bk:attempt"`
}

// Resent tells how many deliveries are sent again.
type Resent struct {
	Resent int64 `json:"resent"`
}

// NewDelivery begins the document of a delivery with its links.
func NewDelivery(endpoint, id string, of order.ID, s Surface) Delivery {
	at := s.Delivery(endpoint, id)
	d := Delivery{ID: id, Order: of, Links: DeliveryLinks{Self: Link{Href: at}, Attempts: Link{Href: at + "/attempts"},
		Resend: Link{Href: at + "/resend"}, Curies: curies(s)}}
	if of != "" {
		d.Links.Order = Link{Href: s.Order(of)}
	}
	return d
}

// NewDeliveries makes a page. query and next are the query strings, with their
// question mark, of this page and of the one behind it, which may be "".
func NewDeliveries(endpoint string, all []Delivery, query, next string, s Surface) Deliveries {
	for i := range all {
		all[i].Links.Curies = nil // they stand once, above
	}
	base := s.Webhook(endpoint) + "/deliveries"
	d := Deliveries{Links: DeliveriesLinks{Self: Link{Href: base + query}, Curies: curies(s)}, Embedded: EmbeddedDeliveries{all}}
	if next != "" {
		d.Links.Next = &Link{Href: base + next}
	}
	return d
}

// NewAttempts makes the document of a delivery's tries.
func NewAttempts(endpoint, delivery string, all []Attempt, s Surface) Attempts {
	for i := range all {
		all[i].Links.Curies = nil // they stand once, above
	}
	at := s.Delivery(endpoint, delivery)
	return Attempts{Links: AttemptsLinks{Self: Link{Href: at + "/attempts"}, Delivery: Link{Href: at}, Curies: curies(s)}, Embedded: EmbeddedAttempts{all}}
}

// NewAttempt begins the document of one attempt with its links.
func NewAttempt(endpoint, delivery string, number int, s Surface) Attempt {
	return Attempt{Number: number, Links: AttemptLinks{Self: Link{Href: s.Attempt(endpoint, delivery, number)},
		Delivery: Link{Href: s.Delivery(endpoint, delivery)}, Curies: curies(s)}}
}

// ParseAttempt reads the document of an attempt.
func ParseAttempt(body []byte) (a Attempt, err error) {
	err = json.Unmarshal(body, &a)
	return a, err
}

// ParseDelivery reads the document of a delivery.
func ParseDelivery(body []byte) (d Delivery, err error) {
	err = json.Unmarshal(body, &d)
	return d, err
}

// ParseDeliveries reads a page of deliveries.
func ParseDeliveries(body []byte) (d Deliveries, err error) {
	err = json.Unmarshal(body, &d)
	return d, err
}

// ParseAttempts reads the tries of a delivery.
func ParseAttempts(body []byte) (a Attempts, err error) {
	err = json.Unmarshal(body, &a)
	return a, err
}
