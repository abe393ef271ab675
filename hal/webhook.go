package hal

import (
	"encoding/json"
)

// Where webhooks and the live stream are, on every surface.
const (
	WebhooksPath = "/v2/webhooks"
	EventsPath   = "/v2/events"
)

// Webhook is an endpoint as its owner sees it. Secret is there only in the
// answers that show one: when the endpoint is made, and when it is rotated.
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
	OldUntil    Time              `json:"oldSecretUntil,omitzero"` // until then the newest of the old secrets signs as well
	Failures    int               `json:"failures"`                // since the last success
	Since       Time              `json:"failingSince,omitzero"`
	Success     Time              `json:"lastSuccess,omitzero"`
	Created     Time              `json:"createdAt"`
	Updated     Time              `json:"updatedAt"`
}

// WebhookLinks are the links of an endpoint, with what its owner may do to it:
// Pause while it is active, Resume while it is not.
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

// NewWebhook begins the document of an endpoint with its links.
func NewWebhook(id string, active bool, s Surface) Webhook {
	at := s.Webhook(id)
	links := WebhookLinks{Self: Link{Href: at}, Deliveries: Link{Href: at + "/deliveries{?state,before,limit}", Templated: true},
		Rotate: Link{Href: at + "/rotate"}, Test: Link{Href: at + "/test"}, Resend: Link{Href: at + "/resend"}, Curies: curies(s)}
	if active {
		links.Pause = Link{Href: at + "/pause"}
	} else {
		links.Resume = Link{Href: at + "/resume"}
	}
	return Webhook{ID: id, Links: links}
}

// NewWebhooks makes the document of the collection.
func NewWebhooks(all []Webhook, s Surface) Webhooks {
	for i := range all {
		all[i].Links.Curies = nil // they stand once, above
	}
	return Webhooks{Links: WebhooksLinks{Self: Link{Href: s.Base + WebhooksPath}, Curies: curies(s)}, Embedded: EmbeddedWebhooks{all}}
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
