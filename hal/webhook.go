package hal

import (
	"encoding/json"

	"github.com/bookgate/bookgate/order"
)

// The paths of webhooks and the live stream, on every surface.
const (
	WebhooksPath = "/v2/webhooks"
	EventsPath   = "/v2/events"
)

// Webhook is an endpoint for its owner. Secret is set only when the endpoint
// was created or its secret rotated.
type Webhook struct {
	Links       WebhookLinks      `json:"_links"`
	ID          string            `json:"id"`
	URL         string            `json:"url"`
	Description string            `json:"description,omitempty"`
	Format      string            `json:"format"`
	Events      []string          `json:"events"`            // filters; none means all
	Headers     map[string]string `json:"headers,omitempty"` // values are masked
	State       string            `json:"state"`
	Reason      string            `json:"reason,omitempty"` // why it is not active
	Secret      string            `json:"secret,omitempty"`
	OldUntil    Time              `json:"oldSecretUntil,omitzero"` // the end of the previous secret
	Failures    int               `json:"failures"`                // since the last success
	Since       Time              `json:"failingSince,omitzero"`
	Success     Time              `json:"lastSuccess,omitzero"`
	Created     Time              `json:"createdAt"`
	Updated     Time              `json:"updatedAt"`
}

// WebhookLinks are the links of an endpoint, with what its owner may do: Pause
// while it is active, Resume while it is not.
type WebhookLinks struct {
	Self       Link   `json:"self"`
	Deliveries Link   `json:"bk:deliveries"`
	Rotate     Link   `json:"bk:rotate"`
	Pause      Link   `json:"bk:pause,omitzero"`
	Resume     Link   `json:"bk:resume,omitzero"`
	Test       Link   `json:"bk:test"`
	Resend     Link   `json:"bk:resend"`
	Curies     Curies `json:"curies,omitempty"`
}

// Webhooks are all endpoints of a party, oldest first.
type Webhooks struct {
	Links    WebhooksLinks    `json:"_links"`
	Embedded EmbeddedWebhooks `json:"_embedded"`
}

// WebhooksLinks are the links of the collection.
type WebhooksLinks struct {
	Self   Link   `json:"self"`
	Curies Curies `json:"curies,omitempty"`
}

// EmbeddedWebhooks holds the endpoints of the collection.
type EmbeddedWebhooks struct {
	Webhooks []Webhook `json:"bk:webhook"`
}

// NewWebhook returns the document of an endpoint with its id and links.
func NewWebhook(id string, active bool, s Surface) Webhook {
	at := s.Webhook(id)
	links := WebhookLinks{
		Self:       Link{Href: at},
		Deliveries: Link{Href: at + "/deliveries{?state,before,limit}", Templated: true},
		Rotate:     Link{Href: at + "/rotate"},
		Test:       Link{Href: at + "/test"},
		Resend:     Link{Href: at + "/resend"},
		Curies:     curies(s),
	}
	if active {
		links.Pause = Link{Href: at + "/pause"}
	} else {
		links.Resume = Link{Href: at + "/resume"}
	}
	return Webhook{ID: id, Links: links}
}

// NewWebhooks returns the document of the collection.
func NewWebhooks(all []Webhook, s Surface) Webhooks {
	for i := range all {
		all[i].Links.Curies = nil // the page has them
	}
	return Webhooks{Links: WebhooksLinks{Self: Link{Href: s.Base + WebhooksPath}, Curies: curies(s)},
		Embedded: EmbeddedWebhooks{all}}
}

// ParseWebhook reads the document of an endpoint.
func ParseWebhook(body []byte) (w Webhook, err error) {
	err = json.Unmarshal(body, &w)
	return w, err
}

// ParseWebhooks reads the document of the collection.
func ParseWebhooks(body []byte) (w Webhooks, err error) {
	err = json.Unmarshal(body, &w)
	return w, err
}

// Delivery is the delivery of one event to one endpoint, for the endpoint's
// owner.
type Delivery struct {
	Links    DeliveryLinks `json:"_links"`
	ID       string        `json:"id"` // the webhook-id of every attempt
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

// DeliveryLinks are the links of a delivery. A test event has no order.
type DeliveryLinks struct {
	Self     Link   `json:"self"`
	Attempts Link   `json:"bk:attempts"`
	Resend   Link   `json:"bk:resend"`
	Order    Link   `json:"bk:order,omitzero"`
	Curies   Curies `json:"curies,omitempty"`
}

// Deliveries is a page of an endpoint's deliveries, newest first. Next is set
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

// AttemptLinks are the links of an attempt. Curies are set where it is a
// document of its own.
type AttemptLinks struct {
	Self     Link   `json:"self"`
	Delivery Link   `json:"bk:delivery"`
	Curies   Curies `json:"curies,omitempty"`
}

// Attempt is one attempt: the response, or the error. Body is the beginning of
// the response as text.
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

// Attempts are all attempts of a delivery, oldest first.
type Attempts struct {
	Links    AttemptsLinks    `json:"_links"`
	Embedded EmbeddedAttempts `json:"_embedded"`
}

// AttemptsLinks are the links of the attempts.
type AttemptsLinks struct {
	Self     Link   `json:"self"`
	Delivery Link   `json:"bk:delivery"`
	Curies   Curies `json:"curies,omitempty"`
}

// EmbeddedAttempts holds the attempts.
type EmbeddedAttempts struct {
	Attempts []Attempt `json:"bk:attempt"`
}

// Resent is the number of deliveries that are sent again.
type Resent struct {
	Resent int64 `json:"resent"`
}

// NewDelivery returns the document of a delivery with its id, order and links.
func NewDelivery(endpoint, id string, of order.ID, s Surface) Delivery {
	at := s.Delivery(endpoint, id)
	d := Delivery{ID: id, Order: of, Links: DeliveryLinks{Self: Link{Href: at}, Attempts: Link{Href: at + "/attempts"},
		Resend: Link{Href: at + "/resend"}, Curies: curies(s)}}
	if of != "" {
		d.Links.Order = Link{Href: s.Order(of)}
	}
	return d
}

// NewDeliveries returns a page. query and next are the query strings, with
// their question mark, of this page and of the next one; next may be "".
func NewDeliveries(endpoint string, all []Delivery, query, next string, s Surface) Deliveries {
	for i := range all {
		all[i].Links.Curies = nil // the page has them
	}
	base := s.Webhook(endpoint) + "/deliveries"
	d := Deliveries{Links: DeliveriesLinks{Self: Link{Href: base + query}, Curies: curies(s)},
		Embedded: EmbeddedDeliveries{all}}
	if next != "" {
		d.Links.Next = &Link{Href: base + next}
	}
	return d
}

// NewAttempts returns the document of a delivery's attempts.
func NewAttempts(endpoint, delivery string, all []Attempt, s Surface) Attempts {
	for i := range all {
		all[i].Links.Curies = nil // the page has them
	}
	at := s.Delivery(endpoint, delivery)
	return Attempts{Links: AttemptsLinks{Self: Link{Href: at + "/attempts"}, Delivery: Link{Href: at},
		Curies: curies(s)}, Embedded: EmbeddedAttempts{all}}
}

// NewAttempt returns the document of one attempt with its number and links.
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

// ParseAttempts reads the attempts of a delivery.
func ParseAttempts(body []byte) (a Attempts, err error) {
	err = json.Unmarshal(body, &a)
	return a, err
}
