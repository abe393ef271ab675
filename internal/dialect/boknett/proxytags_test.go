package boknett

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

// onTheWay are the ways in which a tag comes back from behind proxies that
// compress, and how clients write it.
func onTheWay(etag string) map[string]string {
	suffixed := func(s string) string { return strings.TrimSuffix(etag, `"`) + s + `"` }
	return map[string]string{
		"as it was":                     etag,
		"weakened, as by nginx":         "W/" + etag,
		"weakened twice":                "W/W/" + etag,
		"with -gzip, as by Apache":      suffixed("-gzip"),
		"with -br, as by Apache":        suffixed("-br"),
		"with -zstd, as by Caddy":       suffixed("-zstd"),
		"with --gzip, as by Jetty":      suffixed("--gzip"),
		"with ;gzip":                    suffixed(";gzip"),
		"weakened and with -gzip":       "W/" + suffixed("-gzip"),
		"compressed twice":              suffixed("-gzip-br"),
		"with -gzip behind the quote":   etag + "-gzip",
		"with ;gzip behind the quote":   etag + ";gzip",
		"in a list":                     `"r1-hal-abc", W/` + etag,
		"in a list, before others":      suffixed("-gzip") + `,"x" , W/"y"`,
		"in a list with empty elements": `, ,` + etag + ` ,,`,
	}
}

// guarded makes each change of an order under a tag that is sent as it comes
// back from behind a proxy: once, and then the tag is stale.
func (w *world) guarded(at, tagged, name string) {
	w.t.Helper()
	number := "proxy-1"
	status := map[bool]string{true: "RECEIVED", false: "REJECTED"}[strings.Contains(w.get(seller, at).body, `"status":"REJECTED"`)]
	for _, c := range []struct {
		path, body string
		as         order.PartyID
	}{
		{"/lines/1", `{"status":"` + status + `"}`, seller},
		{"/response", responseXML(number, responseLine(2, 9, map[string]string{"RECEIVED": "AcceptedBackordered", "REJECTED": "AlreadyShipped"}[status])), seller},
		{"/lines/2", `{"status":"RECEIVED","comment":"` + w.clock.Now().String() + `"}`, seller},
	} {
		w.clock.Advance(1)
		header := "If-Match: " + onTheWay(w.get(c.as, tagged).want(w.t, http.StatusOK).Header.Get("ETag"))[name]
		if a := w.do(call{method: http.MethodPost, path: at + c.path, as: c.as, body: c.body, header: []string{header}}); a.StatusCode != http.StatusOK {
			w.t.Errorf("%s under the tag of %s, %s (%s): %s %s", at+c.path, tagged, name, header, a.Status, a.body)
		}
		w.post(c.as, at+"/lines/1", `{"status":"RECEIVED","comment":"too late"}`, header).problem(w.t, http.StatusPreconditionFailed, "stale")
	}
}

// TestSenderBehindAProxy: the sender's changes are guarded in the same way.
func TestSenderBehindAProxy(t *testing.T) {
	w := newWorld(t)
	for _, surface := range []string{"/orders/", "/orders/v1/", "/v2/orders/"} {
		for name := range onTheWay("") {
			number := strings.Map(func(r rune) rune {
				if r >= 'a' && r <= 'z' || r == '-' {
					return r
				}
				return '.'
			}, surface+name)
			at := surface + string(w.sent(number, 3, 3))
			for _, c := range []struct{ path, body string }{
				{"/update", `{"ean":"9788202337926","number":-1}`}, {"/update/1", `{"ean":"9788202337926","number":-1}`},
				{"/cancellation", cancellationXML(number, [2]int{2, 1})}, {"/cancellation", ""},
			} {
				header := "If-Match: " + onTheWay(w.get(buyer, at+"/editx").want(t, http.StatusOK).Header.Get("ETag"))[name]
				if a := w.post(buyer, at+c.path, c.body, header); a.StatusCode != http.StatusOK {
					t.Errorf("%s under a tag %s (%s): %s %s", at+c.path, name, header, a.Status, a.body)
				}
				w.post(buyer, at+c.path, c.body, header).problem(t, http.StatusPreconditionFailed, "stale")
			}
		}
		at := surface + string(w.sent("any"+strings.ReplaceAll(surface, "/", "-"), 3))
		w.post(buyer, at+"/update", `{"ean":"9788202337926","number":-1}`, "If-Match: *").want(t, http.StatusOK)
		w.post(buyer, at+"/cancellation", "", "If-Match: *").want(t, http.StatusOK)
		w.post(buyer, surface+"00000000-0000-4000-8000-000000000000/cancellation", "", "If-Match: *").problem(t, http.StatusNotFound, "order-not-found")
	}
}
