package hark

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// TestDocumentedCalls makes the calls of the documentation as they stand there.
func TestDocumentedCalls(t *testing.T) {
	w := newWorld(t)
	type short struct{ OrderID, OrderStatus string }
	var placed struct {
		Order         short
		OrdersForUser []short
	}
	w.ask("good", call(t, "orderDevice"), nil).good(t, "orderDevice", &placed)
	id := placed.Order.OrderID
	uuid, ok := strings.CutPrefix(id, "order_")
	if _, isUUID := order.ParseID(uuid); !ok || !isUUID || uuid[14] != '4' || placed.Order.OrderStatus != "ORDERED" {
		t.Errorf("ordered: %+v", placed)
	}
	if !slices.Contains(placed.OrdersForUser, placed.Order) {
		t.Errorf("the new order is not in the list: %+v", placed)
	}
	named := func(name string) string {
		return strings.NewReplacer("order_1", id, "order_c1d5a4b4-e558-4834-9b6e-7aefe04033ba", id).Replace(call(t, name))
	}
	var one, gone short
	var list struct{ Orders []short }
	w.ask("good", named("order"), nil).good(t, "order", &one)
	w.ask("good", call(t, "ordersForUser"), nil).good(t, "ordersForUser", &list)
	w.ask("good", named("cancelOrder"), nil).good(t, "cancelOrder", &gone)
	if one != placed.Order || len(list.Orders) != 1 || list.Orders[0] != one || gone != (short{id, "CANCELLED"}) {
		t.Errorf("read %+v, listed %+v, cancelled %+v", one, list, gone)
	}
	for _, name := range []string{"order", "cancelOrder"} { // with the ids of the page, which no order has here
		if a := w.ask("good", call(t, name), nil); a.status != 200 || a.code() != codeNotFound || a.Errors[0].Path[0] != name {
			t.Errorf("%s: %s", name, a.raw)
		}
	}
	for _, name := range []string{"orderDevice", "cancelOrder", "ordersForUser"} { // as the older page lost its braces
		if a := w.ask("good", call(t, "broken-"+name), nil); a.status != 200 || a.code() != codeParse || a.Data != nil {
			t.Errorf("broken %s: %s", name, a.raw)
		}
	}
	if a := w.ask("good", strings.Replace(call(t, "orderDevice"), "ola@nordmann.no", "", 1), nil); a.code() != codeInput || a.Errors[0].Extensions.Fields[0].Field != "recipient.email" {
		t.Errorf("the empty e-mail of the older page: %s", a.raw)
	}
}

// TestEveryFieldComesBack orders with every field and reads all of them.
func TestEveryFieldComesBack(t *testing.T) {
	w := newWorld(t)
	got := w.place("good", func(in, recipient, address map[string]any) {
		in["webhookCallbackUrl"], in["subscriptionType"], in["type"] = "https://example.com/callback?a=1&b=2", "BUSINESS", "HAN_WIFI"
		recipient["firstName"], recipient["lastName"], recipient["externalUserId"] = "Bjørg Åse", "von der Lippe", "kunde æ/1"
		address["addressLine2"], address["postalCode"] = "c/o Ødegård", "0001"
	})
	url, second, user := "https://example.com/callback?a=1&b=2", "c/o Ødegård", "kunde æ/1"
	r := got.Recipient
	if got.SubscriptionType != "BUSINESS" || got.Type != "HAN_WIFI" || got.IntermediaryID != string(strom) || *got.WebhookCallbackURL != url || got.DeviceID != nil || got.TrackingLink != nil ||
		r.FirstName != "Bjørg Åse" || r.LastName != "von der Lippe" || r.Email != "ola@nordmann.no" || r.PhoneNumber != "99999999" || *r.ExternalUserID != user ||
		r.PostalAddress.AddressLine1 != "Christian Krohgs gate 1" || *r.PostalAddress.AddressLine2 != second || r.PostalAddress.PostalCode != "0001" || r.PostalAddress.City != "OSLO" || r.PostalAddress.Country != "NO" {
		t.Errorf("%+v", got)
	}
	if !strings.HasSuffix(got.UpdatedAt, "Z") || len(got.UpdatedAt) != len("2023-05-02T07:38:44.261Z") {
		t.Errorf("updatedAt %q", got.UpdatedAt)
	}
	again := w.look("good", got.OrderID)
	if again.Recipient.PostalAddress.City != "OSLO" || *again.Recipient.ExternalUserID != user || again.Recipient.LastName != "von der Lippe" {
		t.Errorf("read later: %+v", again)
	}
	o := w.core(strom, got.OrderID)
	doc, err := w.Exchange.Document(t.Context(), strom, o.ID)
	check(t, err)
	if doc.MediaType != "application/json" || !strings.Contains(string(doc.Body), `"query":"mutation`) || !strings.Contains(string(doc.Body), "kunde æ/1") {
		t.Errorf("the request is stored as %s %s", doc.MediaType, doc.Body)
	}
}

