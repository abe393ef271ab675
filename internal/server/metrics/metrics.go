package metrics

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/bookgate/bookgate/order"
)

// Metrics are all figures of one gateway. It is safe for use by many
// goroutines.
type Metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.HistogramVec
	received   *prometheus.CounterVec
	processing prometheus.Histogram
	lines      map[order.Status]prometheus.Counter
	deliveries *prometheus.CounterVec
	delivery   prometheus.Histogram
	logins     *prometheus.CounterVec
	skew       prometheus.Histogram
	refused    *prometheus.CounterVec
}

// namespace begins the name of each of our series.
const namespace = "bookgate"

// New begins to count, in a registry of its own: two gateways in one process,
// as tests have them, do not share figures.
func New() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: histogramVec("http_request_duration_seconds", "Time from the header of a request to the end of its answer, by the template of its route.",
			"dialect", "route", "method", "code"),
		received: counterVec("orders_received_total", "Orders accepted and stored, by the dialect they came in; an order sent again is not counted again.",
			"dialect"),
		processing: histogram("order_processing_seconds", "Time from an order's arrival to SENT or FAILED, with the processing delay, if one is set.", durations()),
		deliveries: counterVec("webhook_deliveries_total", "Tries to deliver an event, by how they ended: delivered, failed (tried again), given-up, gone.",
			"format", "result"),
		delivery: histogram("webhook_delivery_seconds", "Time that a try to deliver an event took.", durations()),
		logins:   counterVec("login_failures_total", "Refused logins, tokens and tickets, by what was shown and the code of the refusal.", "scheme", "reason"),
		skew:     histogram("date_skew_seconds", "How far the Date header of a request was from the server's clock, either way.", skews()),
	}
	m.refused = counterVec("http_requests_refused_total", "Requests for which no working place was free within a second: of all, or of the share of their party or address.", "places")
	for _, places := range []string{placesOfAll, placesOwn} {
		m.refused.WithLabelValues(places) // from zero on, so that a rate is right from the first one
	}
	m.registry.MustRegister(m.refused, m.requests, m.received, m.processing, m.deliveries, m.delivery, m.logins, m.skew, m.lineChanges(),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// durations are the buckets that OpenTelemetry advises for requests: dashboards
// of other programs fit ours.
func durations() []float64 {
	return []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
}

// skews reach from a second, which a header cannot be better than, over the
// quarter of an hour that is allowed, to the hours of clients that write local
// time.
func skews() []float64 {
	return []float64{1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200}
}

func histogram(name, help string, buckets []float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets})
}

func histogramVec(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: durations()}, labels)
}

func counterVec(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

// lineChanges makes the counter of every status that a line can be given, from
// zero on, so that a rate is right from the first change.
func (m *Metrics) lineChanges() prometheus.Collector {
	vec := counterVec("line_status_changes_total", "Lines that were given a status by the receiver, and REQUESTED lines that senders added.", "status")
	m.lines = map[order.Status]prometheus.Counter{}
	for _, s := range append(order.Answers(), order.Requested) {
		m.lines[s] = vec.WithLabelValues(string(s))
	}
	return vec
}

// OrderChanged counts what happened to an order ([order.Config]).
func (m *Metrics) OrderChanged(o *order.Order, events []order.Event) {
	for _, e := range events {
		switch e.Kind {
		case order.EventReceived:
			m.received.WithLabelValues(dialectOf(o)).Inc()
		case order.EventProcessed:
			m.processing.Observe(max(0, o.Updated.Sub(o.Created).Seconds()))
		case order.EventMarked, order.EventReduced:
			if line, ok := m.lines[e.To]; ok {
				line.Inc()
			}
		}
	}
}

// coreDialect is the dialect of orders that name none: that of the core's own
// API.
const coreDialect = "boknett"

func dialectOf(o *order.Order) string {
	if o.Source == "" {
		return coreDialect
	}
	return o.Source
}

// Delivered counts a try to deliver an event.
func (m *Metrics) Delivered(format, result string, took time.Duration) {
	m.deliveries.WithLabelValues(format, result).Inc()
	m.delivery.Observe(took.Seconds())
}

// LoginRefused counts a refusal by what was shown and the refusal's code.
func (m *Metrics) LoginRefused(scheme, reason string) { m.logins.WithLabelValues(scheme, reason).Inc() }

// DateSkewed counts how far a client's clock is from ours.
func (m *Metrics) DateSkewed(apart time.Duration) { m.skew.Observe(apart.Abs().Seconds()) }

// The working places of which a request found none.
const (
	placesOfAll = "all"
	placesOwn   = "share"
)

// RequestRefused counts a request that found no working place: none of its party's
// or address's own share, or none at all.
func (m *Metrics) RequestRefused(own bool) {
	places := placesOfAll
	if own {
		places = placesOwn
	}
	m.refused.WithLabelValues(places).Inc()
}

// Limits of the listener. Who asks is one Prometheus or two, near by.
const (
	headerTime = 5 * time.Second
	readTime   = 10 * time.Second
	writeTime  = 30 * time.Second // longer than any scrape may take
	idleTime   = 5 * time.Minute  // longer than the pause between two scrapes
	atOnce     = 4                // scrapes; one holds some 200 kB
)

// Path is where the figures are.
const Path = "/metrics"

// Handler serves the figures, and nothing else.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+Path, promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: atOnce}))
	return mux
}

// Serve answers on l until ctx ends. It ends at once then: a scrape that is cut
// off is asked again in seconds. What the connections say goes to log.
func (m *Metrics) Serve(ctx context.Context, l net.Listener, log *slog.Logger) error {
	hs := &http.Server{Handler: m.Handler(), ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	defer context.AfterFunc(ctx, func() { hs.Close() })()
	if err := hs.Serve(l); ctx.Err() == nil {
		return fmt.Errorf("serve metrics on %s: %w", l.Addr(), err)
	}
	return nil
}

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
