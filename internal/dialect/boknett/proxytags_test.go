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

// TestTagsThroughProxies: a tag that something on the way has weakened or
// lengthened counts by what it names, for reading in every representation and
// for every change, on every surface.
func TestTagsThroughProxies(t *testing.T) {
	w := newWorld(t)
	id := string(w.sent("proxy-1", 9, 9))
	for _, surface := range []string{"/orders/", "/orders/v1/", "/v2/orders/"} {
		at := surface + id
		paths := []string{at, at + "/editx", at + "/editx/original", at + "/response", at + "/status-report", at + "/lines/1",
			strings.TrimSuffix(surface, "/") + "?mode=SENT_TO_ME&fromDate=20260101000000", surface + "message?mode=SENT_TO_ME&fromDate=20260101000000"}
		if surface == "/v2/orders/" {
			paths = append(paths, at+"/history", at+"/history/1")
		}
		for _, path := range paths {
			etag := w.get(seller, path).want(t, http.StatusOK).Header.Get("ETag")
			for name, header := range onTheWay(etag) {
				if a := w.get(seller, path, "If-None-Match: "+header); a.StatusCode != http.StatusNotModified || a.Header.Get("ETag") != etag {
					t.Errorf("%s with the tag %s (%s): %s, ETag %s", path, name, header, a.Status, a.Header.Get("ETag"))
				}
			}
			for _, header := range []string{strings.TrimSuffix(etag, `"`) + `-other"`, strings.TrimSuffix(etag, `"`) + `gzip"`, `"gzip"`, `"-gzip"`, "gzip", etag[:len(etag)-2] + `"`} {
				w.get(seller, path, "If-None-Match: "+header).want(t, http.StatusOK)
			}
		}
		for _, tagged := range paths[:1] {
			for name := range onTheWay("") {
				w.guarded(at, tagged, name)
			}
		}
		for _, tagged := range []string{at + "/editx", at + "/response", at + "/status-report", at + "/lines/1", "/v2/orders/" + id + "/history", "/v2/orders/" + id + "/history/1"} {
			w.guarded(at, tagged, "weakened and with -gzip")
		}
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
		{"/lines/2", `{"status":"RECEIVED","comment":"` + w.clock.now().String() + `"}`, seller},
	} {
		w.clock.advance(1)
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