// TestAllBadFieldsAreReported sends many at once; nothing is stored of it.
func TestAllBadFieldsAreReported(t *testing.T) {
	w := newWorld(t)
	a := w.ask("good", orderDevice, input(func(in, recipient, address map[string]any) {
		in["webhookCallbackUrl"] = "https://10.0.0.1/callback"
		recipient["email"], recipient["phoneNumber"] = strings.Repeat("a", 55)+"@b.no1", "+4799999999"
		address["postalCode"], address["city"] = "186", strings.Repeat("å", 36)
	}))
	var fields []string
	for _, f := range a.Errors[0].Extensions.Fields {
		fields = append(fields, f.Field)
	}
	want := []string{"recipient.email", "recipient.phoneNumber", "recipient.postalAddress.city", "recipient.postalAddress.postalCode", "webhookCallbackUrl"}
	if a.status != 200 || a.code() != codeInput || len(a.Errors) != 1 || !slices.Equal(fields, want) {
		t.Errorf("%s", a.raw)
	}
	for _, bad := range []string{"", "callback", "ftp://example.com/x", "https://user:pw@example.com/x", "https://169.254.169.254/", "https://[::1]/x", "http://example.com/plain"} {
		a := w.ask("good", orderDevice, input(func(in, _, _ map[string]any) { in["webhookCallbackUrl"] = bad }))
		if a.code() != codeInput || len(a.Errors[0].Extensions.Fields) != 1 || a.Errors[0].Extensions.Fields[0].Field != "webhookCallbackUrl" {
			t.Errorf("callback %q: %s", bad, a.raw)
		}
	}
	if _, n, err := w.Exchange.Find(t.Context(), order.FindQuery{Sender: strom, Source: Source, Limit: 1}); n != 0 || err != nil {
		t.Errorf("%d orders are stored, %v", n, err)
	}
}

// TestDuplicatesAreOrders orders the same twice: the page knows of no other way
// to see it than to read the list.
func TestDuplicatesAreOrders(t *testing.T) {
	w := newWorld(t)
	first, second := w.place("good", nil), w.place("good", nil)
	if first.OrderID == second.OrderID {
		t.Fatal("one id twice")
	}
	a := w.ask("good", `mutation { a: cancelOrder(input: {orderId: "`+first.OrderID+`"}) { orderStatus } b: cancelOrder(input: {orderId: "`+first.OrderID+`"}) { orderStatus } }`, nil)
	if len(a.Errors) != 1 || a.code() != codeNotCancellable || a.Errors[0].Path[0] != "b" {
		t.Errorf("cancelled twice: %s", a.raw)
	}
	var list struct{ Orders []orderAnswer }
	w.ask("good", call(t, "ordersForUser"), nil).good(t, "ordersForUser", &list)
	if len(list.Orders) != 2 || list.Orders[0].OrderID != second.OrderID || list.Orders[1].OrderStatus != "CANCELLED" {
		t.Errorf("newest first: %+v", list)
	}
}

