package installer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
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

// The parties of every test: two routers, the installer that both send to when
// they say nothing else, and one that is named by its organisation.
const (
	router    order.PartyID = "7045"
	other     order.PartyID = "7046"
	installer order.PartyID = "900877"
	named     order.PartyID = "900878"

	namedOrganization = "5d9a3c52-1f2a-4c0b-8f7e-0a1b2c3d4e5f"
)

// world is a whole exchange over a real store, with events sent out.
type world struct {
	t        testing.TB
	db       *store.DB
	exchange *order.Exchange
	api      *API
	webhooks *webhook.Desk
	server   *httptest.Server
	keys     map[string]string // text by name
	ids      map[string]string // id by name

	mu  sync.Mutex
	now time.Time
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC), keys: map[string]string{}, ids: map[string]string{}}
	db, err := store.Open(t.Context(), t.TempDir(), store.Options{Now: w.clock})
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	w.db = db
	guard, formats := webhook.NewGuard(netip.MustParsePrefix("127.0.0.0/8")), []webhook.Format{Format(db)}
	deliveries := webhook.NewDispatcher(webhook.Config{Store: db, Sender: webhook.NewSender(guard, nil, "test"), Formats: formats})
	w.exchange = order.NewExchange(db, db, order.Config{Now: w.clock, Changed: deliveries.Ring, Rules: map[string]order.Rules{Source: Rules()}})
	for _, p := range []order.PartyID{router, other, installer} {
		check(t, db.AddParty(t.Context(), order.Party{ID: p, Name: "Firm " + string(p), Scheme: order.DefaultScheme}))
	}
	check(t, db.AddParty(t.Context(), order.Party{ID: named, Name: "Named", Scheme: order.DefaultScheme, Aliases: []order.Identifier{{Type: "Organization", Value: namedOrganization}}}))
	check(t, db.SetDefaultSeller(t.Context(), router, installer))
	check(t, db.SetDefaultSeller(t.Context(), other, installer))
	w.webhooks = webhook.NewDesk(webhook.DeskConfig{Store: db, Guard: guard, Names: nowhere{}, Formats: formats, Ring: deliveries.Ring})
	w.api = New(Config{Exchange: w.exchange, Desk: auth.NewDesk(db, "test", w.clock), Now: w.clock})
	w.key("good", router, Source, auth.ModeLive, Permissions()...)
	w.server = httptest.NewServer(server.New(server.Config{Public: "https://orders.example.no", Version: "test", Dialects: []server.Dialect{w.api}, Log: slog.New(slog.DiscardHandler)}).Handler())
	t.Cleanup(w.server.Close)
	w.run(deliveries)
	return w
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
// things shows in their times.
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
	envelope
	ID, Value  order.ID
	ClientURL  *string
	Status     status
	StatusName string
	Values     []json.RawMessage
	Count      int64
	Offer      *offer
}

// paths are the places of all that was found wrong.
func (a answer) paths() string {
	var all []string
	for _, d := range a.Details {
		all = append(all, d.Path)
	}
	return strings.Join(all, " ")
}

// send makes a request under a key.
func (w *world) send(key, method, path, body string, header ...string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, w.server.URL+path, strings.NewReader(body))
	check(w.t, err)
	if w.keys[key] != "" {
		req.Header.Set("Authorization", "Bearer "+w.keys[key])
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	check(w.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(w.t, err)
	a := answer{status: res.StatusCode, header: res.Header, raw: string(text)}
	if err := json.Unmarshal(text, &a); err != nil && len(text) > 0 {
		w.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, text)
	}
	return a
}

// draft is the smallest order that is taken; change may alter it.
func draft(change func(in map[string]any)) map[string]any {
	in := map[string]any{"email": "ola@nordmann.no", "phoneNumber": "+4799900111", "contactPersonName": "Ola Nordmann",
		"address": "Christian Krohgs gate 1", "city": "Oslo", "postalCode": "0186", "countryCode": "NO"}
	if change != nil {
		change(in)
	}
	return in
}

func text(t testing.TB, in any) string {
	t.Helper()
	b, err := json.Marshal(in)
	check(t, err)
	return string(b)
}

// post sends an order.
func (w *world) post(key string, change func(in map[string]any)) answer {
	w.t.Helper()
	return w.send(key, http.MethodPost, ordersPath, text(w.t, draft(change)))
}

// place sends an order that must be taken, and has it routed.
func (w *world) place(key string, change func(in map[string]any)) order.ID {
	w.t.Helper()
	a := w.post(key, change)
	if a.status != http.StatusCreated {
		w.t.Fatalf("%d %s", a.status, a.raw)
	}
	check(w.t, w.exchange.SettleWaiting(w.t.Context()))
	return a.ID
}

// look reads an order.
func (w *world) look(key string, id order.ID) answer {
	w.t.Helper()
	return w.send(key, http.MethodGet, ordersPath+"/"+string(id), "")
}

// core gives an order as the core has it.
func (w *world) core(id order.ID) order.Order {
	w.t.Helper()
	o, err := w.exchange.Whole(w.t.Context(), id)
	check(w.t, err)
	return o
}

// count tells how many orders of a key's source there are.
func (w *world) count(source string) int64 {
	w.t.Helper()
	_, n, err := w.exchange.Find(w.t.Context(), order.FindQuery{Sender: router, Source: source})
	check(w.t, err)
	return n
}

// mark answers a line as the installer.
func (w *world) mark(id order.ID, line int, status order.Status, facts order.Facts) error {
	w.t.Helper()
	_, err := w.exchange.Mark(w.t.Context(), order.Actor{Party: w.core(id).Seller, Name: "seller", Via: "ticket"}, id, order.AnyRevision,
		order.Mark{Line: line, Status: status, Facts: facts})
	return err
}

// takeBack withdraws an order, or one line of it, as the router does through
// another dialect.
func (w *world) takeBack(id order.ID, lines ...int) error {
	w.t.Helper()
	var c order.Cancellation
	for _, n := range lines {
		c.Lines = append(c.Lines, order.LineCancellation{Name: order.LineName{Number: n}})
	}
	_, err := w.exchange.Cancel(w.t.Context(), order.Actor{Party: router, Name: "a", Via: "ticket"}, id, order.AnyRevision, c)
	return err
}

// offering gives an order an offer of as many lines as there are names.
func offering(names ...string) func(in map[string]any) {
	return func(in map[string]any) {
		lines := []any{}
		for _, name := range names {
			lines = append(lines, map[string]any{"name": name, "quantity": 1, "externalId": name})
		}
		in["offer"] = map[string]any{"lines": lines}
	}
}

// file reads from testdata.
func file(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	check(t, err)
	return string(b)
}

// receiver takes events and answers with the given statuses, then with 204.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	script []int
}

func newReceiver(t testing.TB, script ...int) *receiver {
	r := &receiver{script: script}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.bodies = append(r.bodies, fmt.Sprintf("%s %s %s %s", req.Method, req.Header.Get("Content-Type"), req.Header.Get("X-Api-Key"), body))
		status := http.StatusNoContent
		if len(r.script) > 0 {
			status, r.script = r.script[0], r.script[1:]
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(r.Close)
	return r
}

// got waits until so many came.
func (r *receiver) got(t testing.TB, n int) []string {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		r.mu.Lock()
		bodies := append([]string(nil), r.bodies...)
		r.mu.Unlock()
		if len(bodies) >= n {
			return bodies
		}
	}
	t.Fatalf("never came: %d events", n)
	return nil
}
