package server

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/internal/server/metrics"
	"github.com/bookgate/bookgate/order"
)

// concrete fills a route's template with something that can stand there.
func concrete(template string) string {
	return regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(template, "order")
}

// tablePaths walks the route table: each path with the methods registered.
func tablePaths(t *testing.T, s *Server) map[string][]string {
	t.Helper()
	paths := map[string][]string{}
	err := s.router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if err != nil {
			return err
		}
		methods, err := route.GetMethods()
		paths[path] = append(paths[path], methods...)
		return err
	})
	if err != nil || len(paths) < 10 {
		t.Fatalf("walk: %v, %d paths", err, len(paths))
	}
	return paths
}

func TestOptionsAndRefusedMethodsOfEveryRoute(t *testing.T) {
	h := open(t, nil)
	for path, methods := range tablePaths(t, h.Server) {
		want := append([]string{"OPTIONS"}, methods...)
		if slices.Contains(methods, "GET") {
			want = append(want, "HEAD")
		}
		slices.Sort(want)
		allow := strings.Join(slices.Compact(want), ", ")
		r := h.do("OPTIONS", concrete(path), nil)
		if r.StatusCode != http.StatusNoContent || r.Header.Get("Allow") != allow || r.body != "" || r.Header.Get(requestIDHeader) == "" {
			t.Errorf("OPTIONS %s: %d, Allow %q, want 204, %q", path, r.StatusCode, r.Header.Get("Allow"), allow)
		}
		if got := r.Header.Get("Accept-Encoding"); strings.Contains(allow, "POST") != (got == "gzip, identity") || !strings.Contains(allow, "POST") && got != "" {
			t.Errorf("OPTIONS %s: Accept-Encoding %q", path, got)
		}
		for _, method := range []string{"PUT", "PATCH", "TRACE", "BREW", "get"} {
			r := h.do(method, concrete(path), nil)
			wantProblem(t, r, http.StatusMethodNotAllowed, "method-not-allowed")
			if got := r.Header.Get("Allow"); got != allow {
				t.Errorf("%s %s: Allow %q, want %q", method, path, got, allow)
			}
		}
	}
}

func TestHeadOfEveryRoute(t *testing.T) {
	h := open(t, nil)
	for path, methods := range tablePaths(t, h.Server) {
		if path == "/slow" || path == "/wait" || path == "/late" || path == "/abort" || path == "/begun" {
			continue
		}
		head := h.do("HEAD", concrete(path), nil)
		if !slices.Contains(methods, "GET") {
			if head.StatusCode != http.StatusMethodNotAllowed || head.body != "" {
				t.Errorf("HEAD %s: %d %q, want 405 without body", path, head.StatusCode, head.body)
			}
			continue
		}
		get := h.do("GET", concrete(path), nil)
		if head.StatusCode != get.StatusCode || head.body != "" || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("HEAD %s: %d %q %q, GET has %d %q", path, head.StatusCode, head.Header, head.body, get.StatusCode, get.Header)
		}
		if n := get.ContentLength; n >= 0 && get.StatusCode == http.StatusOK && head.ContentLength != n {
			t.Errorf("HEAD %s: length %d, GET has %d", path, head.ContentLength, n)
		}
	}
}

func TestPathsAreServedWithoutRedirect(t *testing.T) {
	h := open(t, nil)
	for _, path := range []string{"/orders", "/orders/", "//orders", "///orders//", "/orders?mode=ALL", "//orders/?mode=ALL", "/%6frders"} {
		if r := h.do("GET", path, nil); r.StatusCode != http.StatusOK || r.body != "list" {
			t.Errorf("GET %s: %d %q", path, r.StatusCode, r.body)
		}
		if r := h.do("POST", path, strings.NewReader("<Order/>")); r.StatusCode != http.StatusOK || r.body != "submitted" {
			t.Errorf("POST %s: %d %q", path, r.StatusCode, r.body)
		}
	}
	if r := h.do("GET", "//orders//A%20B%25//", nil); r.body != "A%20B%25" {
		t.Errorf("path part arrived as %q, want it still encoded once", r.body)
	}
}