// TestTransport tries the ways of sending a request.
func TestTransport(t *testing.T) {
	w := newWorld(t)
	key := w.Keys["good"]
	const query = `{"query":"{ __typename }"}`
	for name, c := range map[string]struct {
		method, path, body, label string
		status                    int
		code                      string
	}{
		"root":             {"POST", "/", query, "application/json", 200, ""},
		"own path":         {"POST", "/graphql", query, "application/json; charset=utf-8", 200, ""},
		"slash behind":     {"POST", "/graphql/", query, "", 200, ""},
		"below its name":   {"POST", "/hark/graphql", query, "application/json", 200, ""},
		"at its name":      {"POST", "/hark", query, "application/json", 200, ""},
		"graphql label":    {"POST", "/graphql", query, "application/graphql+json", 200, ""},
		"null variables":   {"POST", "/", `{"query":"{ __typename }","variables":null,"operationName":null}`, "application/json", 200, ""},
		"form":             {"POST", "/", "query=x", "application/x-www-form-urlencoded", 415, codeRequest},
		"no JSON":          {"POST", "/", "{", "application/json", 400, codeRequest},
		"two":              {"POST", "/", query + query, "application/json", 400, codeRequest},
		"no query":         {"POST", "/", "{}", "application/json", 400, codeRequest},
		"query twice":      {"POST", "/", `{"query":"{ __typename }","query":"{ a }"}`, "application/json", 400, codeRequest},
		"wrong type":       {"POST", "/", `{"query":1}`, "application/json", 400, codeRequest},
		"deep variables":   {"POST", "/", `{"query":"{ __typename }","variables":{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}}`, "application/json", 400, codeRequest},
		"no UTF-8":         {"POST", "/", "{\"query\":\"{ __typename } # \xff\"}", "application/json", 400, codeRequest},
		"1 MB":             {"POST", "/", `{"query":"{ __typename } #` + strings.Repeat("x", 1<<20) + `"}`, "application/json", 413, codeRequest},
		"get":              {"GET", "/graphql?query=" + url.QueryEscape("query($n: String!) { __type(name: $n) { name } }") + "&variables=" + url.QueryEscape(`{"n":"Query"}`), "", "", 200, ""},
		"get of nothing":   {"GET", "/graphql", "", "", 400, codeRequest},
		"get of bad JSON":  {"GET", "/graphql?query=a&variables=%7B", "", "", 400, codeRequest},
		"get of a list":    {"GET", "/graphql?query=a&variables=%5B1%5D", "", "", 400, codeRequest},
		"get of [] as PHP": {"GET", "/graphql?query=%7B__typename%7D&variables=%5B%5D&extensions=%5B%20%5D", "", "", 200, ""},
		"[] as PHP":        {"POST", "/", `{"query":"{ __typename }","variables":[],"extensions":[ ]}`, "application/json", 200, ""},
		"a list":           {"POST", "/", `{"query":"{ __typename }","variables":[{}]}`, "application/json", 400, codeRequest},
		"extensions":       {"POST", "/", `{"query":"{ __typename }","extensions":"x"}`, "application/json", 400, codeRequest},
		"get of no UTF-8":  {"GET", "/graphql?query=%7B__typename%7D%23%FF", "", "", 400, codeRequest},
		"get of too much":  {"GET", "/graphql?query=a&variables=%7B%22a%22%3A1e999%7D", "", "", 400, codeRequest},
		"no such method":   {"DELETE", "/graphql", "", "", 405, codeRequest},
		"change by a link": {"GET", "/graphql?query=" + url.QueryEscape(`mutation { cancelOrder(input: {orderId: "x"}) { orderId } }`), "", "", 405, codeRequest},
	} {
		a := w.send(c.method, c.path, []byte(c.body), keyHeader, key, "Content-Type", c.label)
		if a.status != c.status || a.code() != c.code {
			t.Errorf("%s: %d %q, want %d %q\n%.300s", name, a.status, a.code(), c.status, c.code, a.raw)
		}
	}
	res, err := http.Get(w.Server.URL + "/")
	check(t, err)
	res.Body.Close()
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "application/hal+json" {
		t.Errorf("GET / is %s %s", res.Status, res.Header.Get("Content-Type"))
	}
}

// TestTypes names the member of a request that is of another type.
func TestTypes(t *testing.T) {
	for sent, want := range map[string]string{`{"query":1}`: "query cannot be of the type number.", `{"query":"a","variables":[1]}`: "variables cannot be of the type array.",
		`{"query":"a","extensions":7}`: "extensions cannot be of the type number.", `{"operationName":[]}`: "operationName cannot be of the type array."} {
		if err := decode([]byte(sent), new(graphqlRequest)); order.CodeOf(err) != "json-type" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", sent, err)
		}
	}
	if err := decode([]byte(`{"a":1e999}`), new(map[string]any)); order.CodeOf(err) != "json-type" || !strings.Contains(err.Error(), "variables cannot be of the type number 1e999.") {
		t.Error(err)
	}
}

