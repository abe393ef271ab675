package metrics

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/bookgate/bookgate/order"
)

// Sources are asked at every scrape.
type Sources struct {
	Version string // of the program
	Engine  string // the database and its version
	Schema  int

	// Orders counts the orders by status. It is asked at most every 30 s, and
	// so seldom that it takes no more than a hundredth of the time.
	Orders func(context.Context) (map[order.Status]int64, error)

	// Figures returns what is cheap to know. It is asked at most every 5 s.
	Figures func(context.Context) (Figures, error)

	Traffic   func() Traffic                     // of the store, since the start
	LogBytes  func() (int64, bool)               // of SQLite's write-ahead log; false where there is none
	Space     func() (free, size int64, ok bool) // of the disk of the store; false where it is not known
	LogLost   func() int64                       // lines of the program's log that could not be written
	Listening func() int                         // requests and streams that wait for a change in a feed
	Log       *slog.Logger                       // takes why a figure is missing
	now       func() time.Time                   // nil is time.Now
}

// Figures is what the store knows of itself and of the work that waits in it.
type Figures struct {
	Waiting   int64            // orders that are UNPROCESSED
	Pending   int64            // deliveries that wait
	Oldest    time.Time        // when the oldest of them was made; zero for none
	Endpoints map[string]int64 // by state, with every state there is
	Replicas  map[string]int64 // by state, with every state there is
	Damaged   int64            // documents that are not what came in
	Verified  time.Time        // the last backup that was read back; zero for none
}

// Traffic is how the store is doing.
type Traffic struct {
	Busy    uint64 // tries that found the store busy
	Commits uint64
	Took    time.Duration            // all commits together
	Within  map[time.Duration]uint64 // commits that took no longer
}

// Bounds of asking. A scrape must end before Prometheus stops, which is
// after 10 s; and figures that are asked for by two Prometheus servers, or by a
// person beside it, are not counted twice.
const (
	ordersEvery  = 30 * time.Second
	figuresEvery = 5 * time.Second
	askTime      = 4 * time.Second
	leastPause   = 100 // times what the last answer took
)

// answer is the last one that a source gave.
type answer[T any] struct {
	every time.Duration
	now   func() time.Time

	mu    sync.Mutex
	next  time.Time // when it may be asked again
	value T
	err   error
}

// get returns the last answer, or asks when that is old. Two who ask at once get
// the same.
func (a *answer[T]) get(ask func(context.Context) (T, error)) (T, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	begin := a.now()
	if begin.Before(a.next) {
		return a.value, a.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), askTime)
	defer cancel()
	a.value, a.err = ask(ctx)
	end := a.now()
	a.next = end.Add(max(a.every, leastPause*end.Sub(begin)))
	return a.value, a.err
}

// Watch begins to ask.
func (m *Metrics) Watch(s Sources) {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	m.registry.MustRegister(&watcher{
		Sources: s, series: newWatched(),
		orders:  &answer[map[order.Status]int64]{every: ordersEvery, now: s.now},
		figures: &answer[Figures]{every: figuresEvery, now: s.now},
	})
	m.gauge("feed_waiting", "Requests and streams that wait for a change in a party's feed.", s.Listening)
}

// build are the labels of build_info.
func (s *Sources) build() []string { return []string{s.Version, s.Engine, strconv.Itoa(s.Schema)} }

// watched are the series that are asked for.
type watched struct {
	build, orders, waiting, pending, oldest, endpoints, replicas, damaged, verified, up, busy, commits, log, free, size, lost *prometheus.Desc
}

