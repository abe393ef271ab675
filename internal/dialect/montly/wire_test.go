package montly

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
)

var update = flag.Bool("update", false, "write the golden answers anew")

// raw sends a request as it stands in a file over a new connection, with HOST,
// KEY and LENGTH filled in, and returns the bytes that come back.
func (w *world) raw(t testing.TB, key, file string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "requests", file+".http"))
	check(t, err)
	head, body, _ := strings.Cut(string(b), "\n\n")
	head = strings.NewReplacer("HOST", "api.montly.example", "KEY", w.Keys[key], "LENGTH", strconv.Itoa(len(body)), "\n", "\r\n").Replace(head)
	return dialecttest.Wire(t, w.Server, head+"\r\n\r\n"+body)
}

// normalise replaces what differs from run to run.
func normalise(raw string) string {
	return dialecttest.Masks{{`"setAt":"2020-[^"]+"`, `"setAt":"TIME"`}}.OverAnswer(raw)
}

// compare compares with a golden file.
func compare(t *testing.T, name, got string) {
	t.Helper()
	dialecttest.Compare(t, *update, "testdata/golden/"+name+".http", got)
}

// TestGolden replays the requests of the documentation and of real clients as
// raw bytes, and compares the bytes of every answer, header and body, with those
// in testdata. go test -update writes them anew; read the difference before
// you commit them, because clients read these bytes.
func TestGolden(t *testing.T) {
	w := newWorld(t)
	w.Keys["invented"] = "bgk_montly_of-no-one"
	step := func(name, key, file string) {
		t.Run(name, func(t *testing.T) { compare(t, name, normalise(w.raw(t, key, file))) })
	}
	step("seed-is-broken", "good", "seed")
	if n := w.stored(kontor, Source); n != 0 {
		t.Errorf("%d orders are stored of a broken one", n)
	}
	step("seed-repaired", "good", "seed-repaired")
	step("repeated", "good", "seed-repaired")
	step("plugin-create", "good", "plugin-create")
	step("sdk-create", "good", "sdk-create")
	step("shipped-too-early", "good", "sdk-shipped")
	step("status-pending", "good", "sdk-status")
	step("config", "good", "sdk-config")
	step("tariffs", "good", "sdk-tariffs")
	step("cancel", "good", "sdk-cancel")
	step("cancel-again", "good", "sdk-cancel")
	step("status-cancelled", "good", "sdk-status")
	o := w.core("good", "sdk-1")
	w.accept(o)
	w.sign(o)
	step("shipped", "good", "sdk-shipped")
	step("not-found", "test", "sdk-status")
	step("key-unknown", "invented", "sdk-status")
	for name, request := range map[string]string{
		"key-missing":    "GET /v1/tariffs HTTP/1.1\r\nHost: x\r\n\r\n",
		"key-malformed":  "GET /v1/tariffs HTTP/1.1\r\nHost: x\r\nAuthorization: Basic eDp5\r\n\r\n",
		"empty":          "POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + w.Keys["good"] + "\r\nContent-Length: 2\r\n\r\n{}",
		"bad-org-number": "POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + w.Keys["good"] + "\r\nContent-Length: LENGTH\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			if name == "bad-org-number" { // the documentation's own example of an error
				b, err := os.ReadFile("testdata/requests/plugin-create.http")
				check(t, err)
				_, body, _ := strings.Cut(string(b), "\n\n")
				body = strings.NewReplacer(`"orderId":"1742",`, "", "5590894308", "000000-0000").Replace(body)
				request = strings.Replace(request, "LENGTH", strconv.Itoa(len(body)), 1) + body
			}
			compare(t, name, normalise(dialecttest.Wire(t, w.Server, request)))
		})
	}
}
