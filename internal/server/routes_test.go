package server

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"
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
