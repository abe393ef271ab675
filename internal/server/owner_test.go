package server

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/order"
)

// terse is a dialect that writes refusals as one word, but for its pages.
type terse struct{ registerFunc }

func (terse) Refuse(w http.ResponseWriter, r *http.Request, err error) bool {
	if strings.HasPrefix(r.URL.Path, "/terse/page") {
		return false
	}
	w.WriteHeader(http.StatusTeapot)
	w.Write([]byte("tersely " + cmp.Or(order.CodeOf(err), "fault")))
	return true
}

// TestDialectsRefuseInTheirForm has the server refuse requests for every reason
// that it has, at paths of a dialect with a form of its own and at others.
func TestDialectsRefuseInTheirForm(t *testing.T) {
	t.Parallel() // it waits
	ok := func(http.ResponseWriter, *http.Request) {}
	fault := func(http.ResponseWriter, *http.Request) { panic("fault") }
	own := terse{func(r *mux.Router) {
		r.HandleFunc("/terse", ok).Methods(http.MethodPost)
		r.HandleFunc("/terse/page", ok).Methods(http.MethodPost)
		r.HandleFunc("/terse/fault", fault).Methods(http.MethodPost)
		r.HandleFunc("/", ok).Methods(http.MethodPost) // beside the server's own GET
	}}
	plain := registerFunc(func(r *mux.Router) { r.HandleFunc("/plain", ok).Methods(http.MethodPost) })
	s := New(Config{Public: public, Dialects: []Dialect{plain, own}, InFlight: 1})
	ask := func(method, path string, length int64) string {
		r := httptest.NewRequest(method, path, nil)
		r.ContentLength = length
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code == http.StatusTeapot {
			return w.Body.String()
		}
		return http.StatusText(w.Code)
	}
	check := func(method, path string, length int64, want string) {
		t.Helper()
		if got := ask(method, path, length); got != want {
			t.Errorf("%s %s is answered with %q, want %q", method, path, got, want)
		}
	}
	check("DELETE", "/terse", 0, "tersely method-not-allowed")
	check("DELETE", "/terse/page", 0, "Method Not Allowed")
	check("DELETE", "/plain", 0, "Method Not Allowed")
	check("DELETE", "/", 0, "Method Not Allowed")
	check("POST", "/terse", bodyBytes+1, "tersely body-too-large")
	check("POST", "/", bodyBytes+1, "tersely body-too-large")
	check("POST", "/plain", bodyBytes+1, "Request Entity Too Large")
	check("POST", "/terse/fault", 0, "tersely fault")
	check("POST", "/terse/none", 0, "Not Found")
	s.work.take("another", 1, 0, nil)
	check("POST", "/terse", 0, "tersely busy")
	check("POST", "/plain", 0, "Service Unavailable")
	s.phase.Store(stopping)
	check("POST", "/terse", 0, "tersely stopping")
}
