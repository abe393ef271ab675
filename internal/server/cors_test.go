package server

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/mux"
)

const console = "https://console.example"

func openCORS(t *testing.T, origins ...string) *fixture {
	return open(t, func(c *Config, _ *limits) {
		c.Origins, c.InFlight = origins, 1
		c.Dialects = append(c.Dialects, registerFunc(func(r *mux.Router) {
			r.HandleFunc("/graphql", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }).Methods("POST", "GET")
			r.HandleFunc("/own", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Vary", "Authorization")
				http.Error(w, "no", http.StatusUnauthorized)
			}).Methods("GET")
		}))
	})
}

// TestPreflight is answered from the route table, whatever the server does
// besides.
func TestPreflight(t *testing.T) {
	h := openCORS(t, "https://other.example", console)
	ask := func(path string, header ...string) reply {
		return h.do("OPTIONS", path, nil, append([]string{"Origin", console, "Access-Control-Request-Method", "GET"}, header...)...)
	}
	var slow sync.WaitGroup
	slow.Go(func() { h.do("GET", "/slow", nil) })
	<-h.entered // all places are taken
	for path, methods := range map[string]string{
		"/orders": "GET, HEAD, OPTIONS, POST", "//orders/": "GET, HEAD, OPTIONS, POST", "/graphql": "GET, HEAD, OPTIONS, POST",
		"/v1/tickets/TGT-1": "DELETE, OPTIONS", "/nothing": strings.Join(h.methods, ", "), "/healthz": "GET, HEAD, OPTIONS",
	} {
		r := ask(path, "Access-Control-Request-Headers", "authorization,content-type")
		if got := r.Header.Get("Access-Control-Allow-Methods"); r.StatusCode != http.StatusNoContent || got != methods || r.Header.Get("Access-Control-Allow-Origin") != console ||
			r.Header.Get("Access-Control-Max-Age") != "7200" || r.Header.Get("Access-Control-Allow-Credentials") != "" || !slices.Contains(r.Header.Values("Vary"), "Origin") || r.body != "" {
			t.Errorf("%s: %d %v, want %s", path, r.StatusCode, r.Header, methods)
		}
	}
	for asked, also := range map[string]string{
		"": "", "authorization": "", "Authorization, X-API-KEY": "", "apollo-require-preflight, traceparent": ", apollo-require-preflight, traceparent", "bad header,{},ok": ", ok",
	} {
		r := ask("/orders", "Access-Control-Request-Headers", asked)
		if got, want := r.Header.Get("Access-Control-Allow-Headers"), strings.Join(corsRequestHeaders(), ", ")+also; got != want {
			t.Errorf("%q: %s", asked, got)
		}
	}
	close(h.release)
	slow.Wait()
}

// TestPagesReadAnswers and refusals, those of listed origins and no others.
func TestPagesReadAnswers(t *testing.T) {
	h := openCORS(t, console)
	for request, status := range map[string]int{"GET /orders": 200, "GET /own": 401, "GET /nothing": 404, "GET /a/../b": 404, "PUT /orders": 405, "GET /panic": 500, "POST /read": 413, "OPTIONS /orders": 204} {
		method, path, _ := strings.Cut(request, " ")
		for _, origin := range []string{console, "https://CONSOLE.example", "https://evil.example", "null", console + ".evil.example", "http://console.example", console + ":8443", ""} {
			var body io.Reader
			if status == 413 {
				body = bytes.NewReader(make([]byte, bodyBytes+1))
			}
			r := h.do(method, path, body, "Origin", origin)
			want, exposed := "", ""
			if origin == console {
				want, exposed = console, corsAnswerHeaders
			}
			if r.StatusCode != status || r.Header.Get("Access-Control-Allow-Origin") != want || r.Header.Get("Access-Control-Expose-Headers") != exposed || !slices.Contains(r.Header.Values("Vary"), "Origin") {
				t.Errorf("%s from %q: %d %v", request, origin, r.StatusCode, r.Header)
			}
		}
	}
	var slow sync.WaitGroup
	slow.Go(func() { h.do("GET", "/slow", nil) })
	<-h.entered
	if r := h.do("GET", "/orders", nil, "Origin", console); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Access-Control-Allow-Origin") != console {
		t.Errorf("busy: %d %v", r.StatusCode, r.Header)
	}
	close(h.release)
	slow.Wait()
}

// TestWithoutOrigins no page of another origin reads anything: a preflight
// names our own origin alone, and other answers name none.
func TestWithoutOrigins(t *testing.T) {
	h := openCORS(t)
	for _, method := range []string{"GET", "OPTIONS"} {
		r := h.do(method, "/orders", nil, "Origin", console, "Access-Control-Request-Method", "GET")
		for name := range r.Header {
			own := method == "OPTIONS" && name == "Access-Control-Allow-Origin" && r.Header.Get(name) == public
			if strings.HasPrefix(name, "Access-Control-") && !own || name == "Vary" {
				t.Errorf("%s: %s %s", method, name, r.Header.Get(name))
			}
		}
		if own := r.Header.Get("Access-Control-Allow-Origin"); (own == public) != (method == "OPTIONS") {
			t.Errorf("%s allows %q", method, own)
		}
	}
	if r := h.do("OPTIONS", "/orders", nil); r.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("OPTIONS that is not a preflight allows an origin")
	}
}
