package hark

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/order"
)

var update = flag.Bool("update", false, "write the golden answers anew")

// raw sends a request as it stands in a file, with HOST and KEY filled in, and
// returns the bytes that come back.
func (w *world) raw(t testing.TB, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	check(t, err)
	head, body, _ := strings.Cut(string(b), "\n\n")
	head = strings.NewReplacer("HOST", w.Server.Listener.Addr().String(), "KEY", w.Keys["good"], "\n", "\r\n").Replace(head)
	return dialecttest.Wire(t, w.Server, strings.Replace(head, "X-API-"+w.Keys["good"], keyHeader, 1)+"\r\n\r\n"+body)
}

// normalise replaces what differs from run to run.
func normalise(raw string) string {
	return dialecttest.Masks{
		{`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`, "UUID"},
		{`"updatedAt":"[^"]+"`, `"updatedAt":"TIME"`},
	}.OverAnswer(raw)
}

// TestGolden compares the bytes of every answer, header and body, with those in
// testdata. go test -update writes them anew; read the difference before you
// keep it, for clients read these bytes.
func TestGolden(t *testing.T) {
	w := newWorld(t)
	w.Key("reads", strom, Source, auth.ModeLive, mayRead)
	w.Keys["invented"] = "bgk_hark_of-none"
	id := ""
	of := func(operation string) string {
		return operation + `(input: {orderId: "` + id + `"}) { ` + everything + ` }`
	}
	for _, step := range []struct{ name, key, query string }{
		{"orderDevice", "good", call(t, "orderDevice")},
		{"order", "good", "order"},
		{"shipped", "good", "order"},
		{"ordersForUser", "good", strings.Replace(call(t, "ordersForUser"), "orderStatus", everything[len("orderId orderStatus "):], 1)},
		{"cancel-refused", "good", "cancelOrder"},
		{"not-found", "good", call(t, "order")},
		{"bad-input", "good", strings.NewReplacer("0186", "186", "ola@nordmann.no", "", "https://example.com/callback", "http://127.0.0.1.nip.io/").Replace(call(t, "orderDevice"))},
		{"parse-failed", "good", call(t, "broken-cancelOrder")},
		{"validation-failed", "good", `{ orderForUser(input: {externalUserId: "user_1"}) { orderId } }`},
		{"forbidden", "reads", call(t, "orderDevice")},
		{"key-missing", "none", call(t, "order")},
		{"key-unknown", "invented", call(t, "order")},
		{"too-large", "good", strings.Repeat("{ order } ", 10_000)},
	} {
		t.Run(step.name, func(t *testing.T) {
			switch step.name {
			case "order":
				id = w.place("good", nil).OrderID
			case "shipped":
				check(t, w.mark(id, order.Fulfilled, parcel()))
			}
			query := step.query
			if query == "order" {
				query = "query { " + of("order") + " }"
			} else if query == "cancelOrder" {
				query = "mutation { " + of("cancelOrder") + " }"
			}
			body := fmt.Sprintf(`{"query":%s}`, quoted(query))
			got := dialecttest.Wire(t, w.Server, fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\nX-API-KEY: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", w.Keys[step.key], len(body), body))
			dialecttest.Compare(t, *update, "testdata/golden/"+step.name+".http", normalise(got))
		})
	}
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
