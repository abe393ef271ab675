package boknett

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/mux"
)

// TestMethods: HEAD, OPTIONS and 405 with Allow on every path.
func TestMethods(t *testing.T) {
	w := newWorld(t)
	id := string(w.sent("meth-1", 1))
	const reads, writes, both = "GET, HEAD, OPTIONS", "OPTIONS, POST", "GET, HEAD, OPTIONS, POST"
	for path, allow := range map[string]string{
		"/v1/tickets": writes, "/cas/v1/tickets": writes, "/oauth/token": writes, "/oauth2/token": writes,
		"/v1/tickets/TGT-1": "DELETE, OPTIONS", "/cas/v1/tickets/TGT-1": "DELETE, OPTIONS",
		"/orders": both, "/orders/": both, "/orders/v1": both, "/orders/v1/": both, "/v2/orders": both,
		"/orders/" + id: reads, "/orders/v1/" + id: reads, "/v2/orders/" + id: reads, "/orders/1": reads, "/orders/v": reads, "/orders/V2": reads,
		"/orders/" + id + "/EDITX": reads, "/orders/v1/" + id + "/editx/original": reads, "/v2/orders/" + id + "/history": reads,
		"/orders/message": reads, "/orders/v1/message": reads, "/v2/orders/message": reads,
		"/orders/" + id + "/response": both, "/orders/v1/" + id + "/status-report": reads, "/v2/orders/" + id + "/cancellation": writes,
		"/orders/" + id + "/lines/1": both, "/v2/orders/" + id + "/lines/1": both, "/v2/orders/" + id + "/history/1": reads, "/orders/v1/" + id + "/update": writes, "/v2/orders/" + id + "/update/1": writes,
		"/orders/v1/update": reads, // v1 is a surface, so update stands for an id
	} {
		for method, status := range map[string]int{"OPTIONS": http.StatusNoContent, "PATCH": http.StatusMethodNotAllowed, "PUT": http.StatusMethodNotAllowed} {
			if a := w.do(call{method: method, path: path}); a.StatusCode != status || a.Header.Get("Allow") != allow {
				t.Errorf("%s %s: %s, Allow %q, want %q", method, path, a.Status, a.Header.Get("Allow"), allow)
			}
		}
	}
	for _, path := range []string{"/orders/" + id + "/history", "/orders/" + id + "/lines", "/orders/v1/" + id + "/editx/other", "/v1", "/order"} {
		w.get(buyer, path).problem(t, http.StatusNotFound, "not-found")
	}
}

// TestRouteTable: no route is there twice, and every order route asks who is
// there before anything else.
func TestRouteTable(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for _, route := range w.api.routes() {
		key := route.method + " " + route.path
		if seen[key] {
			t.Errorf("%s stands twice in the table", key)
		}
		seen[key] = true
		if !strings.Contains(route.path, "orders") {
			continue
		}
		path := strings.NewReplacer(onePath, "/x", "/{editx:(?i:editx)}", "/editx", "{line}", "1").Replace(route.path)
		if a := w.do(call{method: route.method, path: path}); a.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s answers a stranger with %s", key, a.Status)
		}
	}
	if len(seen) < 30 {
		t.Errorf("%d routes", len(seen))
	}
	w.api.Register(mux.NewRouter()) // a plain router takes the templates as well
}