func TestCrookedPathsAreNotFound(t *testing.T) {
	h := open(t, nil)
	for _, path := range []string{"/orders/..%2Fadmin", "/orders/..%2fadmin", "/orders/%2e%2e/healthz", "/orders/../healthz",
		"/./orders", "/orders/%00", "/orders/a%0d%0ab", "/orders/a%7f", "/orders/a%5cb", "/%2Forders", "/orders%2F", "/nothing", "/problems/none", "/rels/none"} {
		for _, method := range []string{"GET", "POST"} {
			if method == "POST" && (strings.HasSuffix(path, "/none")) {
				continue
			}
			r := h.raw(method + " " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			wantProblem(t, r, http.StatusNotFound, "not-found")
			if r.Header.Get("Location") != "" {
				t.Errorf("%s %s is redirected", method, path)
			}
		}
	}
}

func TestOddRequestTargets(t *testing.T) {
	h := open(t, nil)
	rest := " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	if r := h.raw("OPTIONS *" + rest); r.StatusCode != http.StatusNoContent || !strings.Contains(r.Header.Get("Allow"), "DELETE") || r.Header.Get(requestIDHeader) == "" {
		t.Errorf("OPTIONS *: %d %v", r.StatusCode, r.Header)
	}
	if r := h.raw("GET http://elsewhere/orders" + rest); r.body != "list" {
		t.Errorf("absolute target: %d %q", r.StatusCode, r.body)
	}
	if r := h.raw("GET http://elsewhere" + rest); r.StatusCode != http.StatusOK {
		t.Errorf("absolute target without path: %d %q", r.StatusCode, r.body)
	}
	wantProblem(t, h.raw("CONNECT x:443"+rest), http.StatusMethodNotAllowed, "method-not-allowed")
}

// TestRoutesRegisteredMethodFirst covers a table in which mux forgets that
// the path was there.
func TestRoutesRegisteredMethodFirst(t *testing.T) {
	h := open(t, func(c *Config, _ *limits) {
		c.Dialects = append(c.Dialects, registerFunc(func(r *mux.Router) {
			ok := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }
			r.Methods("POST").Path("/one").HandlerFunc(ok)
			r.Methods("PUT").Path("/two").HandlerFunc(ok)
			sub := r.PathPrefix("/sub").Subrouter()
			sub.HandleFunc("/three", ok).Methods("GET")
			r.PathPrefix("/sub").Subrouter().HandleFunc("/four", ok).Methods("GET")
		}))
	})
	for path, allow := range map[string]string{"/one": "OPTIONS, POST", "/two": "OPTIONS, PUT", "/sub/three": "GET, HEAD, OPTIONS", "/sub/four": "GET, HEAD, OPTIONS"} {
		r := h.do("DELETE", path, nil)
		wantProblem(t, r, http.StatusMethodNotAllowed, "method-not-allowed")
		if got := r.Header.Get("Allow"); got != allow {
			t.Errorf("%s: Allow %q, want %q", path, got, allow)
		}
	}
	if r := h.do("HEAD", "/sub/three", nil); r.StatusCode != http.StatusAccepted {
		t.Errorf("HEAD of a nested route: %d", r.StatusCode)
	}
}

type registerFunc func(*mux.Router)

func (f registerFunc) Name() string { return "func" }

func (f registerFunc) Register(r *mux.Router) { f(r) }

// FuzzPath asks for any path: never a redirect, never a fault of ours.
func FuzzPath(f *testing.F) {
	s := New(Config{Public: public, Dialects: []Dialect{registerFunc(everyday)}})
	for _, seed := range []string{"/orders/", "//", "/..%2f", "/%", "/a/./b", "*", "", "/orders/%c0%af", "/\x00", "?x", "//evil.example/orders"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		req, err := http.NewRequest("GET", "http://x/", nil)
		if err != nil {
			t.Fatal(err)
		}
		u, err := req.URL.Parse(target)
		if err != nil {
			return
		}
		req.URL = u
		w := &sink{header: http.Header{}}
		s.Handler().ServeHTTP(w, req)
		if w.status >= 300 && w.status < 400 || w.status >= 500 {
			t.Errorf("%q: %d", target, w.status)
		}
	})
}

// sink is an answer that only its status is asked of.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(status int)      { s.status = status }

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

// scraped returns the lines that count requests, without their times.
func scraped(m *metrics.Metrics) string {
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", metrics.Path, nil))
	return strings.Join(regexp.MustCompile(`(?m)^bookgate_http_(request_duration_seconds_count.*|requests.*)$`).FindAllString(w.Body.String(), -1), "\n")
}

