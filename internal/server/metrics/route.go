package metrics

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Route counts the requests of one route. The series that it has counted in are
// stored beside it, so that a request costs one look-up and no memory.
type Route struct {
	requests *prometheus.HistogramVec
	dialect  string
	template string
	mu       sync.Mutex
	known    atomic.Pointer[map[cell]prometheus.Observer] // never changed, only replaced
}

// cell names a series of a route.
type cell struct {
	method string
	code   int
}

// Route returns the counter of a route by the template that its router has.
func (m *Metrics) Route(dialect, template string) *Route {
	r := &Route{requests: m.requests, dialect: dialect, template: plain(template)}
	r.known.Store(&map[cell]prometheus.Observer{})
	return r
}

// NoRoute counts requests that fit no route.
func (m *Metrics) NoRoute() *Route { return m.Route("none", "none") }

// Observe counts a request that was answered.
func (r *Route) Observe(method string, code int, took time.Duration) {
	c := cell{methodOf(method), code}
	series, ok := (*r.known.Load())[c]
	if !ok {
		series = r.add(c)
	}
	series.Observe(took.Seconds())
}

// add makes the series of a cell. Answers are few: codes are the program's own.
func (r *Route) add(c cell) prometheus.Observer {
	r.mu.Lock()
	defer r.mu.Unlock()
	more := maps.Clone(*r.known.Load())
	more[c] = r.requests.WithLabelValues(r.dialect, r.template, c.method, strconv.Itoa(c.code))
	r.known.Store(&more)
	return more[c]
}

// methodOf returns the methods that clients make up one name.
func methodOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// plain takes the patterns out of a template: {id:[^/]{3,}} becomes {id}.
func plain(template string) string {
	var b strings.Builder
	depth, skip := 0, false
	for i := range len(template) {
		c := template[i]
		switch {
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				skip = false
			}
		case c == ':' && depth == 1:
			skip = true
		}
		if !skip {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// WatchRequests asks, at every scrape, how many requests are worked on, how many
// wait until something happens and of how many the body is on its way, and how
// many bytes the bodies have in memory.
func (m *Metrics) WatchRequests(inFlight, waiting, receiving, bodyBytes func() int) {
	m.gauge("http_requests_in_flight", "Requests that are being answered now.", inFlight)
	m.gauge("http_requests_waiting", "Requests that wait until something happens, and live streams; they take no place from others.", waiting)
	m.gauge("http_requests_receiving", "Requests of which the body is on its way; they take no place from those that work.", receiving)
	m.gauge("http_body_bytes", "Memory that the bodies of all requests have now; 64 MiB is the most.", bodyBytes)
}

func (m *Metrics) gauge(name, help string, ask func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help},
		func() float64 { return float64(ask()) }))
}
