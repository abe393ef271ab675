package conformance

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/hark"
)

// harkClient is GraphQL, and keys. A device order has one device, whose kind is
// its title, and no price.
func harkClient() client {
	return client{
		name: "hark", sender: sender, source: hark.Source, root: "variables.input",
		credential: func(w *world, mode string) string { return w.key(sender, hark.Source, mode) },
		absent:     "order_018f3c2e-0000-4000-8000-000000000003",
		number:     harkNumber,
		testOrder:  renumbered("kunde-5512", "kunde-5513"), // whose list shows it
		read: func(w *world, number string) answer {
			return w.harkAsk(w.key(sender, hark.Source, auth.ModeLive), `query ($id: String!) { order(input: {orderId: $id}) {
				orderId orderStatus intermediaryId updatedAt subscriptionType type deviceId trackingLink webhookCallbackUrl
				recipient { firstName lastName email phoneNumber externalUserId postalAddress { addressLine1 addressLine2 city postalCode country } } } }`,
				map[string]any{"id": number})
		},
		fulfil: `"attributes": {"deviceId": "1A2B3C4D", "trackingLink": "https://sporing.example.no/70300000"}`,
		withdraw: func(w *world, number string) {
			w.want(w.harkAsk(w.key(sender, hark.Source, auth.ModeLive), `mutation ($id: String!) { cancelOrder(input: {orderId: $id}) { orderId } }`,
				map[string]any{"id": number}), http.StatusOK)
		},
		own:    facts{"title": "HAN_LTEM", "unit price": "", "currency": ""},
		asking: []string{"query"},
		losses: map[string]loss{
			"where the first name ends and the last name begins": {proof: nameParted},
			"the seconds of the time of ordering, in EDItX":      {proof: secondsLost},
		},
		words: map[string]string{"ordered": "ORDERED", "received": "IN_PROGRESS", "fulfilled": "SHIPPED", "rejected": "CANCELLED", "withdrawn": "CANCELLED"},
	}
}

func harkNumber(t testing.TB, _ func(string) string, a answer) string {
	t.Helper()
	var placed struct {
		Data struct {
			OrderDevice struct{ Order struct{ OrderID string } }
		}
	}
	if err := json.Unmarshal([]byte(a.body), &placed); err != nil || placed.Data.OrderDevice.Order.OrderID == "" {
		t.Fatalf("no order in %s", a.body)
	}
	return placed.Data.OrderDevice.Order.OrderID
}

// renumbered makes another order of a request.
func renumbered(from, to string) func(string) string {
	return func(body string) string { return strings.ReplaceAll(body, from, to) }
}

// harkAsk posts a query under a key.
func (w *world) harkAsk(key, query string, variables map[string]any) answer {
	w.t.Helper()
	return w.do(harkCall(http.MethodPost, "/graphql", key, query, variables))
}

func harkCall(method, path, key, query string, variables map[string]any) call {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		panic(err) // of texts and maps alone
	}
	return call{method, path, []string{"X-API-KEY: " + key, "Content-Type: application/json"}, string(body)}
}
