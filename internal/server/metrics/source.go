package metrics

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

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
