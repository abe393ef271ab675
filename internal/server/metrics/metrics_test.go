package metrics

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"github.com/bookgate/bookgate/order"
)

var update = flag.Bool("update", false, "rewrite the golden list with what there is now")

// sources are those of a store in which everything has happened.
func sources() Sources {
	return Sources{
		Version: "1.2.3", Engine: "SQLite 3", Schema: 2,
		Orders: func(context.Context) (map[order.Status]int64, error) {
			return map[order.Status]int64{order.Sent: 7}, nil
		},
		Figures: func(context.Context) (Figures, error) {
			return Figures{Waiting: 1, Pending: 2, Oldest: time.Now().Add(-time.Minute), Endpoints: map[string]int64{"active": 3}, Replicas: map[string]int64{"serving": 4},
				Damaged: 5, Verified: time.UnixMilli(1500)}, nil
		},
		Traffic: func() Traffic {
			return Traffic{Busy: 6, Commits: 3, Took: 2 * time.Second, Within: map[time.Duration]uint64{time.Millisecond: 1, time.Second: 2}}
		},
		LogBytes:  func() (int64, bool) { return 8, true },
		Space:     func() (free, size int64, ok bool) { return 14, 15, true },
		LogLost:   func() int64 { return 16 },
		Listening: func() int { return 9 },
	}
}

// full has a value in every series that there can be.
func full() *Metrics {
	m := New()
	m.Watch(sources())
	m.WatchRequests(func() int { return 10 }, func() int { return 11 }, func() int { return 12 }, func() int { return 13 })
	m.Route("boknett", "/orders/{id:[^/]{3,}}").Observe("GET", 200, 20*time.Millisecond)
	now := time.Now()
	o := &order.Order{Created: now.Add(-time.Second), Updated: now}
	m.OrderChanged(o, []order.Event{{Kind: order.EventReceived, To: order.Unprocessed}})
	m.OrderChanged(o, []order.Event{{Kind: order.EventProcessed, From: order.Unprocessed, To: order.Sent}})
	m.OrderChanged(o, []order.Event{{Kind: order.EventMarked, Line: 1, To: order.Rejected}, {Kind: order.EventMarked, Line: 2, To: order.Rejected}, {Kind: order.EventAnswered}})
	m.Delivered("standard", "failed", time.Second)
	m.LoginRefused("password", "credentials-wrong")
	m.DateSkewed(-90 * time.Second)
	return m
}

// families returns what a scrape returns, by name.
func families(t *testing.T, m *Metrics) map[string]*dto.MetricFamily {
	t.Helper()
	all, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*dto.MetricFamily{}
	for _, f := range all {
		byName[f.GetName()] = f
	}
	return byName
}

