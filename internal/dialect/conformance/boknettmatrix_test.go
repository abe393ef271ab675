package conformance

import (
	"maps"
	"net/http"
	"slices"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// boknettMatrix has the credentials of the trade: tickets and tokens, of which
// each is one party's, and none for test orders.
func boknettMatrix() matrix {
	operations := slices.Concat(boknettLogins(), boknettWebhooks(), boknettFeeds())
	for _, base := range []string{"/orders", "/orders/v1", "/v2/orders"} {
		operations = append(operations, boknettOrders(base)...)
	}
	return matrix{client: boknettClient(), probes: boknettProbes(), operations: operations}
}

func boknettProbes() []probe {
	const unknown, none = "401 ticket-unknown", "404 order-not-found"
	with := func(scheme string, secret func(w *world, by order.PartyID) string) func(*world, operation, target) answer {
		return header(func(w *world, by order.PartyID) string { return "Authorization: " + scheme + " " + secret(w, by) })
	}
	ticketOf := func(whose func(by order.PartyID) order.PartyID) func(*world, operation, target) answer {
		return with("Boknett", func(w *world, by order.PartyID) string { return w.ticket(whose(by), auth.KindTicket) })
	}
	keyOf := func(dialect string) func(*world, operation, target) answer {
		return with("Bearer", func(w *world, by order.PartyID) string { return w.key(by, dialect, auth.ModeLive) })
	}
	probes := []probe{
		{name: "stranger", ask: ticketOf(func(order.PartyID) order.PartyID { return stranger }), usual: none},
		{name: "receiver of a test order", ask: ticketOf(func(order.PartyID) order.PartyID { return seller }), usual: none, testOrder: true},
		{name: "logged out", ask: with("Boknett", func(w *world, by order.PartyID) string { return w.ended(by, true) }), usual: unknown},
		{name: "ended", ask: with("Boknett", func(w *world, by order.PartyID) string { return w.ended(by, false) }), usual: "401 ticket-expired"},
		{name: "none", ask: bare, usual: "401 credential-missing"},
		{name: "invented", ask: with("Boknett", func(*world, order.PartyID) string { return "TGT-1-x-orders.example.no" }), usual: unknown},
	}
	for _, dialect := range keyDialects() {
		probes = append(probes, probe{name: "key of " + dialect, ask: keyOf(dialect), usual: unknown})
	}
	return probes
}

// boknettOrders are the operations of one surface.
func boknettOrders(base string) []operation {
	const get, head, post = http.MethodGet + " ", http.MethodHead + " ", http.MethodPost + " "
	const one, list = "/{id}", "?mode=ALL&fromDate=20260101000000"
	const line, less = `{"status": "RECEIVED", "comment": "fra lageret"}`, `{"ean": "HAN_LTEM", "number": -1}`
	empty := map[string]string{"stranger": "200", "receiver of a test order": "200"}
	notBuyer := map[string]string{"own": "202", "other side": "422 buyer-not-sender", "stranger": "422 buyer-not-sender", "receiver of a test order": "422 buyer-not-sender"}
	notSender, notReceiver := map[string]string{"other side": "403 not-sender"}, map[string]string{"other side": "403 not-receiver"}
	operations := []operation{
		{route: post + base, by: sender, does: creates, body: text(another("boknett", boknettNumber)), want: notBuyer},
		{route: get + base, by: sender, does: shows, query: list, want: empty},
		{route: head + base, by: sender, does: reads, query: list, want: empty},
		{route: get + base + "/message", by: sender, does: shows, query: list, want: map[string]string{"stranger": "204", "receiver of a test order": "200"}},
		{route: get + base + one, by: sender, does: shows},
		{route: get + base + one + "/{editx}", by: sender, does: shows},
		{route: get + base + one + "/{editx}/original", by: sender, does: shows},
		{route: get + base + one + "/response", by: sender, does: shows},
		{route: get + base + one + "/status-report", by: sender, does: shows},
		{route: post + base + one + "/response", by: seller, does: moves, body: func(at target) string { return at.response }, want: notReceiver},
		{route: post + base + one + "/cancellation", by: sender, does: moves, want: notSender},
		{route: get + base + one + "/lines/{line}", by: sender, does: reads},
		{route: post + base + one + "/lines/{line}", by: seller, does: moves, body: text(line), want: notReceiver},
		{route: post + base + one + "/update", by: sender, does: moves, body: text(less), want: notSender},
		{route: post + base + one + "/update/{line}", by: sender, does: moves, body: text(less), want: notSender},
	}
	if base == "/v2/orders" {
		operations[0].want = maps.Clone(notBuyer)
		operations[0].want["own"] = "201"
		operations = append(operations, operation{route: get + base + one + "/history", by: sender, does: shows},
			operation{route: get + base + one + "/history/{event}", by: sender, does: shows})
	}
	return operations
}
