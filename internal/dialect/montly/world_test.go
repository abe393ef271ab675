package montly

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// The shops of every test.
const (
	kontor order.PartyID = "7045"
	other  order.PartyID = "7046"
)

// operator decides for the finance company.
var operator = order.Actor{Name: "operator", Via: "command"}

// world is the exchange with this dialect. Its clock is long ago, so that what
// the store makes due is due.
type world struct {
	*dialecttest.Fixture
	api *API
	log dialecttest.Log
}

func newWorld(t testing.TB, changes ...func(*Config)) *world {
	t.Helper()
	w := &world{Fixture: dialecttest.Open(t, dialecttest.TickingClock(time.Date(2020, 6, 1, 10, 0, 0, 0, time.UTC)))}
	w.StartExchange(map[string]order.Rules{Source: Rules()}, Formats(w.DB.Order)...)
	for _, p := range []order.PartyID{kontor, other} {
		check(t, w.DB.AddParty(t.Context(), order.Party{ID: p, Name: "Kontor & Co " + string(p), Scheme: order.DefaultScheme}))
	}
	c := Config{Exchange: w.Exchange, Auth: auth.New(w.DB, "test", w.Now), Tariffs: w.DB, Mailer: NewMailer(actionmail.Config{Exchange: w.Exchange, Store: w.DB, Now: w.Now}),
		Finance: Finance{Name: "Eksempel Finans", Logo: "https://finans.example.no/logo.svg"}, Now: w.Now}
	for _, change := range changes {
		change(&c)
	}
	w.api = New(c)
	w.Key("good", kontor, Source, auth.ModeLive, Permissions()...)
	w.Key("test", kontor, Source, auth.ModeTest, Permissions()...)
	w.Serve(server.Config{Public: "https://orders.example.no", Version: "test", Dialects: []server.Dialect{w.api}, Log: slog.New(slog.NewTextHandler(&w.log, nil))})
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
	w.T.Helper()
	text, ok := body.(string)
	if !ok && body != nil {
		b, err := json.Marshal(body)
		check(w.T, err)
		text = string(b)
	}
	got := w.Call(method, path, text, w.Bearer(key)...)
	return answer{got.Status, got.Header, got.Body}
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

// place submits an order and returns it as the core has it.
func (w *world) place(key, number string, change func(o map[string]any)) order.Order {
	w.T.Helper()
	a := w.call(key, http.MethodPost, "/v1/orders", request(number, change))
	if a.status != http.StatusCreated {
		w.T.Fatalf("%d %s", a.status, a.raw)
	}
	return w.core(key, number)
}

// core returns an order as the core has it.
func (w *world) core(key, number string) order.Order {
	w.T.Helper()
	found, _, err := w.Exchange.Find(w.T.Context(), order.FindQuery{Sender: kontor, Source: order.SourceOf(Source, key == "test"), Number: number, Limit: 1})
	check(w.T, err)
	if len(found) != 1 {
		w.T.Fatalf("%d orders %s", len(found), number)
	}
	return found[0]
}

// stored counts the orders of a shop.
func (w *world) stored(party order.PartyID, source string) int64 {
	w.T.Helper()
	_, n, err := w.Exchange.Find(w.T.Context(), order.FindQuery{Sender: party, Source: source})
	check(w.T, err)
	return n
}

// customer is who signs and confirms.
func customer() order.Actor { return order.Actor{Party: kontor, Name: "customer", Via: "link"} }

func (w *world) accept(o order.Order) {
	w.T.Helper()
	_, err := w.api.Accept(w.T.Context(), operator, o.ID)
	check(w.T, err)
}

func (w *world) sign(o order.Order) {
	w.T.Helper()
	by := customer()
	_, err := w.Exchange.ApplyAndRelease(w.T.Context(), by, o.ID, func(o *order.Order) ([]order.Event, error) { return sign(o, by, w.Now()) })
	check(w.T, err)
}

func (w *world) approve(o order.Order) {
	w.T.Helper()
	by := customer()
	_, err := w.Exchange.Apply(w.T.Context(), by, o.ID, func(o *order.Order) ([]order.Event, error) { return approve(o, by, w.Now()) })
	check(w.T, err)
}

// want calls and wants a status with nothing in the body.
func (w *world) want(status int, method, path, body string) {
	w.T.Helper()
	if a := w.call("good", method, path, body); a.status != status || a.raw != "" {
		w.T.Fatalf("%s %s: %d %s, want %d", method, path, a.status, a.raw, status)
	}
}

// bring makes a real order and takes it to a step.
func (w *world) bring(number, to string) order.Order {
	w.T.Helper()
	o := w.place("good", number, nil)
	path := "/v1/orders/" + number
	switch to {
	case declined:
		_, err := w.api.Decline(w.T.Context(), operator, o.ID, "No credit & no <collateral>")
		check(w.T, err)
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

func newReceiver(t testing.TB, script ...int) *dialecttest.Receiver {
	return dialecttest.NewReceiver(t, http.StatusOK, script...)
}

// listen registers a receiver for a format and returns its endpoint.
func (w *world) listen(r *dialecttest.Receiver, format string) webhook.Endpoint {
	w.T.Helper()
	e, err := w.Webhooks.Add(w.T.Context(), kontor, webhook.EndpointUpdate{URL: &r.URL, Format: &format})
	check(w.T, err)
	return e
}

// number makes numbers of orders for a test.
func number(parts ...any) string { return strings.ReplaceAll(fmt.Sprint(parts...), " ", "-") }

func digits(n int) string { return strconv.Itoa(n) }

func codeOf(err error) string { return order.CodeOf(err) }
