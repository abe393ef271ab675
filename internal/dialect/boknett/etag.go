package boknett

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
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
// said is not a failure of it.
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
// same. all is set by *; ok is false when something stands there that is not a tag,
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
// is not a tag matches nothing. The headers that a 200 would carry must be set
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
// not: what counts is the revision. RFC 9110, 13.1.1 compares strongly, and a
// client behind a proxy that compresses could change nothing.
func (f *surface) ifMatch(r *http.Request, by order.Actor, id order.ID) (int64, error) {
	values := r.Header.Values("If-Match")
	written := strings.Join(values, ", ")
	tags, all, ok := parseTags(values)
	if !ok { // to pass over it would be to change without the guard
		return 0, order.Errorf(order.Malformed, "if-match-invalid", "If-Match has %s, which is no entity tag.",
			order.Truncate(written)).
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
// it has changed since, the store was restored since, or they are not tags of an
// order.
func errStale(id order.ID, now orderTag, tags []string, written string) error {
	hint := "Read the order again and repeat the request with its new ETag."
	named, ok := parseOrderTag(tags[len(tags)-1])
	switch {
	case !ok:
		hint = "That is no ETag that an order has here: read the order again and send the ETag of that answer."
	case named.epoch != now.epoch:
		hint = "That ETag is from before the exchange was restored from a backup; " +
			"the order may say something else now. " + hint
	}
	return order.Errorf(order.Stale, "stale", "Order %s has the ETag %q now; the request was made for %s.",
		id, now, order.Truncate(written)).
		WithHint("%s", hint).
		WithField(order.Field{Header: "If-Match", Value: written})
}

// A cursor and the ETag of a list are a change number with a seal. The seal
// makes them ours: a reader can neither build nor alter one, nor use one that
// was given to another party or for another mode. A cursor also has the epoch
// that its number is of, between number and seal; the ETag is good for one
// epoch only and has none. macSize is 120 bits; the whole is 32 or 43
// characters that need no escaping in an address.
const (
	signerKeySize = 32
	macSize       = 15
	kindSize      = 1 // leads, and distinguishes cursor and ETag
	headSize      = kindSize + 8
	maxEpoch      = 64 // bytes; more was not made here
)

// signedTagSize is the length of the ETag of a list as text.
const signedTagSize = (headSize + macSize) * 8 / 6

// signer signs change numbers.
type signer struct{ key []byte }

// position is a change number with the epoch that it is of.
type position struct {
	change int64
	epoch  string
}

// The kinds of sealed number.
const (
	signedCursor  byte = 1
	signedEnd     byte = 2 // the ETag of a list behind which nothing was ready
	signedPartial byte = 3 // the ETag of a page behind which more was ready
)

// sign writes a place, sealed for one purpose.
func (s signer) sign(kind byte, at position, purpose string) string {
	raw := binary.BigEndian.AppendUint64([]byte{kind}, uint64(at.change))
	raw = append(raw, at.epoch...)
	return base64.RawURLEncoding.EncodeToString(append(raw, s.mac(raw, purpose)...))
}

// verify reads what sign wrote for the same purpose.
func (s signer) verify(sealed, purpose string) (kind byte, at position, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	long := len(raw) - headSize - macSize // of the epoch
	if err != nil || long < 0 || long > maxEpoch ||
		len(sealed) != base64.RawURLEncoding.EncodedLen(len(raw)) { // Go passes over line breaks
		return 0, position{}, false
	}
	plain, seal := raw[:headSize+long], raw[headSize+long:]
	at = position{int64(binary.BigEndian.Uint64(plain[kindSize:])), string(plain[headSize:])}
	return plain[0], at, hmac.Equal(seal, s.mac(plain, purpose)) && at.change >= 0
}

func (s signer) mac(raw []byte, purpose string) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(raw)
	mac.Write([]byte(purpose))
	return mac.Sum(nil)[:macSize]
}

// cursorFor is the purpose of a cursor. A party number has no blank in it.
func cursorFor(party order.PartyID, mode order.Mode) string {
	return fmt.Sprintf("cursor %s %s", party, mode)
}

func (s signer) cursor(party order.PartyID, mode order.Mode, at position) string {
	return s.sign(signedCursor, at, cursorFor(party, mode))
}

// parseCursor reads the next parameter of a party's list.
func (s signer) parseCursor(party order.PartyID, mode order.Mode, written string) (position, error) {
	kind, at, ok := s.verify(written, cursorFor(party, mode))
	if ok && kind == signedCursor {
		return at, nil
	}
	for _, other := range []order.Mode{order.SentToMe, order.SentByMe, order.All} {
		if _, _, ok := s.verify(written, cursorFor(party, other)); ok {
			return position{}, errCursor(written,
				fmt.Sprintf("The cursor was given for mode=%s, and the request says mode=%s.", other, mode))
		}
	}
	return position{},
		errCursor(written, fmt.Sprintf("The cursor in next is damaged, or was not given to party %s.", party))
}

func errCursor(written, detail string) error {
	return order.Errorf(order.Malformed, "cursor-invalid", "%s", detail).
		WithHint(
			"Send the value of the Next header unchanged, with the mode it was given for; " +
				"or leave next out and start again with fromDate.").
		WithField(order.Field{Parameter: "next", Value: written})
}

// eventIDMark stands between the epoch and the number of an event id. No
// epoch has it in its name.
const eventIDMark = "-"

// parseEventID reads the id of an event. A number alone is the form of older
// versions, and of callers who take it from a body; its epoch is "".
func parseEventID(written string) (at position, ok bool) {
	epoch, digits, ok := strings.Cut(written, eventIDMark)
	if !ok {
		epoch, digits = "", written
	} else if !isEpoch(epoch) {
		return position{}, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !isDigits(digits) || n < 0 {
		return position{}, false
	}
	return position{n, epoch}, true
}

// isEpoch reports whether a text may name an epoch: letters and digits.
func isEpoch(name string) bool {
	return name != "" && len(name) <= maxEpoch && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
	})
}
