package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/record"
	"github.com/bookgate/bookgate/internal/server/metrics"
)

// scraped gives the lines that count requests, without their times.
func scraped(m *metrics.Metrics) string {
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", metrics.Path, nil))
	return strings.Join(regexp.MustCompile(`(?m)^bookgate_http_(request_duration_seconds_count.*|requests.*)$`).FindAllString(w.Body.String(), -1), "\n")
}

func counted(t *testing.T) (*house, *metrics.Metrics) {
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
	close(h.gate)
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
	out := s.newResponseWriter(httptest.NewRecorder(), &record.Record{})
	s.measure(out.statusSent(), r, "/orders/{id}", 1)
	if n := testing.AllocsPerRun(1000, func() { s.measure(out.statusSent(), r, "/orders/{id}", 1) }); n != 0 {
		t.Errorf("counting a request allocates %v times", n)
	}
}
