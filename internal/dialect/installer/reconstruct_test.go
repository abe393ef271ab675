package installer

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

// telling is an order whose every place that may tell of a person does.
func telling(in map[string]any) {
	in["name"], in["description"], in["idempotencyKey"] = "Order of Secretperson", "Secretperson wants it\nat once", "k-7"
	in["contactPersonName"], in["address"], in["email"] = "Secretperson Nordmann", "Secretperson street 1", "Secretperson@nordmann.no"
	in["offer"] = map[string]any{"payer": "client", "lines": []any{
		map[string]any{"name": "Charger", "externalId": "sku-1", "quantity": 2, "payerUnitAmount": 100, "description": "for Secretperson"},
		map[string]any{"name": "Work for Secretperson", "quantity": 1}, map[string]any{"productId": namedOrganization, "quantity": 1}}}
}

// TestErasedOrder shows what is left of an order, and nothing of a person, in
// any place.
func TestErasedOrder(t *testing.T) {
	w := newWorld(t)
	id := w.place("good", telling)
	bare := w.place("good", func(in map[string]any) { telling(in); delete(in, "offer"); delete(in, "idempotencyKey") })
	for _, id := range []order.ID{id, bare} {
		check(t, w.mark(id, 1, order.Received, nil))
		_, err := w.Exchange.Erase(t.Context(), order.Actor{Name: "operator", Via: "command"}, id, "case 7")
		check(t, err)
	}
	o := w.core(id)
	for what, text := range map[string]string{"order": w.look("good", id).raw, "bare order": w.look("good", bare).raw, "list": w.send("good", http.MethodGet, ordersPath, "").raw, "EDItX": edited(t, "erased", &o)} {
		if strings.Contains(strings.ToLower(text), "secretperson") || text == "" {
			t.Errorf("%s: %s", what, text)
		}
	}
	a := w.look("good", id)
	if a.status != 200 || a.Status != statusInProgress || a.DisplayID != displayID(id) || len(a.Offer.Lines) != 3 || *a.Offer.Lines[0].Name != "Charger" || *a.Offer.Lines[0].ExternalID != "sku-1" ||
		a.Offer.Lines[0].Quantity != 2 || *a.Offer.Lines[2].ProductID != namedOrganization || !strings.Contains(a.raw, `"idempotencyKey":"k-7"`) || !strings.Contains(a.raw, `"countryCode":"NO"`) {
		t.Errorf("%s", a.raw)
	}
	if a := w.look("good", bare); a.status != 200 || a.Offer != nil || strings.Contains(a.raw, "idempotencyKey") {
		t.Errorf("%s", a.raw)
	}
	if a := w.send("good", http.MethodGet, ordersPath+"?idempotencyKey=k-7", ""); a.Count != 1 {
		t.Errorf("%s", a.raw)
	}
}

// TestRequestStoredNoLonger shows of an order what the exchange knows.
func TestRequestStoredNoLonger(t *testing.T) {
	w := newWorld(t)
	id := w.place("good", telling)
	check(t, w.mark(id, 1, order.Fulfilled, nil))
	check(t, w.mark(id, 2, order.Rejected, nil))
	check(t, w.mark(id, 3, order.Fulfilled, nil))
	w.Now()
	if _, n, err := w.DB.DropDocuments(t.Context(), w.Now(), 0, 10); n != 1 || err != nil {
		t.Fatalf("%d dropped, %v", n, err)
	}
	a := w.look("good", id)
	for _, member := range []string{`"status":4,"statusName":"Completed"`, `"customerName":"Secretperson Nordmann"`, `"name":"Order of Secretperson"`, `"address":"Secretperson street 1"`, `"city":"Oslo"`, `"postalCode":"0186"`,
		`"countryCode":"NO"`, `"email":"Secretperson@nordmann.no"`, `"phoneNumber":"+4799900111"`, `"contactPersonName":"Secretperson Nordmann"`, `"idempotencyKey":"k-7"`,
		`{"externalId":"sku-1","name":"Charger","quantity":2}`, `{"name":"Work for Secretperson","quantity":1}`} {
		if !strings.Contains(a.raw, member) {
			t.Errorf("%s is not in %s", member, a.raw)
		}
	}
	if strings.Contains(a.raw, "UnitAmount") || a.status != 200 {
		t.Errorf("%s", a.raw)
	}
}

// TestRetiredOrder is gone, in the dialect's words.
func TestRetiredOrder(t *testing.T) {
	w := newWorld(t)
	id := w.place("good", nil)
	check(t, w.mark(id, 1, order.Fulfilled, nil))
	w.Now()
	if _, n, err := w.DB.RetireOrders(t.Context(), w.Now(), 0, 10); n != 1 || err != nil {
		t.Fatalf("%d retired, %v", n, err)
	}
	if a := w.look("good", id); a.status != http.StatusGone || a.Error != "Gone" || a.StatusCode != 410 || a.Code != "order-retired" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := w.send("good", http.MethodGet, ordersPath, ""); a.Count != 0 || a.raw != `{"values":[],"count":0}` {
		t.Errorf("%s", a.raw)
	}
}
