package storetest

import (
	"sync"
	"time"
)

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
