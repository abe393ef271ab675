package boknett

import (
	"crypto/rand"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// route is one line of the route table.
type route struct {
	method string
	path   string
	serve  http.HandlerFunc
}

// Name is the dialect in the metrics.
func (a *API) Name() string { return "boknett" }

// Register mounts the dialect. HEAD, OPTIONS, Allow and the treatment of
// slashes are the server's, which derives them from these routes.
func (a *API) Register(r *mux.Router) {
	for _, t := range a.routes() {
		r.HandleFunc(t.path, t.serve).Methods(t.method)
	}
}

func (a *API) routes() []route {
	v0, v1, v2 := a.surface("/orders"), a.surface("/orders/v1"), a.surface(cleanOrders)
	return slices.Concat(
		[]route{
			{http.MethodPost, "/v1/tickets", a.open(a.login)},
			{http.MethodDelete, "/v1/tickets/{ticket}", a.open(a.logout)},
			{http.MethodPost, "/cas/v1/tickets", a.open(a.login)},
			{http.MethodDelete, "/cas/v1/tickets/{ticket}", a.open(a.logout)},
			{http.MethodPost, "/oauth/token", a.token},
			{http.MethodPost, "/oauth2/token", a.token},
		},
		v1.routes(v1.list, v1.order),
		v0.routes(v0.list, v0.order),
		v2.routes(v2.listClean, v2.orderClean),
		[]route{
			{http.MethodGet, v2.Orders + onePath + "/history", v2.handle(v2.history)},
			{http.MethodGet, v2.Orders + onePath + "/history/{event}", v2.handle(v2.event)},
			{http.MethodGet, hal.FeedPath, v2.handle(v2.feed)},
			{http.MethodPost, hal.FeedPath + "/ack", v2.handle(v2.acknowledge)},
			{http.MethodGet, hal.EventsPath, v2.handleStream(v2.events)},
			{http.MethodPost, streamTokenPath, v2.handle(v2.issueStreamToken)},
			{http.MethodHead, hal.EventsPath, v2.handleStream(v2.eventsHead)}, // of its own, for it has no stream
		},
		v2.webhookRoutes(),
	)
}

// messagePath is the list as one message. It stands before onePath in the
// table and takes no order's place: an id is a UUID.
const messagePath = "/message"

// onePath is the path of one order. Any text but v1, which is a surface, may
// stand for the id: one that is not a UUID is answered like one that is unknown.
// The last word of a path may be editx in any case, as pages of the vendor
// spell it.
const (
	onePath   = "/{id:[^/]|[^/v][^/]|v[^/1]|[^/]{3,}}"
	editxPath = onePath + "/{editx:(?i:editx)}"
)

func (f *surface) routes(list, one handler) []route {
	return []route{
		{http.MethodPost, f.Orders, f.handle(f.submit)},
		{http.MethodGet, f.Orders, f.handle(list)},
		{http.MethodHead, f.Orders, f.handle(list)}, // of its own, for it need not read the list
		{http.MethodGet, f.Orders + messagePath, f.handle(f.listMessage)},
		{http.MethodGet, f.Orders + onePath, f.handle(one)},
		{http.MethodGet, f.Orders + editxPath, f.handle(f.editx)},
		{http.MethodGet, f.Orders + editxPath + "/original", f.handle(f.original)},
		{http.MethodGet, f.Orders + onePath + "/response", f.handle(f.response)},
		{http.MethodPost, f.Orders + onePath + "/response", f.handle(f.respond)},
		{http.MethodGet, f.Orders + onePath + "/status-report", f.handle(f.statusReport)},
		{http.MethodPost, f.Orders + onePath + "/cancellation", f.handle(f.cancel)},
		{http.MethodGet, f.Orders + onePath + "/lines/{line}", f.handle(f.line)},
		{http.MethodPost, f.Orders + onePath + "/lines/{line}", f.handle(f.mark)},
		{http.MethodPost, f.Orders + onePath + "/update", f.handle(f.reduce)},
		{http.MethodPost, f.Orders + onePath + "/update/{line}", f.handle(f.reduce)},
	}
}

// surface is the API as one surface shows it.
type surface struct {
	*API
	hal.Surface
}

func (a *API) surface(orders string) *surface {
	return &surface{API: a, Surface: hal.Surface{Base: a.public, Orders: orders, Zone: a.zone}}
}

// handler answers one request of a known party. It returns an error only
// before it has written anything but headers.
type handler func(w http.ResponseWriter, r *http.Request, by order.Actor) error

// handle authenticates the caller, then lets h answer.
func (f *surface) handle(h handler) http.HandlerFunc {
	return f.open(func(w http.ResponseWriter, r *http.Request) error {
		by, err := f.authenticate(r)
		if err != nil {
			return err
		}
		if err := reqlog.From(r.Context()).Identify(by.Party, by.Name); err != nil {
			return err
		}
		return h(w, r, by)
	})
}

// open serves a request without a credential.
func (a *API) open(h func(w http.ResponseWriter, r *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			a.fail(w, r, err)
		}
	}
}