// TestCostIsBounded orders eleven devices in one request: ten are ordered, the
// last is refused before anything is done.
func TestCostIsBounded(t *testing.T) {
	w := newWorld(t)
	query := "mutation($i: OrderDeviceInput!) {"
	for _, alias := range "abcdefghijk" {
		query += " " + string(alias) + ": orderDevice(input: $i) { order { orderId } }"
	}
	a := w.ask("good", query+" }", input(nil))
	if len(a.Errors) != 1 || a.code() != codeComplex || a.Errors[0].Path[0] != "k" {
		t.Errorf("%s", a.raw)
	}
	if _, n, err := w.Exchange.Find(t.Context(), order.FindQuery{Sender: strom, Source: Source, Limit: 1}); n != 10 || err != nil {
		t.Errorf("%d orders, %v", n, err)
	}
}

// TestTestOrders never reach a receiver, and are not seen with other keys.
func TestTestOrders(t *testing.T) {
	w := newWorld(t)
	w.Key("test", strom, Source, auth.ModeTest, Permissions()...)
	test, real := w.place("test", nil), w.place("good", nil)
	page, err := w.Exchange.List(t.Context(), order.Query{Party: seller, Mode: order.SentToMe, Limit: 10})
	check(t, err)
	if len(page.Items) != 1 || page.Items[0].Number != real.OrderID {
		t.Errorf("the seller sees %+v", page.Items)
	}
	for key, ids := range map[string][2]string{"test": {test.OrderID, real.OrderID}, "good": {real.OrderID, test.OrderID}} {
		var list struct{ Orders []orderAnswer }
		w.ask(key, call(t, "ordersForUser"), nil).good(t, "ordersForUser", &list)
		if len(list.Orders) != 1 || list.Orders[0].OrderID != ids[0] {
			t.Errorf("the key %s lists %+v", key, list)
		}
		a := w.ask(key, `mutation { cancelOrder(input: {orderId: "`+ids[1]+`"}) { orderId } }`, nil)
		if a.code() != codeNotFound {
			t.Errorf("the key %s and the other order: %s", key, a.raw)
		}
	}
	var gone orderAnswer
	w.ask("test", `mutation { cancelOrder(input: {orderId: "`+test.OrderID+`"}) { orderStatus } }`, nil).good(t, "cancelOrder", &gone)
	if gone.OrderStatus != "CANCELLED" {
		t.Errorf("%+v", gone)
	}
}

// TestErasedOrder shows what is left of an order, and says why the rest is not
// there.
func TestErasedOrder(t *testing.T) {
	w := newWorld(t)
	id := w.place("good", nil).OrderID
	_, err := w.Exchange.Erase(t.Context(), order.Actor{Name: "operator", Via: "command"}, w.core(strom, id).ID, "case 7")
	check(t, err)
	a := w.ask("good", `{ order(input: {orderId: "`+id+`"}) { orderStatus recipient { firstName lastName email externalUserId postalAddress { city country } } } }`, nil)
	if a.code() != "" || strings.Contains(a.raw, "Ola") || strings.Contains(a.raw, "user_1") || !strings.Contains(a.raw, `"country":"NO"`) {
		t.Errorf("%s", a.raw)
	}
	if a := w.ask("good", `{ order(input: {orderId: "`+id+`"}) { subscriptionType } }`, nil); a.code() != codeNotFound {
		t.Errorf("%s", a.raw)
	}
}

// TestIntrospectionOfTheSampleClient replays what the vendor's Python sample
// sends before its first query.
func TestIntrospectionOfTheSampleClient(t *testing.T) {
	w := newWorld(t)
	answer := w.raw(t, "testdata/introspection.http")
	_, body, _ := strings.Cut(answer, "\r\n\r\n")
	var doc struct {
		Data struct {
			Schema struct {
				QueryType, MutationType struct{ Name string }
				SubscriptionType        *struct{ Name string }
				Types                   []struct{ Name string }
				Directives              []struct{ Name string }
			} `json:"__schema"`
		}
		Errors []any
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil || len(doc.Errors) > 0 || !strings.HasPrefix(answer, "HTTP/1.1 200 OK\r\n") {
		t.Fatalf("%v\n%.600s", err, answer)
	}
	s := doc.Data.Schema
	names := map[string]bool{}
	for _, typ := range s.Types {
		names[typ.Name] = true
	}
	if s.QueryType.Name != "Query" || s.MutationType.Name != "Mutation" || s.SubscriptionType != nil || !names["OrderDeviceInput"] || len(s.Directives) < 2 {
		t.Errorf("%+v, types %v", s.QueryType, slices.Sorted(maps.Keys(names)))
	}
}
