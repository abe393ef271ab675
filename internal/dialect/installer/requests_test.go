package installer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/order"
)

// raw sends a request as it stands in a file, with host, key and length filled
// in, and returns what comes back.
func (w *world) raw(t testing.TB, key, name string) (status int, body string) {
	t.Helper()
	head, content, _ := strings.Cut(file(t, "requests/"+name), "\n\n")
	head = strings.NewReplacer("HOST", w.Server.Listener.Addr().String(), "KEY", w.Keys[key], "LENGTH", fmt.Sprint(len(content)), "\n", "\r\n").Replace(head)
	answer := dialecttest.Wire(t, w.Server, head+"\r\n\r\n"+content)
	_, err := fmt.Sscanf(answer, "HTTP/1.1 %d", &status)
	check(t, err)
	_, body, _ = strings.Cut(answer, "\r\n\r\n")
	return status, body
}

// TestRealClients replays, byte for byte, what two versions of a real shop's
// site send, and reads the answers as they do: the first one looks for the id
// under id, the later one under value, and takes 409 for a success.
func TestRealClients(t *testing.T) {
	w := newWorld(t)
	w.Key("newer", router, Source, auth.ModeLive, mayCreate, DuplicateConflict)
	var first struct{ ID order.ID }
	status, body := w.raw(t, "good", "first.http")
	check(t, json.Unmarshal([]byte(body), &first))
	if o := w.core(first.ID); status != http.StatusCreated || o.Header.ShipTo.Names[0] != "Ola Nordmann" || len(o.Header.Messages[0].Lines) != 2 {
		t.Errorf("%d %s: %+v", status, body, o.Header)
	}
	status, body = w.raw(t, "good", "first-without-address.http")
	var refused envelope
	check(t, json.Unmarshal([]byte(body), &refused))
	if len(refused.Details) != 3 || status != http.StatusBadRequest || refused.Details[0].Path != "address" {
		t.Errorf("without an address: %d %s", status, body)
	}
	var later struct{ Value, OrderID, DisplayID string }
	status, body = w.raw(t, "newer", "later.http")
	check(t, json.Unmarshal([]byte(body), &later))
	if _, ok := order.ParseID(later.Value); !ok || status != http.StatusCreated || later.DisplayID == "" {
		t.Errorf("%d %s", status, body)
	}
	id, name := later.Value, later.DisplayID
	status, body = w.raw(t, "newer", "later.http")
	check(t, json.Unmarshal([]byte(body), &later))
	if status != http.StatusConflict || later.OrderID != id || later.DisplayID != name {
		t.Errorf("again: %d %s", status, body)
	}
	if n := w.count(Source); n != 2 {
		t.Errorf("%d orders", n)
	}
}

// TestSeed sends the documented example as it stands on its page, which is no
// JSON, then with its punctuation repaired, then with values in the place of
// words such as uuid.
func TestSeed(t *testing.T) {
	w := newWorld(t)
	a := w.send("good", http.MethodPost, ordersPath, file(t, "seed-literal.txt"))
	if a.status != http.StatusBadRequest || a.Code != "json-malformed" || !strings.Contains(a.Message, "'/' where a name in quotes is wanted (line 2, column 19)") {
		t.Errorf("as it stands: %d %s", a.status, a.raw)
	}
	a = w.send("good", http.MethodPost, ordersPath, file(t, "seed-placeholders.json"))
	const bad = "email fileIds.0 orderTagIds.0 workflowId customFields.0.id customFields.0.customId actorAssignments.0.organizationId offer.lines.0.productId"
	if a.status != http.StatusBadRequest || a.paths() != bad {
		t.Errorf("with its placeholders: %d %s", a.status, a.raw)
	}
	if n := w.count(Source); n != 0 {
		t.Errorf("%d orders are stored", n)
	}
	a = w.send("good", http.MethodPost, ordersPath, file(t, "seed-repaired.json"))
	if a.status != http.StatusCreated || a.ID == "" || a.Value != a.ID || a.OrderID != a.ID || !isDisplayID(a.DisplayID) || a.ClientURL != nil {
		t.Fatalf("repaired: %d %s", a.status, a.raw)
	}
	w.readsAsWritten(t, a.ID, file(t, "seed-repaired.json"), "vatRate", "payerUnitAmount", "discountUnitAmount", "installerPayoutUnitAmount")
	again := w.send("good", http.MethodPost, ordersPath, file(t, "seed-repaired.json"))
	if again.status != http.StatusBadRequest || again.OrderID != a.ID || again.DisplayID != a.DisplayID || again.StatusCode != http.StatusBadRequest {
		t.Errorf("again: %d %s", again.status, again.raw)
	}
}