// pathValue is a part of the path as the client meant it: the router may hand
// it on percent-encoded.
func pathValue(r *http.Request, name string) string {
	raw := mux.Vars(r)[name]
	if plain, err := url.PathUnescape(raw); err == nil {
		return plain
	}
	return raw
}

// Config is what the API needs. Exchange and Auth are required.
type Config struct {
	Exchange *order.Exchange
	Auth     *auth.Service

	// Webhooks registers endpoints; nil leaves /v2/webhooks out.
	Webhooks *webhook.Service

	// Public is the address under which clients know this server, without a
	// slash at the end. Every link is built from it, never from Host.
	Public string

	// Zone is the zone of fromDate and created; nil means UTC.
	Zone *time.Location

	// Skew is how far the Date header may be from our clock; 0 means
	// DefaultSkew.
	Skew time.Duration

	// Overlap is how far before fromDate a list reaches. A client that polls
	// with the time of its last poll may see an order twice, and never misses
	// one that was committed late.
	Overlap time.Duration

	// CursorKey authenticates cursors. It must stay the same over restarts
	// and replicas; without one, cursors end with the process.
	CursorKey []byte

	// Skewed is called with the difference of each readable Date header from our
	// clock. Optional.
	Skewed func(time.Duration)

	// Now is the clock; nil means time.Now.
	Now func() time.Time

	// Readings are what the clock would show had it not been set lately: a Date that
	// fits one of them is accepted as well. nil means none.
	Readings func() []time.Time

	// Shown returns from when a reader has to be shown changes who asks for those
	// since a time; nil means from that time on.
	Shown func(time.Time) time.Time

	// Running is a clock that is never set, by which stream tokens end; nil means
	// Now.
	Running func() time.Time
}

// DefaultSkew is the difference between clocks that the vendor documents for
// its sister API. Clients exist that compute Date once and reuse it, so a
// smaller window would refuse them.
const DefaultSkew = 15 * time.Minute

// API serves the dialect. It is safe for use by many goroutines.
type API struct {
	exchange      *order.Exchange
	auth          *auth.Service
	webhooks      *webhook.Service
	public        string
	zone          *time.Location
	skew          time.Duration
	skewed        func(time.Duration)
	overlap       time.Duration
	signer        signer
	now           func() time.Time
	readings      func() []time.Time
	shown         func(time.Time) time.Time
	running       func() time.Time
	heartbeat     time.Duration
	rows          int           // held at once while a whole list is written
	waitingLogins chan struct{} // one for each throttled login that waits for its answer
}

// New makes the API.
func New(c Config) *API {
	a := &API{exchange: c.Exchange, auth: c.Auth, webhooks: c.Webhooks, public: c.Public, zone: c.Zone, skew: c.Skew,
		overlap: c.Overlap, signer: signer{key: c.CursorKey}, now: c.Now, rows: order.MaxPage,
		heartbeat:     usualHeartbeat,
		waitingLogins: make(chan struct{}, maxWaitingLogins)}
	if a.zone == nil {
		a.zone = time.UTC
	}
	if a.skew == 0 {
		a.skew = DefaultSkew
	}
	if len(a.signer.key) == 0 {
		a.signer.key = make([]byte, signerKeySize)
		rand.Read(a.signer.key)
	}
	if a.skewed = c.Skewed; a.skewed == nil {
		a.skewed = func(time.Duration) {}
	}
	if a.now == nil {
		a.now = time.Now
	}
	if a.readings = c.Readings; a.readings == nil {
		a.readings = func() []time.Time { return nil }
	}
	if a.shown = c.Shown; a.shown == nil {
		a.shown = func(t time.Time) time.Time { return t }
	}
	if a.running = c.Running; a.running == nil {
		a.running = a.now
	}
	return a
}

