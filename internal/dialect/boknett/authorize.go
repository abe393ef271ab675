package boknett

import (
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// authenticate tells who asks. The credential is judged before the Date
// header, so that a stranger learns nothing but that he is one.
func (a *API) authenticate(r *http.Request) (order.Actor, error) {
	scheme, credential, err := authorization(r.Header)
	if err != nil {
		return order.Actor{}, err
	}
	by, err := a.desk.Check(r.Context(), credential)
	if err != nil {
		return order.Actor{}, err
	}
	rec := reqlog.From(r.Context())
	if bearer := scheme == "bearer"; bearer != (by.Via == "token") {
		rec.Note("scheme " + scheme + " with a " + by.Via)
	}
	if scheme == "bearer" {
		return by, nil
	}
	oldest := a.skew
	if r.URL.Path == hal.EventsPath {
		oldest = anyAge
	}
	return by, a.checkDate(r.Header.Values("Date"), oldest, rec)
}

// anyAge is how old the Date of a request for a stream may be: EventSource
// sends its first headers with every request, as long as it lives. Its ticket
// bounds it.
const anyAge time.Duration = math.MaxInt64

// authorization splits the header into the scheme, in lower case, and the
// ticket or token. Bokbasen is the scheme word of an old page of the vendor.
func authorization(h http.Header) (scheme, credential string, err error) {
	values := h.Values("Authorization")
	if len(values) == 0 || strings.TrimSpace(values[0]) == "" {
		return "", "", order.Errorf(order.Unauthenticated, "credential-missing", "The request has no Authorization header.").
			WithHint("Fetch a ticket at /v1/tickets and send Authorization: Boknett TGT-…, or a token at /oauth/token and send Authorization: Bearer ….").
			WithField(order.Field{Header: "Authorization"})
	}
	words := strings.Fields(values[0])
	if len(values) > 1 || len(words) != 2 {
		if plant.On(plant.RepeatCredential) {
			return "", "", errAuthorization("It is " + values[0] + ".")
		}
		return "", "", errAuthorization("It is not a scheme, a blank and one ticket or token.")
	}
	scheme = strings.ToLower(words[0])
	if scheme != "boknett" && scheme != "bokbasen" && scheme != "bearer" {
		return "", "", errAuthorization("Its scheme is " + schemeName(scheme) + ".")
	}
	return scheme, words[1], nil
}

// schemeName returns a scheme as it is registered (RFC 9110, 16.4.1). Any other
// first word may be the secret itself, and is not repeated.
func schemeName(scheme string) string {
	for _, known := range []string{"Basic", "Digest", "Negotiate", "NTLM", "DPoP", "Token", "ApiKey", "Key"} {
		if strings.EqualFold(scheme, known) {
			return known
		}
	}
	return "none that is known here"
}

// errAuthorization does not repeat the header: a secret may stand in it.
func errAuthorization(seen string) error {
	return order.Errorf(order.Unauthenticated, "credential-malformed", "The Authorization header cannot be used. %s", seen).
		WithHint("Write Authorization: Boknett TGT-… with a ticket, or Authorization: Bearer … with a token.").
		WithField(order.Field{Header: "Authorization"})
}

// checkDate judges the Date header of a request with the Boknett scheme, which
// may be older than our clock by oldest.
func (a *API) checkDate(values []string, oldest time.Duration, rec *reqlog.Event) error {
	now := a.now().UTC()
	if len(values) == 0 || strings.TrimSpace(values[0]) == "" {
		return order.Errorf(order.Malformed, "date-missing", "The Boknett scheme needs a Date header, for example Date: %s (now).", now.Format(http.TimeFormat)).
			WithHint("Send it with every request. With a Bearer token it is not needed.").
			WithField(order.Field{Header: "Date"})
	}
	for _, other := range values[1:] {
		if other != values[0] {
			return errDate("date-malformed", other, "The request has two different Date headers.")
		}
	}
	date, err := parseDate(values[0], now)
	if err != nil {
		return err
	}
	if date.odd != "" {
		rec.Note(date.odd)
	}
	now = a.nearest(date.at, now)
	if age := now.Sub(date.at); age > a.skew && age <= oldest {
		rec.Note("Date is " + apartText(age) + " old")
		return nil
	}
	return a.checkSkew(date.at, values[0], now)
}

// nearest is the reading of our clock that is nearest to a client's date. When
// our clock was set, clients still go by what it showed before, or by the true
// time, and nothing here can say which is which.
func (a *API) nearest(date, now time.Time) time.Time {
	for _, reading := range a.readings() {
		if reading.Sub(date).Abs() < min(a.skew, now.Sub(date).Abs()) {
			now = reading.UTC()
		}
	}
	return now
}

// checkSkew compares the clocks and says what it sees: a client that writes
// local time is an hour or two wrong, and its author should learn why.
func (a *API) checkSkew(date time.Time, written string, now time.Time) error {
	apart := now.Sub(date)
	a.skewed(apart)
	if apart.Abs() <= a.skew {
		return nil
	}
	layout := "15:04:05 GMT"
	if apart.Abs() > 12*time.Hour {
		layout = "2 January 2006 15:04:05 GMT"
	}
	e := errDate("date-skew", written, "Date says %s, the server has %s: %s apart, %s are allowed.",
		date.UTC().Format(layout), now.Format(layout), apartText(apart.Abs()), apartText(a.skew))
	return e.WithHint("%s", skewHint(apart.Abs()))
}
