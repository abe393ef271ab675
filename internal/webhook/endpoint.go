package webhook

import (
	"context"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
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
	Failing  State = "failing"  // no success for long: pending events are stored, and the oldest is tried every hour
	Paused   State = "paused"   // by its owner; what happens meanwhile waits
	Disabled State = "disabled" // it answered 410 Gone; nothing is stored for it until its owner resumes it
)

// ShownHeaders are the names of an endpoint's headers, with their values masked.
func (e *Endpoint) ShownHeaders() map[string]string {
	shown := map[string]string{}
	for name := range e.Headers {
		shown[http.CanonicalHeaderKey(name)] = redacted
	}
	return shown
}

// EndpointUpdate is what a party may decide about an endpoint. In a change, nil leaves a
// thing as it is.
type EndpointUpdate struct {
	URL         *string
	Description *string
	Events      *Filter // pointing to nil: those of the format
	Headers     *HeaderPatch
	Format      *string // chosen when an endpoint is added, and never changed
}

// HeaderPatch changes the headers of an endpoint as a merge patch does (RFC
// 7396): those with a value are set, those with nil are removed, and the others
// stay, as do those whose value is the mask that stands for it where an endpoint
// is shown: callers send back what they read. The nil patch removes all.
type HeaderPatch map[string]*string

// apply returns the headers with the patch applied. A name counts in any case.
func (p HeaderPatch) apply(to map[string]string) map[string]string {
	if p == nil {
		return nil
	}
	patched := maps.Clone(to)
	for name, value := range p {
		if value != nil && *value == redacted && hasHeader(to, name) {
			continue
		}
		maps.DeleteFunc(patched, func(other, _ string) bool { return strings.EqualFold(other, name) })
		if value != nil {
			if patched == nil {
				patched = map[string]string{}
			}
			patched[name] = *value
		}
	}
	return patched
}

func hasHeader(headers map[string]string, name string) bool {
	for other := range headers {
		if strings.EqualFold(other, name) {
			return true
		}
	}
	return false
}

// Bounds of what a party may set.
const (
	maxDescription = 200 // characters, a line
	maxHeaders     = 10
	maxHeaderValue = 500
)

// check refuses an update that cannot be.
func (d *Service) check(ctx context.Context, w EndpointUpdate) error {
	if w.URL != nil {
		if err := d.guard.CheckURL(ctx, *w.URL, d.names); err != nil {
			return err
		}
	}
	if w.Description != nil && len([]rune(*w.Description)) > maxDescription {
		return order.Errorf(order.Invalid, "webhook-description", "The description is longer than %d characters.", maxDescription)
	}
	if w.Events != nil {
		if err := w.Events.Check(); err != nil {
			return err
		}
	}
	return nil
}

// set applies the update to an endpoint of the format f.
func (w EndpointUpdate) set(e *Endpoint, f Format) error {
	if w.URL != nil {
		e.URL = *w.URL
	}
	if w.Description != nil {
		e.Description = *w.Description
	}
	if w.Events != nil {
		if e.Events = *w.Events; e.Events == nil {
			e.Events = f.Events
		}
	}
	if w.Headers != nil {
		for name, value := range *w.Headers {
			if value != nil && *value == redacted && !hasHeader(e.Headers, name) {
				return order.Errorf(order.Invalid, "webhook-headers", "The value of %s is %s, which is shown in place of a value.", order.Truncate(name), redacted).
					WithHint("Send the value itself, or leave the header out.")
			}
		}
		e.Headers = w.Headers.apply(e.Headers)
		return checkHeaders(e.Headers)
	}
	return nil
}

// checkHeaders lets a party send a key of its own along, and nothing that
// would change the request itself.
func checkHeaders(headers map[string]string) error {
	refuse := func(format string, args ...any) error {
		return order.Errorf(order.Invalid, "webhook-headers", format, args...).
			WithHint("Headers of your own are for keys, such as X-Api-Key; the request's own are set here.")
	}
	if len(headers) > maxHeaders {
		return refuse("There are %d headers, and %d are taken.", len(headers), maxHeaders)
	}
	for name, value := range headers {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !validHeader(name) || !validHeaderValue(value):
			return refuse("%q cannot be a header with its value.", order.Truncate(name))
		case ownHeader(canonical):
			return refuse("The header %s is set here.", canonical)
		}
	}
	return nil
}

func validHeader(name string) bool {
	if name == "" || len(name) > 64 {
		return false
	}
	for _, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_') {
			return false
		}
	}
	return true
}

func validHeaderValue(value string) bool {
	return len(value) <= maxHeaderValue &&
		!strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f })
}

func ownHeader(canonical string) bool {
	switch canonical {
	case "Host", "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "Te",
		"Trailer", "Expect", "User-Agent", "Proxy-Authorization", "Cookie":
		return true
	}
	return strings.HasPrefix(canonical, "Webhook-")
}

// kind returns the format that a party asks for in a new endpoint.
func (d *Service) kind(w EndpointUpdate) (Format, error) {
	name := StandardName
	if w.Format != nil {
		name = *w.Format
	}
	f, ok := d.kinds[name]
	switch {
	case !ok:
		return Format{}, order.Errorf(order.Invalid, "webhook-format", "%q is not a webhook format of this server.", order.Truncate(name)).
			WithHint("Use %s, or leave it out for %s.", strings.Join(slices.Sorted(maps.Keys(d.kinds)), " or "), StandardName)
	case w.Events != nil && f.Events != nil:
		return Format{}, noChoice(f)
	}
	return f, nil
}

// noChoice refuses a filter for a format whose dialect decides what is sent.
func noChoice(f Format) error {
	return order.Errorf(order.Invalid, "webhook-events", "An endpoint of the format %s gets what its dialect sends, and takes no filter.", f.Name).
		WithHint("Leave events out.")
}