// authenticate returns the caller. The credential is checked before the Date
// header, so that a caller without one learns nothing else.
func (a *API) authenticate(r *http.Request) (order.Actor, error) {
	scheme, credential, err := authorization(r.Header)
	if err != nil {
		return order.Actor{}, err
	}
	by, err := a.auth.Check(r.Context(), credential)
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
		return "",
			"", order.Errorf(order.Unauthenticated, "credential-missing", "The request has no Authorization header.").
				WithHint(
					"Fetch a ticket at /v1/tickets and send Authorization: Boknett TGT-…, " +
						"or a token at /oauth/token and send Authorization: Bearer ….").
				WithField(order.Field{Header: "Authorization"})
	}
	words := strings.Fields(values[0])
	if len(values) > 1 || len(words) != 2 {
		if plant.Enabled && plant.On(plant.RepeatCredential) {
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
	return order.Errorf(order.Unauthenticated, "credential-malformed", "The Authorization header cannot be used. %s",
		seen).
		WithHint("Write Authorization: Boknett TGT-… with a ticket, or Authorization: Bearer … with a token.").
		WithField(order.Field{Header: "Authorization"})
}

// checkDate judges the Date header of a request with the Boknett scheme, which
// may be older than our clock by oldest.
func (a *API) checkDate(values []string, oldest time.Duration, rec *reqlog.Event) error {
	now := a.now().UTC()
	if len(values) == 0 || strings.TrimSpace(values[0]) == "" {
		return order.Errorf(order.Malformed, "date-missing",
			"The Boknett scheme needs a Date header, for example Date: %s (now).", now.Format(http.TimeFormat)).
			WithHint("Send it with every request. With a Bearer token it is not needed.").
			WithField(order.Field{Header: "Date"})
	}
	for _, other := range values[1:] {
		if other != values[0] {
			return errDate("date-malformed", other, "The request has two different Date headers.")
		}
	}
	date, err := readDate(values[0], now)
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

// readDate reads a Date header. What most clients write is the form of HTTP, with GMT
// or UTC.
func readDate(s string, now time.Time) (headerDate, error) {
	for _, zone := range []string{"GMT", "UTC"} {
		layout := rfc1123 + zone
		if at, err := time.Parse(layout, s); err == nil && at.Format(layout) == s {
			return headerDate{at: at}, nil
		}
	}
	return parseDate(s, now)
}

// rfc1123 is the form of a Date header, but for its zone.
const rfc1123 = "Mon, 02 Jan 2006 15:04:05 "

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

// skewHint says what the difference between the clocks looks like.
func skewHint(apart time.Duration) string {
	for hours, words := range map[int]string{1: "one hour", 2: "two hours"} {
		if (apart - time.Duration(hours)*time.Hour).Abs() <= nearHour {
			return fmt.Sprintf(
				"The difference is close to %s: the client probably writes local time. Send the time in GMT.", words)
		}
	}
	return "Set the client's clock (NTP), and make a new Date for every request."
}

// parameters returns the query by lower-case names. The same value twice is
// accepted; of two values one would be ignored.
func parameters(raw string) (map[string]string, error) {
	p := map[string]string{}
	for pair := range strings.SplitSeq(raw, "&") {
		name, text, _ := strings.Cut(pair, "=")
		name, text = strings.ToLower(decodePart(name)), strings.TrimSpace(decodePart(text))
		if text == "" {
			continue
		}
		if first, ok := p[name]; ok && first != text {
			return nil, order.Errorf(order.Malformed, "parameter-repeated",
				"The parameter %s stands twice, as %q and as %q.", order.Truncate(name), order.Truncate(first), order.Truncate(text)).
				WithHint("Send each parameter once.").
				WithField(order.Field{Parameter: name, Value: text})
		}
		p[name] = text
	}
	return p, nil
}

// decodePart decodes + and %XX, and leaves an escape that is none as it is.
func decodePart(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b.WriteByte(' ')
		case s[i] == '%' && i+2 < len(s) && unhex(s[i+1:i+3]) != "":
			b.WriteString(unhex(s[i+1 : i+3]))
			i += 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// unhex decodes two hexadecimal digits, "" when they are none.
func unhex(digits string) string {
	plain, err := url.PathUnescape("%" + digits)
	if err != nil {
		return ""
	}
	return plain
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// number reads up to four digits that isDigits has seen.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
