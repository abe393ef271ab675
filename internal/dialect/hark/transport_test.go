package hark

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
)

// batch posts a list of requests and returns the answers.
func (w *world) batch(t *testing.T, body string) []answer {
	t.Helper()
	got := w.Call(http.MethodPost, "/graphql", body, dialecttest.DropEmpty(keyHeader, w.Keys["good"], "Content-Type", "application/json")...)
	var parts []json.RawMessage
	if err := json.Unmarshal([]byte(got.Body), &parts); err != nil || got.Status != http.StatusOK {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	answers := make([]answer, len(parts))
	for i, part := range parts {
		answers[i].raw = string(part)
		check(t, json.Unmarshal(part, &answers[i]))
	}
	return answers
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	check(t, err)
	return string(b)
}

// TestBatch answers a list of requests by a list: each is executed, or refused,
// by itself, and all of them within the limits of one.
func TestBatch(t *testing.T) {
	w := newWorld(t)
	place := map[string]any{"query": orderDevice, "variables": input(nil)}
	wrong := map[string]any{"query": orderDevice, "variables": input(func(in, _, _ map[string]any) { in["type"] = "han_ltem" })}
	got := w.batch(t, "\ufeff \n"+encoded(t, []any{map[string]any{"query": "{ __typename }"}, place, wrong, map[string]any{}, 7, map[string]any{"query": 1}, map[string]any{"query": "{"},
		map[string]any{"extensions": map[string]any{"persistedQuery": map[string]any{"version": 1}}}, place}))
	for i, want := range []string{"", "", codeInput, codeRequest, codeRequest, codeRequest, codeParse, codePersisted, ""} {
		if got[i].code() != want || (got[i].Data == nil) != (want != "") {
			t.Errorf("%d: %s, want %q", i, got[i].raw, want)
		}
	}
	for name, member := range map[string]string{"deep": strings.Repeat("[", 40) + strings.Repeat("]", 40), "a name given twice": `{"query":"{ __typename }","query":"{ a }"}`,
		"deep variables": `{"query":"{ __typename }","variables":{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}}`, "no UTF-8": "{\"query\":\"{ __typename } # \xff\"}"} {
		if got := w.batch(t, `[`+member+`,{"query":"{ __typename }"}]`); got[0].code() != codeRequest || got[1].code() != "" {
			t.Errorf("%s: %s %s", name, got[0].raw, got[1].raw)
		}
	}
	if n := w.orders(); n != 2 {
		t.Errorf("%d orders", n)
	}
	var placed struct{ Order orderAnswer }
	got[1].goodMember(t, "orderDevice", &placed)
	doc, err := w.Exchange.Document(t.Context(), strom, w.core(strom, placed.Order.OrderID).ID)
	check(t, err)
	if strings.Contains(string(doc.Body), "han_ltem") || !strings.Contains(string(doc.Body), "orderDevice") {
		t.Errorf("an order is stored with the requests of others: %s", doc.Body)
	}
	for name, c := range map[string]struct {
		body string
		code string
	}{
		"nothing":     {"[]", codeRequest},
		"too many":    {"[" + strings.Repeat(`{"query":"{ __typename }"},`, maxBatch) + `{"query":"{ __typename }"}]`, codeRequest},
		"not closed":  {`[{"query":"{ __typename }"}`, codeRequest},
		"more behind": {`[{"query":"{ __typename }"}]]`, codeRequest},
		"two lists":   {`[{"query":"{ __typename }"}],"x":[1]`, codeRequest},
	} {
		if a := w.send(http.MethodPost, "/", []byte(c.body), keyHeader, w.Keys["good"]); a.status != 400 || a.code() != c.code {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
}

// goodMember reads one member of an answer out of a list.
func (a answer) goodMember(t testing.TB, name string, into any) {
	t.Helper()
	a.status = http.StatusOK
	a.good(t, name, into)
}

// TestBatchSharesTheLimits counts what the members of a list cost together.
func TestBatchSharesTheLimits(t *testing.T) {
	w := newWorld(t)
	place := map[string]any{"query": orderDevice, "variables": input(nil)}
	all := make([]any, 12)
	for i := range all {
		all[i] = place
	}
	refused := 0
	for _, a := range w.batch(t, encoded(t, all)) {
		if a.code() == codeComplex {
			refused++
		}
	}
	if refused != 2 || w.orders() != 10 {
		t.Errorf("%d are refused, %d ordered", refused, w.orders())
	}
	many := map[string]any{"query": "{ " + strings.Repeat("a: __typename ", 15) + "}"}
	if got := w.batch(t, encoded(t, []any{many, many})); got[0].code() != "" || got[1].code() != codeComplex {
		t.Errorf("%s\n%s", got[0].raw, got[1].raw)
	}
}

// TestPersistedQuery refuses the hash of a query in the words that make clients
// send the query.
func TestPersistedQuery(t *testing.T) {
	w := newWorld(t)
	const extensions = `{"persistedQuery":{"version":1,"sha256Hash":"bd35370a9032ff848aa1b502a182377f0c84e2c3f1ef9a2444851a7839084098"}}`
	const list = `query L($i: OrdersForUserInput!) { ordersForUser(input: $i) { orders { orderId } } }`
	variables := `{"i":{"externalUserId":"user_1"}}`
	for _, path := range []string{"/", "/graphql", "/hark"} {
		without := path + "?" + url.Values{"extensions": {extensions}, "variables": {variables}, "operationName": {"L"}}.Encode()
		with := path + "?" + url.Values{"query": {list}, "extensions": {extensions}, "variables": {variables}, "operationName": {"L"}}.Encode()
		for name, a := range map[string]answer{
			"GET":  w.send(http.MethodGet, without, nil, keyHeader, w.Keys["good"]),
			"POST": w.send(http.MethodPost, path, []byte(`{"operationName":"L","variables":`+variables+`,"extensions":`+extensions+`}`), keyHeader, w.Keys["good"]),
		} {
			if a.status != 200 || a.code() != codePersisted || a.Errors[0].Message != "PersistedQueryNotSupported" || a.Data != nil {
				t.Errorf("%s %s: %d %s", name, path, a.status, a.raw)
			}
		}
		if a := w.send(http.MethodGet, with, nil, keyHeader, w.Keys["good"]); a.code() != "" || string(a.Data["ordersForUser"]) != `{"orders":[]}` {
			t.Errorf("GET %s with the query: %s", path, a.raw)
		}
	}
}

// TestGetAtTheRoot is GraphQL for who has a key and a query, and the exchange's
// own document for everyone else.
func TestGetAtTheRoot(t *testing.T) {
	w := newWorld(t)
	asked := "/?query=" + url.QueryEscape("{ __typename }")
	if a := w.send(http.MethodGet, asked, nil, keyHeader, w.Keys["good"]); a.status != 200 || string(a.Data["__typename"]) != `"Query"` {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := w.send(http.MethodGet, asked, nil, keyHeader, "bgk_hark_invented"); a.status != 401 || a.code() != codeUnauthenticated {
		t.Errorf("with an invented key: %d %s", a.status, a.raw)
	}
	change := "/?query=" + url.QueryEscape(`mutation { cancelOrder(input: {orderId: "x"}) { orderId } }`)
	got := w.Call(http.MethodGet, change, "", dialecttest.DropEmpty(keyHeader, w.Keys["good"])...)
	if got.Status != http.StatusMethodNotAllowed || got.Header.Get("Allow") != http.MethodPost {
		t.Errorf("a change: %d, Allow %q: %s", got.Status, got.Header.Get("Allow"), got.Body)
	}
	for name, c := range map[string]struct {
		path   string
		header []string
	}{
		"without a key": {asked, nil},
		"a key alone":   {"/", []string{keyHeader, w.Keys["good"]}},
		"HAL":           {"/", []string{"Accept", "application/hal+json"}},
	} {
		got := w.Call(http.MethodGet, c.path, "", dialecttest.DropEmpty(c.header...)...)
		if got.Status != 200 || got.Header.Get("Content-Type") != "application/hal+json" || !strings.Contains(got.Body, `"bk:devices"`) {
			t.Errorf("%s: %d %s %s", name, got.Status, got.Header.Get("Content-Type"), got.Body)
		}
	}
}

// TestAccept answers in the media type that is wanted, and in that of GraphQL
// over HTTP with its statuses.
func TestAccept(t *testing.T) {
	for accept, want := range map[string]string{
		"":                                  mediaType,
		"*/*":                               mediaType,
		"application/json":                  mediaType,
		"application/graphql-response+json": mediaGraphQL,
		"application/graphql-response+json, application/json;q=0.9":                                                         mediaGraphQL,
		"application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed": mediaGraphQL,
		"application/json, application/graphql-response+json":                                                               mediaType,
		"application/json;q=0.5, application/graphql-response+json;q=0.6":                                                   mediaGraphQL,
		"application/graphql-response+json;q=0.5, */*":                                                                      mediaType,
		"application/graphql-response+json; charset=utf-8":                                                                  mediaGraphQL,
		"application/graphql-response+json;q=0":                                                                             mediaType,
		"Application/GraphQL-Response+JSON":                                                                                 mediaGraphQL,
		"text/html":                                                                                                         mediaType,
		";;, application/graphql-response+json":                                                                             mediaGraphQL,
		"application/graphql-response+json;q=x":                                                                             mediaType,
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		if accept != "" {
			r.Header.Set("Accept", accept)
		}
		if got := accepted(r); got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
	w := newWorld(t)
	for body, want := range map[string][2]int{ // by application/json, and by the other
		`{"query":"{ __typename }"}`: {200, 200},
		`{"query":"{"}`:              {200, 400},
		`{"query":"{ nope }"}`:       {200, 400},
		`{"query":"query($a: String!) { __type(name: $a) { name } }"}`:               {200, 400},
		`{"query":"{ order(input: {orderId: \"x\"}) { orderId } }"}`:                 {200, 200},
		`{"query":"query A { __typename } query B { __typename }"}`:                  {200, 400},
		`{"query":"{ order(input: {orderId: \"x\"}) { orderId } }","variables":"x"}`: {400, 400},
		`{"query":7}`: {400, 400},
		`{}`:          {400, 400},
		`{`:           {400, 400},
		`{"query":"mutation { cancelOrder(input: {orderId: \"x\"}) { orderId } }"}`: {200, 200},
		`{"query":"{ ` + strings.Repeat("a: __typename ", 30) + `}"}`:               {200, 400},
	} {
		for i, media := range []string{mediaType, mediaGraphQL} {
			got := w.Call(http.MethodPost, "/", body, dialecttest.DropEmpty(keyHeader, w.Keys["good"], "Content-Type", "application/json", "Accept", media)...)
			if got.Status != want[i] || got.Header.Get("Content-Type") != media {
				t.Errorf("%s by %s: %d %s, want %d: %s", body, media, got.Status, got.Header.Get("Content-Type"), want[i], got.Body)
			}
			if strings.Contains(got.Body, `"data"`) != strings.Contains(body, "order(") && strings.Contains(got.Body, `"errors"`) && !strings.Contains(body, "cancelOrder") && !strings.Contains(body, `"variables"`) {
				t.Errorf("%s: %s", body, got.Body)
			}
		}
	}
	if got := w.Call(http.MethodPost, "/", `{"query":"{ __typename }"}`, dialecttest.DropEmpty("Accept", mediaGraphQL)...); got.Status != 401 || got.Header.Get("Content-Type") != mediaGraphQL {
		t.Errorf("without a key: %d %s", got.Status, got.Body)
	}
}

// TestPlaces are the line and column of what is at fault, as graphql-js has them
// for the same documents.
func TestPlaces(t *testing.T) {
	a := engine(t)
	for query, want := range map[string]location{
		"{ nope }":                {1, 3},
		"# ø\r\n{\r\n  nope\r\n}": {3, 3},
		"# ø\r{\r\r  nope\r}":     {4, 3},
		"\ufeff{ nope }":          {1, 4},
		`{ order(input: {orderId: "ø😀` + "\\u00e5" + `"}) { orderId nope } }`: {1, 50},
		"{ order(input: {orderId: \"\"\"\nab\n\"\"\"}) { orderId nope } }":    {3, 17},
		"{ order(input: {orderId: \"\"\"\nab\n\"\"\" x: 1}) { orderId } }":    {3, 5},
		"{ order(input: \"\"\"\n\n\"\"\") { orderId } }":                      {1, 16},
		`{ order(input: "x") { orderId } }`:                                   {1, 16},
		`{ __typename @nope }`:                                                {1, 14},
		`{ __typename @skip }`:                                                {1, 14},
		`{ order(input: {orderId: "a"}) { orderId @include(if: "true") } }`:   {1, 55},
		`{ order(input: {orderId: 7}) { orderId } }`:                          {1, 26},
		"{ order(input: {orderId: \"a\n\"}) {orderId} }":                      {1, 28},
		"{\n  \"\"\"x\"\"\"\n}":                                               {2, 3},
		`{ order("x") }`:                                                      {1, 9},
		"{ order(input: } \u00a0":                                             {1, 16},
		"{ a(b: 1e) }":                                                        {1, 10},
		"{ \u00e9 }":                                                          {1, 3},
		"{ __typename":                                                        {1, 13},
		"":                                                                    {1, 1},
		"# only a remark":                                                     {1, 1},
		"query(\n  $i: OrderInput!) { order(input: $i) { orderId } }":         {2, 3},
		"query($i:\n  OrderInput) { order(input: $i) { orderId } }":           {2, 30},
	} {
		_, refused := a.prepare(graphqlRequest{Query: query}, &queryCost{})
		if len(refused) == 0 || len(refused[0].Locations) != 1 {
			t.Errorf("%q: %v", query, refused)
			continue
		}
		if got := refused[0].Locations[0]; (location{got.Line, got.Column}) != want {
			t.Errorf("%q: %d:%d, want %d:%d (%s)", query, got.Line, got.Column, want.Line, want.Column, refused[0].Message)
		}
		if word := foreignWords.FindString(refused[0].Message); word != "" || strings.Contains(refused[0].Message, "<Invalid>") {
			t.Errorf("%q: %s", query, refused[0].Message)
		}
	}
}

// TestIntrospectionMembers are null for kinds of types that do not have them.
func TestIntrospectionMembers(t *testing.T) {
	a := engine(t)
	for query, want := range map[string]string{
		`{ __type(name: "String") { fields { name } inputFields { name } enumValues { name } interfaces { name } possibleTypes { name } isOneOf specifiedByURL ofType { name } } }`: `{"__type":{"fields":null,"inputFields":null,"enumValues":null,"interfaces":null,"possibleTypes":null,"isOneOf":null,"specifiedByURL":null,"ofType":null}}`,
		`{ __type(name: "Recipient") { interfaces { name } possibleTypes { name } inputFields(includeDeprecated: true) { name } isOneOf } }`:                                        `{"__type":{"interfaces":[],"possibleTypes":null,"inputFields":null,"isOneOf":null}}`,
		`{ __type(name: "OrderInput") { fields { name } inputFields { name isDeprecated deprecationReason defaultValue type { kind ofType { name kind } } } isOneOf } }`:            `{"__type":{"fields":null,"inputFields":[{"name":"orderId","isDeprecated":false,"deprecationReason":null,"defaultValue":null,"type":{"kind":"NON_NULL","ofType":{"name":"String","kind":"SCALAR"}}}],"isOneOf":false}}`,
		`{ __type(name: "Int") { name } f: __type(name: "Nope") { name } __typename }`:                                                                                              `{"__type":null,"f":null,"__typename":"Query"}`,
		`{ __schema { __typename subscriptionType { name } directives { name isRepeatable } } }`:                                                                                    `{"__schema":{"__typename":"__Schema","subscriptionType":null,"directives":[{"name":"deprecated","isRepeatable":false},{"name":"include","isRepeatable":false},{"name":"oneOf","isRepeatable":false},{"name":"skip","isRepeatable":false},{"name":"specifiedBy","isRepeatable":false}]}}`,
		`{ __type(name: "Mutation") { fields { name type { kind name } } } }`:                                                                                                       `{"__type":{"fields":[{"name":"orderDevice","type":{"kind":"OBJECT","name":"OrderDeviceResponse"}},{"name":"cancelOrder","type":{"kind":"OBJECT","name":"DeviceOrder"}}]}}`,
	} {
		if code, data := a.code(query, nil); code != "" || data != want {
			t.Errorf("%s\n%s %s, want\n%s", query, code, data, want)
		}
	}
}

// TestWhoAsksAtTheRoot is about GET at the root, where the document of the
// exchange stands for all but GraphQL clients.
func TestWhoAsksAtTheRoot(t *testing.T) {
	for target, want := range map[string]bool{
		"/": false, "/?": false, "/?page=2": false, "/?query=%7B__typename%7D": true, "/?query=": true, "/?extensions=%7B%7D": true,
		"/?query={__typename};": true, "/?query=%7B%zz": true, "/?documentId=sha256%3Aab": true, "/?operationName=L": true, "/?variables=%7B%7D": true,
	} {
		for _, key := range []string{"", "bgk_hark_x"} {
			r := httptest.NewRequest(http.MethodGet, target, nil)
			if key != "" {
				r.Header.Set(keyHeader, key)
			}
			if got := asksQuery(r, nil); got != (want && key != "") {
				t.Errorf("GET %s with the key %q: %v", target, key, got)
			}
		}
	}
}

// TestGetThatCannotBeDecoded refuses a parameter that would be lost, and with it
// what the caller meant.
func TestGetThatCannotBeDecoded(t *testing.T) {
	const query = "/graphql?query=%7B__typename%7D&variables="
	for _, variables := range []string{`{"a":"b;c"}`, "%7B%22a%22:%22100%%22%7D", "%zz", "%7"} {
		r := httptest.NewRequest(http.MethodGet, "/graphql", nil)
		r.URL.RawQuery = strings.TrimPrefix(query, "/graphql?") + variables
		if _, err := parseGet(r); err == nil || !strings.Contains(err.Error(), "begins no escape, or a semicolon") {
			t.Errorf("%s: %v", variables, err)
		}
	}
	if q, err := parseGet(httptest.NewRequest(http.MethodGet, query+"%7B%22a%22%3A%22100%25%3B%22%7D", nil)); err != nil || q.Variables["a"] != "100%;" {
		t.Errorf("%+v %v", q, err)
	}
}
