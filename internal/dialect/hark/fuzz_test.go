package hark

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/bookgate/bookgate/internal/auth"
)

// FuzzRequest reads any document and variables. What is refused has a message
// for people, a code, and a place in the document; what is not is executed under
// a key that may do nothing, which no request gets around.
func FuzzRequest(f *testing.F) {
	for _, name := range []string{"orderDevice", "cancelOrder", "order", "ordersForUser", "broken-orderDevice"} {
		f.Add(call(f, name), "{}")
	}
	f.Add(orderDevice, encodedInput(f))
	f.Add(`query A($i: OrderInput!, $s: Boolean = true) { ...F @skip(if: $s) } fragment F on Query { order(input: $i) { ... on DeviceOrder { orderId } } }`, `{"i":{"orderId":"x"},"s":false}`)
	f.Add(`{ __schema { types { ...T } } } fragment T on __Type { name ofType { ...T } }`, `{"a":[1,2.5E1,{"b":null}]}`)
	f.Add("{ order(input: {orderId: \"\"\"\r\n \\\"\"\" 😀\"\"\"}) { orderId } } # \u2028", `{"i":1e400}`)
	f.Add(`query($a: [[String!]!] = [["x"]]) { __type(name: $a) { name } }`, `{"a":"x"}`)
	api, err := New(Config{})
	check(f, err)
	f.Fuzz(func(t *testing.T, query, variables string) {
		q := graphqlRequest{Query: query}
		if decode([]byte(variables), &q.Variables) != nil || !utf8.ValidString(query) {
			return // never gets this far
		}
		begin := time.Now()
		answer := api.run(httptest.NewRequest("POST", "/", nil), member{graphqlRequest: q}, api.root(auth.Key{Party: "7045"}, nil))
		if took := time.Since(begin); took > 5*time.Second {
			t.Fatalf("%s for %q", took, query)
		}
		if len(answer.Errors) == 0 && !strings.Contains(query, "__") {
			t.Fatalf("answered without a permission: %s", answer.Data)
		}
		lines := strings.Count(strings.ReplaceAll(query, "\r\n", "\n"), "\n") + strings.Count(strings.ReplaceAll(query, "\r\n", ""), "\r") + 1
		for _, e := range answer.Errors {
			if code, _ := e.Extensions["code"].(string); code == "" || e.Message == "" || code == codeInternal {
				t.Fatalf("%+v", e)
			}
			for _, at := range e.Locations {
				if at.Line < 1 || at.Line > lines || at.Column < 1 {
					t.Fatalf("%q: %+v of %d lines", query, e, lines)
				}
			}
		}
		if _, err := json.Marshal(answer); err != nil {
			t.Fatal(err)
		}
	})
}

func encodedInput(f *testing.F) string {
	b, err := json.Marshal(input(nil))
	check(f, err)
	return string(b)
}
