package hark

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

// The parties of every test: two intermediaries, and the seller of both.
const (
	strom  order.PartyID = "7045"
	other  order.PartyID = "7046"
	seller order.PartyID = "900877"
)

// world is the exchange with this dialect mounted.
type world struct{ *dialecttest.Fixture }

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{dialecttest.Open(t, dialecttest.TickingClock(time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)))}
	w.StartExchange(map[string]order.Rules{Source: Rules()}, Format(w.DB.Order))
	for _, p := range []order.PartyID{strom, other, seller} {
		check(t, w.DB.AddParty(t.Context(), order.Party{ID: p, Name: "Firm " + string(p), Scheme: order.DefaultScheme}))
	}
	check(t, w.DB.SetDefaultSeller(t.Context(), strom, seller))
	check(t, w.DB.SetDefaultSeller(t.Context(), other, seller))
	api, err := New(Config{Exchange: w.Exchange, Auth: auth.New(w.DB, "test", w.Now), Now: w.Now, Webhooks: w.Webhooks})
	check(t, err)
	w.Key("good", strom, Source, auth.ModeLive, Permissions()...)
	w.Serve(server.Config{Public: "https://orders.example.no", Version: "test", Dialects: []server.Dialect{api}})
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
	raw    string
	Data   map[string]json.RawMessage
	Errors []struct {
		Message    string
		Path       []any
		Locations  []location
		Extensions struct {
			Code, Hint string
			Fields     []badField
		}
	}
}

type location struct{ Line, Column int }

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
	w.T.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	check(w.T, err)
	return w.send(http.MethodPost, "/", body, keyHeader, w.Keys[key], "Content-Type", "application/json")
}

func (w *world) send(method, path string, body []byte, header ...string) answer {
	w.T.Helper()
	got := w.Call(method, path, string(body), dialecttest.DropEmpty(header...)...)
	a := answer{status: got.Status, raw: got.Body}
	if err := json.Unmarshal([]byte(got.Body), &a); err != nil {
		w.T.Fatalf("%s %s: %d %s", method, path, got.Status, got.Body)
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

// place orders a device and has the order routed.
func (w *world) place(key string, change func(in, recipient, address map[string]any)) orderAnswer {
	w.T.Helper()
	var got struct{ Order orderAnswer }
	w.ask(key, orderDevice, input(change)).good(w.T, "orderDevice", &got)
	check(w.T, w.Exchange.ProcessPending(w.T.Context()))
	return got.Order
}

// look reads an order.
func (w *world) look(key, id string) orderAnswer {
	w.T.Helper()
	var got orderAnswer
	w.ask(key, `query($id: String!) { order(input: {orderId: $id}) { `+everything+` } }`, map[string]any{"id": id}).good(w.T, "order", &got)
	return got
}

// core returns an order as the core has it.
func (w *world) core(party order.PartyID, orderID string) order.Order {
	w.T.Helper()
	found, _, err := w.Exchange.Find(w.T.Context(), order.FindQuery{Sender: party, Source: Source, Number: orderID, Limit: 1})
	check(w.T, err)
	if len(found) != 1 {
		w.T.Fatalf("%d orders %s", len(found), orderID)
	}
	return found[0]
}

// mark answers the line as the seller.
func (w *world) mark(orderID string, status order.Status, attributes order.Attributes) error {
	w.T.Helper()
	o := w.core(strom, orderID)
	_, err := w.Exchange.Mark(w.T.Context(), order.Actor{Party: seller, Name: "seller", Via: "ticket"}, o.ID, order.AnyRevision,
		order.LineUpdate{Line: deviceLine, Status: status, Answer: order.Answer{Comment: "from the warehouse"}, Attributes: attributes})
	return err
}

// parcel are the attributes of a device that was shipped.
func parcel() order.Attributes {
	return order.Attributes{"deviceId": "1A2B3C4D", "trackingLink": "https://sporing.example.no/1"}
}

// call reads a documented call.
func call(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/calls/" + name + ".graphql")
	check(t, err)
	return string(b)
}

// receiver takes callbacks.
type receiver struct{ *dialecttest.Receiver }

func newReceiver(t testing.TB) receiver {
	return receiver{dialecttest.NewReceiver(t, http.StatusNoContent)}
}

// got waits until so many came, and writes a line of each.
func (r receiver) got(t testing.TB, n int) (lines []string) {
	t.Helper()
	for _, c := range r.Got(t, n) {
		lines = append(lines, fmt.Sprintf("%s %s %s", c.Method, c.Header.Get("Content-Type"), c.Body))
	}
	return lines
}

func words(lines []string) string { return strings.Join(lines, "\n") }
