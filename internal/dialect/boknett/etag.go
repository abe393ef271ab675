package boknett

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// orderTag is the entity tag of an order: a revision of it, the representation,
// and the epoch of the store in which the revision was made. A store that was
// restored from a backup makes the same revisions again, with other content.
type orderTag struct {
	revision       int64
	representation string
	epoch          string // has no dash in it
}

// String writes the tag without its quotes.
func (t orderTag) String() string {
	return fmt.Sprintf("r%d-%s-%s", t.revision, t.representation, t.epoch)
}

// parseOrderTag reads what String wrote, also with what was added to it on the
// way: behind the shortest text that is a tag there may be nothing else.
func parseOrderTag(opaque string) (t orderTag, ok bool) {
	for at := 0; at <= len(opaque); at++ {
		if at < len(opaque) && strings.IndexByte(codingJoints, opaque[at]) < 0 {
			continue
		}
		if t, ok = parseBareTag(opaque[:at]); ok && isCoding(opaque[at:]) {
			return t, true
		}
	}
	return orderTag{}, false
}

func parseBareTag(opaque string) (t orderTag, ok bool) {
	first, last := strings.IndexByte(opaque, '-'), strings.LastIndexByte(opaque, '-')
	if first < 0 || first == last {
		return t, false
	}
	digits, ok := strings.CutPrefix(opaque[:first], "r")
	n, err := strconv.ParseInt(digits, 10, 64)
	t = orderTag{n, opaque[first+1 : last], opaque[last+1:]}
	numbered := ok && err == nil && n > 0 && isDigits(digits)
	dated := t.epoch != "" && !isCoding("-"+t.epoch) && !strings.ContainsAny(t.epoch, codingJoints)
	return t, numbered && dated && t.representation != ""
}

// tagOf returns the tag of an order as it stands in one representation.
func (f *surface) tagOf(ctx context.Context, o *order.Order, representation string) (orderTag, error) {
	epoch, err := f.exchange.Epoch(ctx)
	return orderTag{o.Revision, representation, epoch}, err
}

// setTag sets the tag that an order has after a change in the main
// representation of this surface. The change is made, so that the tag cannot be
// said is no failure of it.
func (f *surface) setTag(w http.ResponseWriter, r *http.Request, by order.Actor, o *order.Order) {
	original, err := f.exchange.HasDocument(r.Context(), by.Party, o)
	if err != nil {
		return
	}
	if t, err := f.tagOf(r.Context(), o, f.representation(original)); err == nil {
		w.Header().Set("ETag", `"`+t.String()+`"`)
	}
}

// parseTags reads the values of If-Match or If-None-Match into what stands
// between the quotes. That a tag is weak does not count: proxies that compress
// weaken ours on its way to the reader, and what it names is a revision all the
// same. all is set by *; ok is false when something stands there that is no tag,
// and then tags has the others.
func parseTags(values []string) (tags []string, all, ok bool) {
	rest := strings.TrimSpace(strings.Join(values, ","))
	if rest == "*" {
		return nil, true, true
	}
	ok = true
	for rest = strings.TrimLeft(rest, ", \t"); rest != ""; rest = strings.TrimLeft(rest, ", \t") {
		opaque, behind, good := cutTag(rest)
		if rest = behind; good {
			tags = append(tags, opaque)
		}
		ok = ok && good
	}
	return tags, false, ok
}

// cutTag cuts the first tag off a list; ok is false when what stands there is
// none.
func cutTag(list string) (opaque, rest string, ok bool) {
	text := list
	for strings.HasPrefix(text, "W/") { // an intermediary may weaken what another has weakened
		text = text[len("W/"):]
	}
	text, quoted := strings.CutPrefix(text, `"`)
	opaque, text, closed := strings.Cut(text, `"`)
	if !quoted || !closed {
		_, rest, _ = strings.Cut(list, ",")
		return "", rest, false
	}
	suffix, rest, _ := strings.Cut(text, ",")
	suffix = strings.TrimRight(suffix, " \t")
	return opaque, rest, isCoding(suffix)
}