func newWatched() watched {
	return watched{
		build:     describe("build_info", "1, with the version of the program, the engine of the store and its schema.", "version", "engine", "schema"),
		orders:    describe("orders", "Orders that are stored, by status; counted every 30 s at most.", "status"),
		waiting:   describe("orders_waiting", "Orders that are UNPROCESSED: taken in, and not yet SENT or FAILED."),
		pending:   describe("webhook_pending", "Deliveries to active endpoints that wait for their turn or their next try."),
		oldest:    describe("webhook_oldest_pending_seconds", "Age of the oldest of them, 0 when none waits."),
		endpoints: describe("webhook_endpoints", "Endpoints by state; failing ones have taken nothing for days.", "state"),
		replicas:  describe("replicas", "Processes that serve this store, by state; a silent one was killed, hangs or is cut off.", "state"),
		damaged:   describe("documents_damaged", "Stored documents found not to be what came in, and not repaired since."),
		verified:  describe("backup_last_verified_timestamp_seconds", "When a backup of this store was last read back in full, as seconds since 1970; 0 for never."),
		up:        describe("store_up", "1 when the store answers; else the figures that it is asked for are missing."),
		busy:      describe("store_busy_total", "Tries that found the store busy or away, and were made again where there was time."),
		commits:   describe("store_commit_seconds", "Time that a commit took; one commit may hold the changes of many requests."),
		log:       describe("wal_bytes", "Size of the write-ahead log of SQLite."),
		free:      describe("disk_free_bytes", "Space on the disk of the store's folder, for this account."),
		size:      describe("disk_size_bytes", "Size of the disk of the store's folder."),
		lost:      describe("log_lines_lost_total", "Lines of the program's log that were dropped because it could not be written."),
	}
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

// watcher asks its sources at every scrape.
type watcher struct {
	Sources
	series  watched
	orders  *answer[map[order.Status]int64]
	figures *answer[Figures]
}

// Describe lists what there can be; see [prometheus.Collector].
func (w *watcher) Describe(to chan<- *prometheus.Desc) {
	s := w.series
	for _, d := range []*prometheus.Desc{s.build, s.orders, s.waiting, s.pending, s.oldest, s.endpoints, s.replicas, s.damaged, s.verified, s.up, s.busy, s.commits, s.log, s.free, s.size, s.lost} {
		to <- d
	}
}

// Collect asks; see [prometheus.Collector]. What a source cannot tell is left
// out, so that no alert takes silence for a zero.
func (w *watcher) Collect(to chan<- prometheus.Metric) {
	gauge(to, w.series.build, 1, w.build()...)
	w.collectTraffic(to)
	up := 1.0
	if f, err := w.figures.get(w.Figures); err == nil {
		w.collectFigures(to, f)
	} else {
		up = 0
		w.Log.Warn("metrics: the store does not tell its figures", "err", err)
	}
	if orders, err := w.orders.get(w.Orders); err == nil {
		for _, s := range statuses() {
			gauge(to, w.series.orders, float64(orders[s]), string(s))
		}
	} else {
		w.Log.Warn("metrics: the store does not count its orders", "err", err)
	}
	gauge(to, w.series.up, up)
}

// statuses are those that an order can have.
func statuses() []order.Status {
	return append([]order.Status{order.Unprocessed, order.Failed, order.Sent, order.Requested}, order.Answers()...)
}

func (w *watcher) collectFigures(to chan<- prometheus.Metric, f Figures) {
	gauge(to, w.series.waiting, float64(f.Waiting))
	gauge(to, w.series.pending, float64(f.Pending))
	gauge(to, w.series.oldest, age(f.Oldest, w.now()))
	gauge(to, w.series.damaged, float64(f.Damaged))
	gauge(to, w.series.verified, seconds(f.Verified))
	for state, n := range f.Endpoints {
		gauge(to, w.series.endpoints, float64(n), state)
	}
	for state, n := range f.Replicas {
		gauge(to, w.series.replicas, float64(n), state)
	}
}

func (w *watcher) collectTraffic(to chan<- prometheus.Metric) {
	t := w.Traffic()
	to <- prometheus.MustNewConstMetric(w.series.busy, prometheus.CounterValue, float64(t.Busy))
	buckets := map[float64]uint64{}
	for bound, n := range t.Within {
		buckets[bound.Seconds()] = n
	}
	to <- prometheus.MustNewConstHistogram(w.series.commits, t.Commits, t.Took.Seconds(), buckets)
	if bytes, ok := w.LogBytes(); ok {
		gauge(to, w.series.log, float64(bytes))
	}
	if free, size, ok := w.Space(); ok {
		gauge(to, w.series.free, float64(free))
		gauge(to, w.series.size, float64(size))
	}
	to <- prometheus.MustNewConstMetric(w.series.lost, prometheus.CounterValue, float64(w.LogLost()))
}

func gauge(to chan<- prometheus.Metric, d *prometheus.Desc, value float64, labels ...string) {
	to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func age(since, now time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(0, now.Sub(since).Seconds())
}

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMicro()) / 1e6
}
