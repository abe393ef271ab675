package store

import (
	"sync"
	"time"
)

// clock is one that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return clockAt(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)) }

// clockAt is a clock at a time, as exact as the store has it.
func clockAt(at time.Time) *clock { return &clock{at: at.Truncate(time.Microsecond)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}
