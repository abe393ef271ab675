package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Store is what a store keeps for the exchange.
type Store interface {
	order.Store
	order.Directory
}

// Run checks every promise of order.Store and order.Directory. open returns an
// empty store that reads the time by now; reopen ends a store and opens the
// same data again, or is nil where nothing outlives the store.
func Run(t *testing.T, open func(t *testing.T, now func() time.Time) Store, reopen func(t *testing.T, s Store) Store) {
	groups := []group{
		{"orders", orderPromises},
		{"visibility", sidePromises},
		{"changes", changePromises},
		{"change numbers", numberPromises},
		{"epochs", epochPromises},
		{"lists", listPromises},
		{"feeds", feedPromises},
		{"acknowledgements", acknowledgementPromises},
		{"work", leasePromises},
		{"parties", partyPromises},
		{"routes", routePromises},
		{"interchanges", interchangePromises},
		{"erasing", erasurePromises},
		{"dialects", dialectPromises},
	}
	if reopen != nil {
		groups = append(groups, group{"opening again", reopenPromises})
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, p := range g.cases {
				t.Run(p.says, func(t *testing.T) {
					t.Parallel()
					clock := newClock()
					h := &fixture{Store: open(t, clock.now), clock: clock, reopen: reopen, open: open}
					p.check(t, h)
				})
			}
		})
	}
}

// group is a number of promises of one kind.
type group struct {
	name  string
	cases []promise
}

// promise is one sentence and the test of it.
type promise struct {
	says  string
	check func(t *testing.T, h *fixture)
}

// fixture is a store under test with the clock that it reads.
type fixture struct {
	Store
	clock  *clock
	open   func(*testing.T, func() time.Time) Store
	reopen func(*testing.T, Store) Store
}

// again ends the store and opens it anew.
func (h *fixture) again(t *testing.T) {
	t.Helper()
	h.Store = h.reopen(t, h.Store)
}

// clock is the present time with an offset that a test can move.
type clock struct {
	mu    sync.Mutex
	shift time.Duration
}

func newClock() *clock { return &clock{} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.shift)
}

func (c *clock) step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shift += d
}
