package montly

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// The shops of every test.
const (
	kontor order.PartyID = "7045"
	other  order.PartyID = "7046"
)

// operator decides for the finance company.
var operator = order.Actor{Name: "operator", Via: "command"}

// world is a whole exchange over a real store, with callbacks.
type world struct {
	t        testing.TB
	db       *store.DB
	exchange *order.Exchange
	api      *API
	server   *httptest.Server
	webhooks *webhook.Desk
	log      bytes.Buffer
	keys     map[string]string // text by name
	ids      map[string]string // id by name

	mu  sync.Mutex
	now time.Time
}

func newWorld(t testing.TB, changes ...func(*Config)) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2020, 6, 1, 10, 0, 0, 0, time.UTC), keys: map[string]string{}, ids: map[string]string{}}
	db, err := store.Open(t.Context(), t.TempDir(), store.Options{Now: w.clock})
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	w.db = db
	guard := webhook.NewGuard(netip.MustParsePrefix("127.0.0.0/8"))
	deliveries := webhook.NewDispatcher(webhook.Config{Store: db, Sender: webhook.NewSender(guard, nil, "test"), Formats: Formats(db.Order)})
	w.webhooks = webhook.NewDesk(webhook.DeskConfig{Store: db, Guard: guard, Names: nowhere{}, Ring: deliveries.Ring, Formats: Formats(db.Order)})
	w.exchange = order.NewExchange(db, db, order.Config{Now: w.clock, Changed: deliveries.Ring, Rules: map[string]order.Rules{Source: Rules()}})
	for _, p := range []order.PartyID{kontor, other} {
		check(t, db.AddParty(t.Context(), order.Party{ID: p, Name: "Kontor & Co " + string(p), Scheme: order.DefaultScheme}))
	}
	c := Config{Exchange: w.exchange, Desk: auth.NewDesk(db, "test", w.clock), Tariffs: db, Letters: NewLetters(LettersConfig{Exchange: w.exchange, Store: db, Now: w.clock}),
		Finance: Finance{Name: "Eksempel Finans", Logo: "https://finans.example.no/logo.svg"}, Now: w.clock}
	for _, change := range changes {
		change(&c)
	}
	w.api = New(c)
	w.key("good", kontor, Source, auth.ModeLive, Permissions()...)
	w.key("trial", kontor, Source, auth.ModeTest, Permissions()...)
	w.server = httptest.NewServer(server.New(server.Config{Public: "https://orders.example.no", Version: "test", Dialects: []server.Dialect{w.api},
		Log: slog.New(slog.NewTextHandler(&guarded{w: w}, nil))}).Handler())
	t.Cleanup(w.server.Close)
	w.run(deliveries)
	return w
}

// guarded lets many write the log.
type guarded struct{ w *world }

func (g *guarded) Write(b []byte) (int, error) {
	g.w.mu.Lock()
	defer g.w.mu.Unlock()
	return g.w.log.Write(b)
}

// logged waits for an entry of the log with some words, for it is written after the answer.
func (w *world) logged(words string) bool {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		w.mu.Lock()
		found := strings.Contains(w.log.String(), words)
		w.mu.Unlock()
		if found {
			return true
		}
	}
	return false
}

// nowhere knows the addresses of no name, as on a machine without a network.
type nowhere struct{}

func (nowhere) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return nil, &net.DNSError{IsNotFound: true}
}

func (w *world) run(d *webhook.Dispatcher) {
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { d.Run(ctx) })
	w.t.Cleanup(func() { stop(); running.Wait() })
}

// clock goes on by a second each time that it is asked, so that the order of
// things shows in their times. It is long ago, so that what the store makes due
// is due.
func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(time.Second)
	return w.now
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// key makes a key that lasts for the test.
func (w *world) key(name string, party order.PartyID, dialect, mode string, may ...string) {
	w.t.Helper()
	k, text := auth.NewKey(party, dialect, mode, w.clock())
	k.Permissions = may
	check(w.t, w.db.AddKey(w.t.Context(), k, 100))
	w.keys[name], w.ids[name] = text, k.ID
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	raw    string
}

// refusal is the body of an error.
type refusal struct {
	Error struct {
		Code, Message string
		Fields        []badField
	}
}

func (a answer) refusal() (r refusal) {
	_ = json.Unmarshal([]byte(a.raw), &r) // of another body the code is empty
	return r
}

func (a answer) code() string { return a.refusal().Error.Code }

// fields names the fields at fault.
func (a answer) fields() (names []string) {
	for _, f := range a.refusal().Error.Fields {
		names = append(names, f.Field)
	}
	return names
}

