package webhook

import (
	"context"
	"maps"
	"net/textproto"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// Wish is what a party may decide about an endpoint. In a change, nil leaves a
// thing as it is.
type Wish struct {
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

// Bounds of what a party may wish.
const (
	maxDescription = 200 // characters, a line
	maxHeaders     = 10
	maxHeaderValue = 500
)

// check refuses a wish that cannot be.
func (d *Desk) check(ctx context.Context, w Wish) error {
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

// set makes an endpoint of the format f what is wished.
func (w Wish) set(e *Endpoint, f Format) error {
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
				return order.Errorf(order.Invalid, "webhook-headers", "The value of %s is %s, which is shown in place of a value.", order.Cut(name), redacted).
					WithHint("Send the value itself, or leave the header out.")
			}
		}
		e.Headers = w.Headers.apply(e.Headers)
		return checkHeaders(e.Headers)
	}
	return nil
}

// changeable refuses what the format of an endpoint does not let its owner
// change: the format itself, the events of a dialect, and an address that is no
// web address, such as that of letters, which the operator keeps.
func (d *Desk) changeable(ctx context.Context, party order.PartyID, id string, w Wish) error {
	e, err := d.store.Endpoint(ctx, party, id)
	if err != nil {
		return err
	}
	f, ours := d.kinds[e.Format]
	switch {
	case w.URL != nil && !ours:
		return badURL("The address of endpoint %s is kept by the operator.", e.ID).WithHint("Ask the operator for: bookgate party set %s --email …", party)
	case w.Format != nil && *w.Format != e.Format:
		return order.Errorf(order.Invalid, "webhook-format", "The format of an endpoint stays as it is, and %s has %s.", e.ID, e.Format).
			WithHint("Add another endpoint, and delete this one.")
	case w.Events != nil && *w.Events != nil && f.Events != nil:
		return noChoice(f)
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
		case !validHeader(name) || len(value) > maxHeaderValue || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f }):
			return refuse("%q cannot be a header with its value.", order.Cut(name))
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

func ownHeader(canonical string) bool {
	switch canonical {
	case "Host", "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "Te",
		"Trailer", "Expect", "User-Agent", "Proxy-Authorization", "Cookie":
		return true
	}
	return strings.HasPrefix(canonical, "Webhook-")
}
