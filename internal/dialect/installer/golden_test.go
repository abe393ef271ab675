package installer

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/order"
)

var update = flag.Bool("update", false, "write the golden answers anew")

// normalise replaces what differs from run to run.
func normalise(raw string) string {
	return dialecttest.Masks{
		{`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`, "UUID"},
		{displayPrefix + `[0-9A-Z]{5}-[0-9A-Z]{5}`, "DISPLAY-ID"},
		{`"(created|updated)At":"20[^"]+Z"`, `"${1}At":"TIME"`},
	}.OverAnswer(raw)
}

// TestGolden compares the bytes of every answer, header and body, with those in
// testdata. go test -update writes them anew; read the difference before you
// keep it, for clients read these bytes.
func TestGolden(t *testing.T) {
	w := newWorld(t)
	w.Key("newer", router, Source, auth.ModeLive, mayCreate, DuplicateConflict)
	w.Keys["invented"] = "bgk_installer_of-none"
	id := order.ID("")
	for _, step := range []struct{ name, key, method, path, body string }{
		{"created", "good", "POST", ordersPath, file(t, "seed-repaired.json")},
		{"duplicate", "good", "POST", ordersPath, file(t, "seed-repaired.json")},
		{"duplicate-409", "newer", "POST", ordersPath, file(t, "seed-repaired.json")},
		{"order", "good", "GET", "one", ""},
		{"in-progress", "good", "GET", "one", ""},
		{"list", "good", "GET", ordersPath + "?pageSize=1&q=your-id", ""},
		{"list-empty", "good", "GET", ordersPath + "?page=7", ""},
		{"list-refused", "good", "GET", ordersPath + "?page=-1&pageSize=501&direction=up&status=Done", ""},
		{"malformed", "good", "POST", ordersPath, file(t, "seed-literal.txt")},
		{"fields", "good", "POST", ordersPath, file(t, "seed-placeholders.json")},
		{"not-found", "good", "GET", ordersPath + "/0190a0a0-0000-7000-8000-000000000000", ""},
		{"forbidden", "newer", "GET", ordersPath, ""},
		{"key-missing", "none", "POST", ordersPath, "{}"},
		{"key-unknown", "invented", "GET", ordersPath, ""},
		{"delete", "good", "DELETE", "one", ""},
		{"options", "good", "OPTIONS", ordersPath, ""},
		{"too-large", "good", "POST", ordersPath, strings.Repeat(" ", maxBody+1)},
		{"erased", "good", "GET", "one", ""},
	} {
		t.Run(step.name, func(t *testing.T) {
			switch step.name {
			case "duplicate":
				found, _, err := w.Exchange.Find(t.Context(), order.FindQuery{Sender: router, Source: Source, Limit: 1})
				check(t, err)
				id = found[0].ID
			case "in-progress":
				check(t, w.Exchange.ProcessPending(t.Context()))
				check(t, w.mark(id, 1, order.Received, nil))
			case "erased":
				_, err := w.Exchange.Erase(t.Context(), order.Actor{Name: "operator", Via: "command"}, id, "case 7")
				check(t, err)
			}
			path := step.path
			if path == "one" {
				path = ordersPath + "/" + string(id)
			}
			head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\n", step.method, path)
			if w.Keys[step.key] != "" {
				head += "Authorization: Bearer " + w.Keys[step.key] + "\r\n"
			}
			if step.body != "" {
				head += fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\n", len(step.body))
			}
			dialecttest.Compare(t, *update, "testdata/golden/"+step.name+".http", normalise(dialecttest.Wire(t, w.Server, head+"\r\n"+step.body)))
		})
	}
}