// call sends a request under a key; body is text, or is written as JSON.
func (w *world) call(key, method, path string, body any) answer {
	w.t.Helper()
	text, ok := body.(string)
	if !ok && body != nil {
		b, err := json.Marshal(body)
		check(w.t, err)
		text = string(b)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, strings.NewReader(text))
	check(w.t, err)
	if w.keys[key] != "" {
		req.Header.Set("Authorization", "Bearer "+w.keys[key])
	}
	res, err := http.DefaultClient.Do(req)
	check(w.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	check(w.t, err)
	return answer{res.StatusCode, res.Header, string(b)}
}

// request is the documented order with a number of its own; change may alter it.
func request(number string, change func(o map[string]any)) map[string]any {
	o := map[string]any{
		"orderId": number, "firstName": "Matthew", "lastName": "Hunter", "company": "Montly AB", "orgNumber": "559089-4308", "email": "hello@montly.com",
		"authorizedSignatory": nil, "phone": "09 61 64 48 49", "customerIp": "131.168.20.70", "totalAmount": 1010000, "VAT": 252500,
		"shippingAmount": 10000, "shippingVAT": 2500, "currency": "SEK", "months": 24, "tariff": 5,
		"billing": map[string]any{"address": "Mystreet 121", "address2": nil, "city": "Stockholm", "state": nil, "postalCode": "12345", "country": "SE"},
		"items": []any{
			map[string]any{"name": "Shiny new phone", "productId": "32832849", "quantity": 2, "unitAmount": 250000, "totalAmount": 500000, "VAT": 125000},
			map[string]any{"name": `40" TV`, "productId": "88624a25", "quantity": 1, "unitAmount": 500000, "totalAmount": 500000, "VAT": 125000},
		},
	}
	if change != nil {
		change(o)
	}
	return o
}

// billing, shipping and item reach into a request.
func billing(o map[string]any) map[string]any       { return o["billing"].(map[string]any) }
func itemOf(o map[string]any, i int) map[string]any { return o["items"].([]any)[i].(map[string]any) }

// place keeps an order and gives it as the core has it.
func (w *world) place(key, number string, change func(o map[string]any)) order.Order {
	w.t.Helper()
	a := w.call(key, http.MethodPost, "/v1/orders", request(number, change))
	if a.status != http.StatusCreated {
		w.t.Fatalf("%d %s", a.status, a.raw)
	}
	return w.core(key, number)
}

// core gives an order as the core has it.
func (w *world) core(key, number string) order.Order {
	w.t.Helper()
	found, _, err := w.exchange.Find(w.t.Context(), order.FindQuery{Sender: kontor, Source: order.SourceOf(Source, key == "trial"), Number: number, Limit: 1})
	check(w.t, err)
	if len(found) != 1 {
		w.t.Fatalf("%d orders %s", len(found), number)
	}
	return found[0]
}

// kept counts the orders of a shop.
func (w *world) kept(party order.PartyID, source string) int64 {
	w.t.Helper()
	_, n, err := w.exchange.Find(w.t.Context(), order.FindQuery{Sender: party, Source: source})
	check(w.t, err)
	return n
}

// customer is who signs and confirms.
func customer() order.Actor { return order.Actor{Party: kontor, Name: "customer", Via: "link"} }

func (w *world) accept(o order.Order) {
	w.t.Helper()
	_, err := w.api.Accept(w.t.Context(), operator, o.ID)
	check(w.t, err)
}

func (w *world) sign(o order.Order) {
	w.t.Helper()
	by := customer()
	_, err := w.exchange.Release(w.t.Context(), by, o.ID, func(o *order.Order) ([]order.Event, error) { return sign(o, by, w.clock()) })
	check(w.t, err)
}

func (w *world) approve(o order.Order) {
	w.t.Helper()
	by := customer()
	_, err := w.exchange.Act(w.t.Context(), by, o.ID, func(o *order.Order) ([]order.Event, error) { return approve(o, by, w.clock()) })
	check(w.t, err)
}

// want calls and wants a status with nothing in the body.
func (w *world) want(status int, method, path, body string) {
	w.t.Helper()
	if a := w.call("good", method, path, body); a.status != status || a.raw != "" {
		w.t.Fatalf("%s %s: %d %s, want %d", method, path, a.status, a.raw, status)
	}
}

// bring makes a real order and takes it to a step.
func (w *world) bring(number, to string) order.Order {
	w.t.Helper()
	o := w.place("good", number, nil)
	path := "/v1/orders/" + number
	switch to {
	case declined:
		_, err := w.api.Decline(w.t.Context(), operator, o.ID, "No credit & no <collateral>")
		check(w.t, err)
	case cancelled:
		w.want(http.StatusOK, http.MethodPost, path+"/cancel", "")
	}
	for _, s := range []struct {
		steps string
		do    func()
	}{
		{"accepted signed shipped deliveryApproved", func() { w.accept(o) }},
		{"signed shipped deliveryApproved", func() { w.sign(o) }},
		{"shipped deliveryApproved", func() { w.want(http.StatusNoContent, http.MethodPost, path+"/shipped", "") }},
		{"deliveryApproved", func() { w.approve(o) }},
	} {
		if strings.Contains(" "+s.steps+" ", " "+to+" ") {
			s.do()
		}
	}
	return w.core("good", number)
}

// steps are all that an order can be brought to.
func steps() []string {
	return []string{pending, accepted, signed, shipped, deliveryApproved, declined, cancelled}
}

// sent is a callback as it came.
type sent struct {
	header http.Header
	body   string
}

// receiver takes callbacks and answers with the given statuses, then with 200.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	came   []sent
	script []int
}

func newReceiver(t testing.TB, script ...int) *receiver {
	r := &receiver{script: script}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.came = append(r.came, sent{req.Header.Clone(), string(body)})
		status := http.StatusOK
		if len(r.script) > 0 {
			status, r.script = r.script[0], r.script[1:]
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(r.Close)
	return r
}

// got waits until so many came.
func (r *receiver) got(t testing.TB, n int) []sent {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		r.mu.Lock()
		came := append([]sent(nil), r.came...)
		r.mu.Unlock()
		if len(came) >= n {
			return came
		}
	}
	t.Fatalf("never came: %d callbacks", n)
	return nil
}

// listen registers a receiver for a format and gives its endpoint.
func (w *world) listen(r *receiver, format string) webhook.Endpoint {
	w.t.Helper()
	e, err := w.webhooks.Add(w.t.Context(), kontor, webhook.Wish{URL: &r.URL, Format: &format})
	check(w.t, err)
	return e
}

// number makes numbers of orders for a test.
func number(parts ...any) string { return strings.ReplaceAll(fmt.Sprint(parts...), " ", "-") }

func digits(n int) string { return strconv.Itoa(n) }

func codeOf(err error) string { return order.CodeOf(err) }