// scrape returns the text that Prometheus reads.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", Path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// TestNames compares names, types and labels with the list: dashboards and
// alerts rest on them, so none is renamed by accident.
func TestNames(t *testing.T) {
	var b strings.Builder
	for name, f := range families(t, full()) {
		if !strings.HasPrefix(name, "bookgate_") {
			continue
		}
		if len(f.GetHelp()) < 10 || !strings.HasSuffix(f.GetHelp(), ".") {
			t.Errorf("%s is explained as %q", name, f.GetHelp())
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		slices.Sort(labels)
		fmt.Fprintf(&b, "%s %s {%s}\n", name, strings.ToLower(f.GetType().String()), strings.Join(labels, ","))
	}
	lines := strings.SplitAfter(b.String(), "\n")
	slices.Sort(lines)
	got, file := strings.Join(lines, ""), filepath.Join("testdata", "names.txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != got {
		t.Errorf("the figures are no longer those of %s (%v); now:\n%s", file, err, got)
	}
}

func TestLint(t *testing.T) {
	problems, err := testutil.GatherAndLint(full().registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "bookgate_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func TestValues(t *testing.T) {
	text := scrape(t, full())
	for _, want := range []string{
		`bookgate_build_info{engine="SQLite 3",schema="2",version="1.2.3"} 1`,
		`bookgate_http_request_duration_seconds_bucket{code="200",dialect="boknett",method="GET",route="/orders/{id}",le="0.025"} 1`,
		`bookgate_http_request_duration_seconds_bucket{code="200",dialect="boknett",method="GET",route="/orders/{id}",le="0.01"} 0`,
		"bookgate_http_requests_in_flight 10", "bookgate_http_requests_waiting 11", "bookgate_http_requests_receiving 12", "bookgate_http_body_bytes 13", "bookgate_feed_waiting 9",
		`bookgate_orders_received_total{dialect="boknett"} 1`, "bookgate_order_processing_seconds_sum 1",
		`bookgate_line_status_changes_total{status="REJECTED"} 2`, `bookgate_line_status_changes_total{status="FULFILLED"} 0`,
		`bookgate_orders{status="SENT"} 7`, `bookgate_orders{status="FAILED"} 0`, "bookgate_orders_waiting 1",
		`bookgate_webhook_deliveries_total{format="standard",result="failed"} 1`, "bookgate_webhook_pending 2", "bookgate_webhook_oldest_pending_seconds 60.",
		`bookgate_login_failures_total{reason="credentials-wrong",scheme="password"} 1`,
		`bookgate_date_skew_seconds_bucket{le="60"} 0`, `bookgate_date_skew_seconds_bucket{le="120"} 1`,
		"bookgate_store_up 1", "bookgate_store_busy_total 6", `bookgate_store_commit_seconds_bucket{le="1"} 2`, `bookgate_store_commit_seconds_bucket{le="+Inf"} 3`,
		"bookgate_documents_damaged 5", "bookgate_backup_last_verified_timestamp_seconds 1.5", "bookgate_wal_bytes 8",
		"bookgate_disk_free_bytes 14", "bookgate_disk_size_bytes 15", "bookgate_log_lines_lost_total 16",
		`bookgate_webhook_endpoints{state="active"} 3`, `bookgate_replicas{state="serving"} 4`, "go_goroutines ", "process_open_fds ",
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("%s is not there", want)
		}
	}
}

// TestSilentStore leaves out what is not known: a zero would tell that all is
// well.
func TestSilentStore(t *testing.T) {
	m, s := New(), sources()
	s.Orders = func(context.Context) (map[order.Status]int64, error) { return nil, errors.New("away") }
	s.Figures = func(context.Context) (Figures, error) { return Figures{}, errors.New("away") }
	s.LogBytes = func() (int64, bool) { return 0, false }
	m.Watch(s)
	text := scrape(t, m)
	if !strings.Contains(text, "\nbookgate_store_up 0\n") || !strings.Contains(text, "\nbookgate_store_busy_total 6\n") {
		t.Errorf("got\n%s", text)
	}
	for _, name := range []string{"bookgate_orders", "bookgate_webhook_pending", "bookgate_documents_damaged", "bookgate_backup", "bookgate_wal"} {
		if strings.Contains(text, "\n"+name) {
			t.Errorf("%s has a value", name)
		}
	}
}

// TestStoreIsAskedRarely scrapes every second, first a store that answers at
// once and then one that takes a second to count its orders.
func TestStoreIsAskedRarely(t *testing.T) {
	now, took := time.Now(), time.Duration(0)
	counts, figures := 0, 0
	s := sources()
	s.now = func() time.Time { return now }
	s.Orders = func(context.Context) (map[order.Status]int64, error) {
		counts++
		now = now.Add(took)
		return map[order.Status]int64{order.Sent: int64(counts)}, nil
	}
	s.Figures = func(context.Context) (Figures, error) { figures++; return Figures{}, nil }
	m := New()
	m.Watch(s)
	text := ""
	for range 60 {
		text = scrape(t, m)
		now = now.Add(time.Second)
	}
	if counts != 2 || figures != 12 || !strings.Contains(text, `bookgate_orders{status="SENT"} 2`) {
		t.Errorf("in a minute the orders were counted %d times, the figures asked for %d times", counts, figures)
	}
	counts, took = 0, time.Second
	for range 200 {
		scrape(t, m)
		now = now.Add(time.Second)
	}
	if counts != 2 {
		t.Errorf("slow orders were counted %d times in 200 s", counts)
	}
}

// TestMadeUpMethodsMakeNoSeries also wants codes to be counted apart.
func TestMadeUpMethodsMakeNoSeries(t *testing.T) {
	m := New()
	r := m.NoRoute()
	for i := range 1000 {
		r.Observe(fmt.Sprintf("MADEUP%d", i), 405, time.Millisecond)
	}
	r.Observe("GET", 404, time.Millisecond)
	if n := len(families(t, m)["bookgate_http_request_duration_seconds"].GetMetric()); n != 2 {
		t.Errorf("%d series", n)
	}
}

func TestRequestCostsNoMemory(t *testing.T) {
	r := New().Route("boknett", "/orders/{id}")
	r.Observe("GET", 200, time.Millisecond)
	if n := testing.AllocsPerRun(1000, func() { r.Observe("GET", 200, time.Millisecond) }); n != 0 {
		t.Errorf("%v allocations a request", n)
	}
}

func TestPlainTemplates(t *testing.T) {
	for template, want := range map[string]string{
		"/": "/", "/orders/{id}": "/orders/{id}", "/orders/{id:[^/]|v[^/1]|[^/]{3,}}/lines/{line}": "/orders/{id}/lines/{line}",
		"/{id:x{1,2}}/{editx:(?i:editx)}/original": "/{id}/{editx}/original", "/a:b": "/a:b",
	} {
		if got := plain(template); got != want {
			t.Errorf("%s became %s", template, got)
		}
	}
}

// TestServe wants the figures on their listener, nothing else beside them, and
// the listener to end with its context.
func TestServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- full().Serve(ctx, l, slog.New(slog.DiscardHandler)) }()
	for path, want := range map[string]int{Path: 200, "/": 404, "/orders": 404, "/debug/pprof/": 404} {
		res, err := http.Get("http://" + l.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
	res, err := http.Post("http://"+l.Addr().String()+Path, "text/plain", nil)
	if err != nil || res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %v, %v", res, err)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("it ended with %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("the listener is still open")
	}
}
