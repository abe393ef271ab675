package installer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/order"
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

// world is the exchange with this dialect mounted.
type world struct {
	*dialecttest.Fixture
	api *API
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{Fixture: dialecttest.Open(t, dialecttest.TickingClock(time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)))}
	w.StartExchange(map[string]order.Rules{Source: Rules()}, Format(w.DB))
	for _, p := range []order.PartyID{router, other, installer} {
		check(t, w.DB.AddParty(t.Context(), order.Party{ID: p, Name: "Firm " + string(p), Scheme: order.DefaultScheme}))
	}
	check(t, w.DB.AddParty(t.Context(), order.Party{ID: named, Name: "Named", Scheme: order.DefaultScheme, Aliases: []order.Identifier{{Type: "Organization", Value: namedOrganization}}}))
	check(t, w.DB.SetDefaultSeller(t.Context(), router, installer))
	check(t, w.DB.SetDefaultSeller(t.Context(), other, installer))
	w.Key("good", router, Source, auth.ModeLive, Permissions()...)
	w.api = New(Config{Exchange: w.Exchange, Auth: auth.New(w.DB, "test", w.Now), Now: w.Now})
	w.Serve(server.Config{Public: "https://orders.example.no", Version: "test", Dialects: []server.Dialect{w.api}})
	return w
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
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
	w.T.Helper()
	head := w.Bearer(key)
	if body != "" {
		head = append(head, "Content-Type", "application/json")
	}
	got := w.Call(method, path, body, append(head, header...)...)
	a := answer{status: got.Status, header: got.Header, raw: got.Body}
	if err := json.Unmarshal([]byte(got.Body), &a); err != nil && got.Body != "" {
		w.T.Fatalf("%s %s: %d %s", method, path, got.Status, got.Body)
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
	w.T.Helper()
	return w.send(key, http.MethodPost, ordersPath, text(w.T, draft(change)))
}

// place sends an order that must be taken, and has it routed.
func (w *world) place(key string, change func(in map[string]any)) order.ID {
	w.T.Helper()
	a := w.post(key, change)
	if a.status != http.StatusCreated {
		w.T.Fatalf("%d %s", a.status, a.raw)
	}
	check(w.T, w.Exchange.ProcessPending(w.T.Context()))
	return a.ID
}

// look reads an order.
func (w *world) look(key string, id order.ID) answer {
	w.T.Helper()
	return w.send(key, http.MethodGet, ordersPath+"/"+string(id), "")
}

// core returns an order as the core has it.
func (w *world) core(id order.ID) order.Order {
	w.T.Helper()
	o, err := w.Exchange.LoadForOperator(w.T.Context(), id)
	check(w.T, err)
	return o
}

// count returns the number of orders of a key's source.
func (w *world) count(source string) int64 {
	w.T.Helper()
	_, n, err := w.Exchange.Find(w.T.Context(), order.FindQuery{Sender: router, Source: source})
	check(w.T, err)
	return n
}

// mark answers a line as the installer.
func (w *world) mark(id order.ID, line int, status order.Status, attributes order.Attributes) error {
	w.T.Helper()
	_, err := w.Exchange.Mark(w.T.Context(), order.Actor{Party: w.core(id).Seller, Name: "seller", Via: "ticket"}, id, order.AnyRevision,
		order.LineUpdate{Line: line, Status: status, Attributes: attributes})
	return err
}

// takeBack withdraws an order, or one line of it, as the router does through
// another dialect.
func (w *world) takeBack(id order.ID, lines ...int) error {
	w.T.Helper()
	var c order.Cancellation
	for _, n := range lines {
		c.Lines = append(c.Lines, order.LineCancellation{Name: order.LineRef{Number: n}})
	}
	_, err := w.Exchange.Cancel(w.T.Context(), order.Actor{Party: router, Name: "a", Via: "ticket"}, id, order.AnyRevision, c)
	return err
}

// offering sets an offer of as many lines as there are names.
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

// receiver takes events.
type receiver struct{ *dialecttest.Receiver }

func newReceiver(t testing.TB, script ...int) receiver {
	return receiver{dialecttest.NewReceiver(t, http.StatusNoContent, script...)}
}

// got waits until so many came, and writes a line of each.
func (r receiver) got(t testing.TB, n int) (lines []string) {
	t.Helper()
	for _, c := range r.Got(t, n) {
		lines = append(lines, fmt.Sprintf("%s %s %s %s", c.Method, c.Header.Get("Content-Type"), c.Header.Get("X-Api-Key"), c.Body))
	}
	return lines
}