// codings are the names that intermediaries which compress add to a tag: -gzip
// and -br by Apache and Caddy, --gzip by Jetty, ;gzip by others. The longer ones
// come before those that they end in.
var codings = [...]string{"x-gzip", "gzip", "br", "zstd", "deflate", "x-compress", "compress", "dcb", "dcz"}

// codingJoints are what stands between a tag and what was added to it.
const codingJoints = "-;:+"

// isCoding reports whether text is what intermediaries add to a tag, one after
// the other.
func isCoding(text string) bool {
	for text != "" {
		name := strings.TrimLeft(text, codingJoints)
		at := slices.IndexFunc(codings[:], func(coding string) bool { return hasCoding(name, coding) })
		if name == text || at < 0 {
			return false
		}
		text = name[len(codings[at]):]
	}
	return true
}

func hasCoding(text, coding string) bool {
	return len(text) >= len(coding) && strings.EqualFold(text[:len(coding)], coding) &&
		(len(text) == len(coding) || strings.IndexByte(codingJoints, text[len(coding)]) >= 0)
}

// sameTag reports whether a tag that came back is one of ours, as it was or with
// what was added to it on the way.
func sameTag(sent, ours string) bool {
	added, ok := strings.CutPrefix(sent, ours)
	return ok && isCoding(added)
}

// notModified reports whether If-None-Match has this tag, and answers 304 then.
// The comparison is the weak one, as RFC 9110, 13.1.2 wants it for reading; what
// is no tag matches nothing. The headers that a 200 would carry must be set
// before.
func notModified(w http.ResponseWriter, r *http.Request, opaque string) bool {
	tags, all, _ := parseTags(r.Header.Values("If-None-Match"))
	if !all && !slices.ContainsFunc(tags, func(t string) bool { return sameTag(t, opaque) }) {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

// ifMatch returns the revision that a change is made for: order.AnyRevision
// when the client names none. The tag of any representation will do, weak or
// not: what counts is the revision. RFC 9110, 13.1.1 compares strongly, and so
// nobody behind a proxy that compresses could change anything.
func (f *surface) ifMatch(r *http.Request, by order.Actor, id order.ID) (int64, error) {
	values := r.Header.Values("If-Match")
	written := strings.Join(values, ", ")
	tags, all, ok := parseTags(values)
	if !ok { // to pass over it would be to change without the guard
		return 0, order.Errorf(order.Malformed, "if-match-invalid", "If-Match has %s, which is no entity tag.", order.Cut(written)).
			WithHint("Send the ETag of the order unchanged, with its quotes.").
			WithField(order.Field{Header: "If-Match", Value: written})
	}
	if all || len(tags) == 0 {
		return order.AnyRevision, nil
	}
	o, err := f.exchange.Order(r.Context(), by.Party, id)
	if err != nil {
		return 0, err
	}
	now, err := f.tagOf(r.Context(), &o, f.representation(true))
	if err != nil {
		return 0, err
	}
	for _, t := range tags {
		if named, ok := parseOrderTag(t); ok && named.revision == now.revision && named.epoch == now.epoch {
			return now.revision, nil
		}
	}
	return 0, errStale(id, now, tags, written)
}

// errStale says why none of the tags that a change was made for is the order's:
// it has changed since, the store was restored since, or they are no tags of an
// order.
func errStale(id order.ID, now orderTag, tags []string, written string) error {
	hint := "Read the order again and repeat the request with its new ETag."
	named, ok := parseOrderTag(tags[len(tags)-1])
	switch {
	case !ok:
		hint = "That is no ETag that an order has here: read the order again and send the ETag of that answer."
	case named.epoch != now.epoch:
		hint = "That ETag is from before the exchange was restored from a backup; the order may say something else now. " + hint
	}
	return order.Errorf(order.Stale, "stale", "Order %s has the ETag %q now; the request was made for %s.",
		id, now, order.Cut(written)).
		WithHint("%s", hint).
		WithField(order.Field{Header: "If-Match", Value: written})
}
