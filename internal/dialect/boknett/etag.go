package boknett

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// tag is an entity tag as a client sends it back.
type tag struct {
	weak   bool
	opaque string // between the quotes
}

// parseTags reads the values of If-Match or If-None-Match. all is set by *; ok
// is false when something stands there that is no tag.
func parseTags(values []string) (tags []tag, all, ok bool) {
	rest := strings.TrimSpace(strings.Join(values, ","))
	if rest == "*" {
		return nil, true, true
	}
	for rest = strings.TrimLeft(rest, ", \t"); rest != ""; rest = strings.TrimLeft(rest, ", \t") {
		var t tag
		rest, t.weak = strings.CutPrefix(rest, "W/")
		if rest, ok = strings.CutPrefix(rest, `"`); !ok {
			return nil, false, false
		}
		if t.opaque, rest, ok = strings.Cut(rest, `"`); !ok {
			return nil, false, false
		}
		tags = append(tags, t)
	}
	return tags, false, true
}

// unchanged reports whether If-None-Match has this tag, and answers 304 then.
// The comparison is the weak one, as RFC 9110 wants it for reading. The headers
// that a 200 would carry must be set before.
func unchanged(w http.ResponseWriter, r *http.Request, opaque string) bool {
	tags, all, ok := parseTags(r.Header.Values("If-None-Match"))
	if !all && !(ok && slices.ContainsFunc(tags, func(t tag) bool { return t.opaque == opaque })) {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

// orderTag names a revision of an order in one representation.
func orderTag(revision int64, representation string) string {
	return fmt.Sprintf("r%d-%s", revision, representation)
}

// revisionOf gives the revision that a tag of ours names. What follows the
// dash does not count: a proxy that compresses may have added to it.
func revisionOf(opaque string) (int64, bool) {
	digits, _, _ := strings.Cut(strings.TrimPrefix(opaque, "r"), "-")
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil && n > 0 && strings.HasPrefix(opaque, "r")
}

// ifMatch gives the revision that a change is made for: order.AnyRevision
// when the client names none. The tag of any representation will do.
func (f *front) ifMatch(r *http.Request, by order.Actor, id order.ID) (int64, error) {
	values := r.Header.Values("If-Match")
	tags, all, ok := parseTags(values)
	if !ok {
		return 0, order.Errorf(order.Malformed, "if-match-invalid", "If-Match has %s, which is no entity tag.", order.Cut(strings.Join(values, ", "))).
			WithHint("Send the ETag of the order unchanged, with its quotes.").
			WithField(order.Field{Header: "If-Match", Value: strings.Join(values, ", ")})
	}
	if all || len(tags) == 0 {
		return order.AnyRevision, nil
	}
	o, err := f.exchange.Order(r.Context(), by.Party, id)
	if err != nil {
		return 0, err
	}
	for _, t := range tags {
		if n, ok := revisionOf(t.opaque); ok && !t.weak && n == o.Revision {
			return n, nil
		}
	}
	return 0, order.Errorf(order.Stale, "stale", "Order %s has the ETag %q now; the request was made for %s.",
		id, orderTag(o.Revision, f.word()), order.Cut(strings.Join(values, ", "))).
		WithHint("Read the order again and repeat the request with its new ETag.").
		WithField(order.Field{Header: "If-Match", Value: strings.Join(values, ", ")})
}
