package hark

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

// The parties of every test: two intermediaries, and the seller of both.
const (
	strom  order.PartyID = "7045"
	other  order.PartyID = "7046"
	seller order.PartyID = "900877"
)

// world is a whole exchange over a real store, with callbacks.
type world struct {
	t        testing.TB
	db       *store.DB
	exchange *order.Exchange
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
	guard := webhook.NewGuard(netip.MustParsePrefix("127.0.0.0/8"))
	deliveries := webhook.NewDispatcher(webhook.Config{Store: db, Sender: webhook.NewSender(guard, nil, "test"), Formats: []webhook.Format{Format(db.Order)}})
	w.exchange = order.NewExchange(db, db, order.Config{Now: w.clock, Changed: deliveries.Ring, Rules: map[string]order.Rules{Source: Rules()}})
	for _, p := range []order.PartyID{strom, other, seller} {
		check(t, db.AddParty(t.Context(), order.Party{ID: p, Name: "Firm " + string(p), Scheme: order.DefaultScheme}))
	}
	check(t, db.SetDefaultSeller(t.Context(), strom, seller))
	check(t, db.SetDefaultSeller(t.Context(), other, seller))
	api, err := New(Config{Exchange: w.exchange, Desk: auth.NewDesk(db, "test", w.clock), Now: w.clock,
		Webhooks: webhook.NewDesk(webhook.DeskConfig{Store: db, Guard: guard, Names: nowhere{}, Ring: deliveries.Ring})})
	check(t, err)
	w.key("good", strom, Source, auth.ModeLive, Permissions()...)
	w.server = httptest.NewServer(server.New(server.Config{Public: "https://orders.example.no", Version: "test", Dialects: []server.Dialect{api}, Log: slog.New(slog.DiscardHandler)}).Handler())
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
	raw    string
	Data   map[string]json.RawMessage
	Errors []struct {
		Message    string
		Path       []any
		Extensions struct {
			Code   string
			Fields []badField
		}
	}
}

func (a answer) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	return a.Errors[0].Extensions.Code
}

// orderAnswer is an order as a client reads it.
type orderAnswer struct {
	OrderID, OrderStatus, IntermediaryID, UpdatedAt, SubscriptionType, Type string
	DeviceID, TrackingLink, WebhookCallbackURL                              *string
	Recipient                                                               struct {
		FirstName, LastName, Email, PhoneNumber string
		ExternalUserID                          *string
		PostalAddress                           struct {
			AddressLine1, City, PostalCode, Country string
			AddressLine2                            *string
		}
	}
}

// ask posts a query under a key.
func (w *world) ask(key, query string, vars map[string]any) answer {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	check(w.t, err)
	return w.send(http.MethodPost, "/", body, keyHeader, w.keys[key], "Content-Type", "application/json")
}

func (w *world) send(method, path string, body []byte, header ...string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, bytes.NewReader(body))
	check(w.t, err)
	for i := 0; i < len(header); i += 2 {
		if header[i+1] != "" {
			req.Header.Set(header[i], header[i+1])
		}
	}
	res, err := http.DefaultClient.Do(req)
	check(w.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(w.t, err)
	a := answer{status: res.StatusCode, raw: string(text)}
	if err := json.Unmarshal(text, &a); err != nil {
		w.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, text)
	}
	return a
}

// good wants an answer without errors and reads one member of it.
func (a answer) good(t testing.TB, name string, into any) {
	t.Helper()
	if a.status != http.StatusOK || len(a.Errors) > 0 {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	check(t, json.Unmarshal(a.Data[name], into))
}

// everything are all fields of an order.
const everything = `orderId orderStatus intermediaryId updatedAt subscriptionType type deviceId trackingLink webhookCallbackUrl
recipient { firstName lastName email phoneNumber externalUserId postalAddress { addressLine1 addressLine2 city postalCode country } }`

// input is the documented input as variables; change may alter it.
func input(change func(in, recipient, address map[string]any)) map[string]any {
	address := map[string]any{"addressLine1": "Christian Krohgs gate 1", "addressLine2": nil, "city": "OSLO", "postalCode": "0186", "country": "NO"}
	recipient := map[string]any{"firstName": "Ola", "lastName": "Nordmann", "email": "ola@nordmann.no", "phoneNumber": "99999999", "externalUserId": "user_1", "postalAddress": address}
	in := map[string]any{"recipient": recipient, "subscriptionType": "PERSONAL", "type": "HAN_LTEM"}
	if change != nil {
		change(in, recipient, address)
	}
	return map[string]any{"i": in}
}

const orderDevice = `mutation($i: OrderDeviceInput!) { orderDevice(input: $i) { order { ` + everything + ` } ordersForUser { orderId orderStatus } } }`

// place orders a device and has it routed.
func (w *world) place(key string, change func(in, recipient, address map[string]any)) orderAnswer {
	w.t.Helper()
	var got struct{ Order orderAnswer }
	w.ask(key, orderDevice, input(change)).good(w.t, "orderDevice", &got)
	check(w.t, w.exchange.SettleWaiting(w.t.Context()))
	return got.Order
}

// look reads an order.
func (w *world) look(key, id string) orderAnswer {
	w.t.Helper()
	var got orderAnswer
	w.ask(key, `query($id: String!) { order(input: {orderId: $id}) { `+everything+` } }`, map[string]any{"id": id}).good(w.t, "order", &got)
	return got
}

// core gives an order as the core has it.
func (w *world) core(party order.PartyID, orderID string) order.Order {
	w.t.Helper()
	found, _, err := w.exchange.Find(w.t.Context(), order.FindQuery{Sender: party, Source: Source, Number: orderID, Limit: 1})
	check(w.t, err)
	if len(found) != 1 {
		w.t.Fatalf("%d orders %s", len(found), orderID)
	}
	return found[0]
}

// mark answers the line as the seller.
func (w *world) mark(orderID string, status order.Status, facts order.Facts) error {
	w.t.Helper()
	o := w.core(strom, orderID)
	_, err := w.exchange.Mark(w.t.Context(), order.Actor{Party: seller, Name: "seller", Via: "ticket"}, o.ID, order.AnyRevision,
		order.Mark{Line: deviceLine, Status: status, Answer: order.Answer{Comment: "from the warehouse"}, Facts: facts})
	return err
}

// parcel are the facts of a device that was shipped.
func parcel() order.Facts {
	return order.Facts{"deviceId": "1A2B3C4D", "trackingLink": "https://sporing.example.no/1"}
}

// call reads a documented call.
func call(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/calls/" + name + ".graphql")
	check(t, err)
	return string(b)
}

// receiver takes callbacks and answers with the given statuses, then with 204.
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
		r.bodies = append(r.bodies, fmt.Sprintf("%s %s %s", req.Method, req.Header.Get("Content-Type"), body))
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
	t.Fatalf("never came: %d callbacks", n)
	return nil
}

func words(lines []string) string { return strings.Join(lines, "\n") }
