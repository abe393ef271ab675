package installer

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

var update = flag.Bool("update", false, "write the golden answers anew")

// normalise replaces what differs from run to run.
func normalise(raw string) string {
	for _, r := range []struct{ pattern, with string }{
		{`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`, "UUID"},
		{displayPrefix + `[0-9A-Z]{5}-[0-9A-Z]{5}`, "DISPLAY-ID"},
		{`X-Request-Id: \S+`, "X-Request-Id: REQUEST-ID"},
		{`\r\nDate: [^\r]+GMT\r\n`, "\r\nDate: NOW\r\n"},
		{`"(created|updated)At":"20[^"]+Z"`, `"${1}At":"TIME"`},
	} {
		raw = regexp.MustCompile(r.pattern).ReplaceAllString(raw, r.with)
	}
	return strings.ReplaceAll(raw, "\r\n", "\n")
}

// TestGolden compares the bytes of every answer, header and body, with those in
// testdata. go test -update writes them anew; read the difference before you
// keep it, for clients read these bytes.
func TestGolden(t *testing.T) {
	w := newWorld(t)
	w.key("newer", router, Source, auth.ModeLive, mayCreate, DuplicateConflict)
	w.keys["invented"] = "bgk_installer_of-nobody"
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
				found, _, err := w.exchange.Find(t.Context(), order.FindQuery{Sender: router, Source: Source, Limit: 1})
				check(t, err)
				id = found[0].ID
			case "in-progress":
				check(t, w.exchange.SettleWaiting(t.Context()))
				check(t, w.mark(id, 1, order.Received, nil))
			case "erased":
				_, err := w.exchange.Erase(t.Context(), order.Actor{Name: "operator", Via: "command"}, id, "case 7")
				check(t, err)
			}
			path := step.path
			if path == "one" {
				path = ordersPath + "/" + string(id)
			}
			head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\n", step.method, path)
			if w.keys[step.key] != "" {
				head += "Authorization: Bearer " + w.keys[step.key] + "\r\n"
			}
			if step.body != "" {
				head += fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\n", len(step.body))
			}
			compare(t, filepath.Join("testdata", "golden", step.name+".http"), normalise(w.wire(t, head+"\r\n"+step.body)))
		})
	}
}

func compare(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		check(t, os.MkdirAll(filepath.Dir(path), 0o755))
		check(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	check(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-kept +got):\n%s", path, diff)
	}
}