func counted(t *testing.T) (*fixture, *metrics.Metrics) {
	m := metrics.New()
	return open(t, func(c *Config, _ *limits) { c.Metrics = m }), m
}

func TestEachRequestIsCountedUnderItsRoute(t *testing.T) {
	h, m := counted(t)
	h.do("GET", "/orders", nil)
	h.do("GET", "//orders/", nil)
	h.do("HEAD", "/orders", nil)
	h.do("POST", "/orders", nil)
	h.do("GET", "/orders/4db955a8", nil)
	h.do("PUT", "/orders", nil)
	h.do("GET", "/healthz", nil)
	h.do("GET", "/panic", nil)
	h.do("GET", "/nothing", nil)
	h.do("GET", "/metrics", nil)
	h.do("DELETE", "/v1/tickets/TGT-1-hush", nil)
	text := scraped(m)
	for _, want := range []string{
		`{code="200",dialect="story",method="GET",route="/orders"} 2`,
		`{code="200",dialect="story",method="HEAD",route="/orders"} 1`,
		`{code="200",dialect="story",method="POST",route="/orders"} 1`,
		`{code="200",dialect="story",method="GET",route="/orders/{id}"} 1`,
		`{code="405",dialect="story",method="PUT",route="/orders"} 1`,
		`{code="500",dialect="story",method="GET",route="/panic"} 1`,
		`{code="200",dialect="server",method="GET",route="/healthz"} 1`,
		`{code="404",dialect="none",method="GET",route="none"} 2`,
		`{code="200",dialect="story",method="DELETE",route="/v1/tickets/{TGT}"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
}

// TestMetricsAreNotOnTheAPI asks the listener that everybody can reach.
func TestMetricsAreNotOnTheAPI(t *testing.T) {
	h, _ := counted(t)
	r := h.do("GET", metrics.Path, nil)
	wantProblem(t, r, http.StatusNotFound, "not-found")
}

// TestClientsMakeNoSeries sends a thousand paths, ids and methods that have
// never been seen.
func TestClientsMakeNoSeries(t *testing.T) {
	m := metrics.New()
	s := New(Config{Public: public, Dialects: []Dialect{registerFunc(everyday)}, Metrics: m})
	for i := range 1000 {
		for _, line := range [][2]string{{"GET", "/orders/canary-%d"}, {"GET", "/canary/%d"}, {"CANARY%d", "/orders"}, {"GET", "/orders?canary=%d"}, {"POST", "/problems/canary-%d"}} {
			method, path := line[0], line[1]
			if strings.Contains(method, "%d") {
				method = fmt.Sprintf(method, i)
			} else {
				path = fmt.Sprintf(path, i)
			}
			s.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, path, nil))
		}
	}
	text := scraped(m)
	if n := strings.Count(text, "duration_seconds_count"); n != 5 {
		t.Errorf("%d series:\n%s", n, text)
	}
	if strings.Contains(strings.ToLower(text), "canary") {
		t.Errorf("what a client wrote is a label:\n%s", text)
	}
}

// TestWaitingIsNotInFlight looks while one request works and one waits.
func TestWaitingIsNotInFlight(t *testing.T) {
	h, m := counted(t)
	done := make(chan reply, 2)
	for _, path := range []string{"/slow", "/wait"} {
		go func() { done <- h.do("GET", path, nil) }()
		<-h.entered
	}
	text := scraped(m)
	close(h.release)
	<-done
	<-done
	if !strings.Contains(text, "in_flight 1") || !strings.Contains(text, "waiting 1") {
		t.Errorf("one works and one waits:\n%s", text)
	}
}

// TestCountingCostsNoMemory compares with what a request costs anyway.
func TestCountingCostsNoMemory(t *testing.T) {
	s := New(Config{Public: public, Dialects: []Dialect{registerFunc(everyday)}})
	r := httptest.NewRequest("GET", "/orders/1", nil)
	out := s.newResponseWriter(httptest.NewRecorder(), &reqlog.Event{})
	s.measure(out.statusSent(), r, "/orders/{id}", 1)
	if n := testing.AllocsPerRun(1000, func() { s.measure(out.statusSent(), r, "/orders/{id}", 1) }); n != 0 {
		t.Errorf("counting a request allocates %v times", n)
	}
}
