package conformance

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/bookgate/bookgate/order"
)

// view is one of the ways in which an order is seen: how its text is got for the
// seller, what facts it has a place for, and how they are read.
type view struct {
	name  string
	text  func(w *world, id order.ID) string
	has   []string
	facts func(w *world, text string) facts
}

// views are all of them but the dialect's own answer, which the golden files
// have. The list and the legacy document have the members that old clients know
// and no more.
func views() []view {
	short := []string{"number", "buyer", "seller", "order status"}
	where := []string{"name", "address", "postal code", "city", "contact", "e-mail", "phone"}
	document := slices.Concat(where, []string{"number", "BuyerParty", "second line", "country", "product", "title", "quantity", "unit price", "currency"})
	return []view{
		{"core", coreText, slices.Concat(document, []string{"buyer", "seller", "order status", "line status"}), coreFacts},
		{"list", listText, short, listFacts},
		{"hal", documentText("/orders/"), slices.Concat(short, where, []string{"quantity", "line status"}), legacyFacts},
		{"hal-v2", documentText("/v2/orders/"), slices.Concat(document, []string{"buyer", "seller", "order status", "line status"}), cleanFacts},
		{"editx", editxText, document, editxFacts},
	}
}

// coreText is the order as the seller has it in the core, as JSON.
func coreText(w *world, id order.ID) string {
	w.t.Helper()
	o, err := w.exchange.Order(w.t.Context(), seller, id)
	check(w.t, err)
	text, err := json.MarshalIndent(o, "", "  ")
	check(w.t, err)
	return string(text)
}

// listText is the order in the list of what the seller is to deliver.
func listText(w *world, id order.ID) string {
	w.t.Helper()
	entry := w.listed(id)
	if entry == nil {
		w.t.Fatalf("the seller's list has no order %s", id)
	}
	text, err := json.MarshalIndent(entry, "", "  ")
	check(w.t, err)
	return string(text)
}

// listed is the order's entry in the seller's list, or nil.
func (w *world) listed(id order.ID) map[string]any {
	w.t.Helper()
	a := w.want(w.do(call{http.MethodGet, "/orders?mode=SENT_TO_ME&fromDate=20260101000000", w.asParty(seller), ""}), http.StatusOK)
	var entries []map[string]any
	check(w.t, json.Unmarshal([]byte(a.body), &entries))
	for _, e := range entries {
		if e["orderId"] == string(id) {
			return e
		}
	}
	return nil
}

// documentText asks for the order's document on one of the surfaces.
func documentText(below string) func(w *world, id order.ID) string {
	return func(w *world, id order.ID) string {
		w.t.Helper()
		a := w.want(w.do(call{http.MethodGet, below + string(id), w.asParty(seller), ""}), http.StatusOK)
		return indented(w.t, a.body)
	}
}

// editxText is the order as EDItX.
func editxText(w *world, id order.ID) string {
	w.t.Helper()
	return w.want(w.do(call{http.MethodGet, "/orders/" + string(id) + "/editx", w.asParty(seller), ""}), http.StatusOK).body
}