// readsAsWritten reads an order and wants every member that was sent, with its
// value; amounts that were sent as texts come back as numbers.
func (w *world) readsAsWritten(t *testing.T, id order.ID, sent string, amounts ...string) {
	t.Helper()
	for _, name := range amounts {
		var all []string
		for part := range strings.SplitAfterSeq(sent, "\n") {
			if strings.Contains(part, `"`+name+`": "`) {
				key, value, _ := strings.Cut(part, ": ")
				part = key + ": " + strings.ReplaceAll(value, `"`, "")
			}
			all = append(all, part)
		}
		sent = strings.Join(all, "")
	}
	var want, got map[string]any
	decode(t, sent, &want)
	decode(t, w.look("good", id).raw, &got)
	for name, value := range want {
		if name == "offer" {
			for _, line := range got["offer"].(map[string]any)["lines"].([]any) {
				delete(line.(map[string]any), "payerTotalAmount")
				delete(line.(map[string]any), "payerTotalVatAmount")
			}
		}
		if !reflect.DeepEqual(got[name], value) {
			t.Errorf("%s was %v and is %v", name, value, got[name])
		}
	}
}

// decode reads JSON and keeps numbers as they are written.
func decode(t *testing.T, from string, into any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(from))
	d.UseNumber()
	check(t, d.Decode(into))
}

// TestEverythingComesBack sends what is odd and good: empty lists and texts,
// numbers that Go cannot hold, rich text, every character.
func TestEverythingComesBack(t *testing.T) {
	w := newWorld(t)
	sent := `{"email":"ola@nordmann.no","phoneNumber":"99 90 01 11","contactPersonName":" Ola \u00d8 \ud83d\ude00 ","address":"a/b \"c\" \\ <d> & 'e'","city":"Å","postalCode":"0001","countryCode":"NO",
	"name":"","workplace":"","description":{"type":"doc","content":[{"type":"paragraph","attrs":{"x":1.50},"content":[{"type":"text","text":"a"}]}]},"latitude":-90.000,"longitude":1.8e2,
	"fileIds":[],"orderTagIds":[],"metadata":{"n":123456789012345678901234567890.10,"e":1e999,"deep":[[[{"a":null,"b":"\ud800","c":"\u0000"}]]],"":""},
	"customFields":[],"actorAssignments":[],"offer":{"name":"","lines":[{"name":"x","quantity":1,"externalId":"","imageUrl":"","isPaid":false,"vatRate":0,"payerUnitAmount":0}]}}`
	a := w.send("good", http.MethodPost, ordersPath, sent)
	if a.status != http.StatusCreated {
		t.Fatal(a.raw)
	}
	w.readsAsWritten(t, a.ID, sent)
	got := w.look("good", a.ID).raw
	for _, member := range []string{`"latitude":-90.000,"longitude":1.8e2`, `"coordinates":{"x":1.8e2,"y":-90.000}`, `"e":1e999`, `"b":"\ud800"`, `<d> & 'e'`, `"fileIds":[]`, `"payerTotalAmount":0,"payerTotalVatAmount":0`,
		`"status":0,"statusName":"Created"`, `"customerName":" Ola Ø 😀 "`, `"createdAt":"2026-06-01T10:00:`, `"updatedAt":"2026-06-01T10:00:`} {
		if !strings.Contains(got, member) {
			t.Errorf("%s is not in %s", member, got)
		}
	}
	a = w.send("good", http.MethodPost, ordersPath, text(t, draft(func(in map[string]any) {
		for _, name := range []string{"name", "description", "workplace", "latitude", "longitude", "fileIds", "orderTagIds", "metadata", "workflowId", "workflowCustomId", "customFields", "idempotencyKey", "actorAssignments", "offer"} {
			in[name] = nil
		}
		in["Email"], in["newer"], in["payerTotalAmount"] = "someone@else.no", []any{map[string]any{"a": 1}}, "x"
	})))
	got = w.look("good", a.ID).raw
	if a.status != http.StatusCreated || strings.Contains(got, "null") || strings.Contains(got, "newer") || strings.Contains(got, "else.no") || !strings.Contains(got, "ola@nordmann.no") {
		t.Errorf("null, unknown members and a name in another letter case: %s %s", a.raw, got)
	}
	doc, err := w.Exchange.Document(t.Context(), router, a.ID)
	check(t, err)
	if doc.MediaType != mediaType || !strings.Contains(string(doc.Body), "someone@else.no") {
		t.Errorf("the request is stored as %s %s", doc.MediaType, doc.Body)
	}
	if _, err := w.Exchange.Document(t.Context(), installer, a.ID); err == nil {
		t.Error("the installer reads the request")
	}
}
