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

	Secret     Secret      // signs every request
	OldSecrets []OldSecret // the secrets before it, newest first, at most MaxOldSecrets

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

// OldSecret is a rotated secret, which signs as well until Until, while the
// receiver changes over.
type OldSecret struct {
	Secret Secret
	Until  time.Time
}

// Keys are the secrets that sign now, the newest first.
func (e *Endpoint) Keys(now time.Time) []Secret {
	keys := []Secret{e.Secret}
	for _, old := range e.OldSecrets {
		if now.Before(old.Until) {
			keys = append(keys, old.Secret)
		}
	}
	return keys
}

// OldUntil is the instant until which some old secret signs, the zero time when
// none does.
func (e *Endpoint) OldUntil(now time.Time) time.Time {
	if keys := e.Keys(now); len(keys) == 1 {
		return time.Time{}
	}
	return e.OldSecrets[0].Until // each secret ends after the one before it
}

// rotate sets a new secret for the endpoint. Those before go on signing, each for
// its KeepOld.
func (e *Endpoint) rotate(fresh Secret, now time.Time) error {
	old := []OldSecret{{e.Secret, now.Add(KeepOld)}}
	for _, o := range e.OldSecrets {
		if now.Before(o.Until) {
			old = append(old, o)
		}
	}
	if len(old) > MaxOldSecrets {
		first := old[len(old)-1].Until
		err := order.Errorf(order.TooMany, "webhook-rotations", "Endpoint %s was rotated %d times within %s, and every secret of these still signs.", e.ID, MaxOldSecrets, KeepOld).
			WithHint("Rotate again after %s, when the oldest ends; or add another endpoint and delete this one.", first.UTC().Format(time.RFC3339))
		err.RetryAfter = first.Sub(now)
		return err
	}
	e.Secret, e.OldSecrets = fresh, old
	return nil
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
