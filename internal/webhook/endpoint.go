package webhook

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Endpoint is an address to which a party wants its events sent.
type Endpoint struct {
	ID          string        // ep_ and 26 letters and digits
	Party       order.PartyID // whose events, and who may see and change it
	URL         string
	Description string
	Events      Filter
	Format      string            // the name of a Format
	Scope       order.ID          // the one order that it is for; "" for all of the party
	Headers     map[string]string // sent along with every request; values are secret

	State  State
	Reason string // why it is not active, for people

	Secret    Secret // signs every request
	OldSecret Secret // signs as well until OldUntil, while the receiver changes over
	OldUntil  time.Time

	Created time.Time
	Updated time.Time

	// Failures counts failed attempts since the last success. Since is the
	// first of them, zero after a success.
	Failures int
	Since    time.Time
	Success  time.Time // the last delivery that was taken
	Due      time.Time // nothing is tried before
}

// Channel says by what an endpoint is reached.
type Channel string

// The channels.
const (
	ByWebhook  Channel = "webhook"
	ByCallback Channel = "callback" // a webhook that goes with one order
	ByEmail    Channel = "e-mail"
)

// Channel returns that of the endpoint.
func (e *Endpoint) Channel() Channel {
	switch {
	case strings.HasPrefix(e.URL, Mailto):
		return ByEmail
	case e.Scope != "":
		return ByCallback
	}
	return ByWebhook
}

// Recipient is whom an endpoint reaches, as it may be shown: an e-mail address,
// or the scheme and host of a URL, whose rest may hold a key of its owner.
func (e *Endpoint) Recipient() string {
	if e.Channel() == ByEmail {
		return strings.TrimPrefix(e.URL, Mailto)
	}
	u, err := url.Parse(e.URL)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// State says whether an endpoint is sent to.
type State string

// The states.
const (
	Active   State = "active"
	Failing  State = "failing"  // no success for long: what waits is kept, and the oldest is tried every hour
	Paused   State = "paused"   // by its owner; what happens meanwhile waits
	Disabled State = "disabled" // it answered 410 Gone; nothing is kept for it until its owner resumes it
)

// ShownHeaders are the names of an endpoint's headers, with their values masked.
func (e *Endpoint) ShownHeaders() map[string]string {
	shown := map[string]string{}
	for name := range e.Headers {
		shown[http.CanonicalHeaderKey(name)] = redacted
	}
	return shown
}
