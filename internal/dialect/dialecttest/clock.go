package dialecttest

import (
	"sync/atomic"
	"time"
)

// Clock is the time of a fixture.
type Clock struct {
	at   atomic.Int64 // microseconds, as the store keeps them
	step time.Duration
}

// FixedClock returns a clock that moves only by Advance.
func FixedClock(begin time.Time) *Clock { return clock(begin, 0) }

// TickingClock returns a clock that advances by a second at each call of Now, so
// that times show the order of events.
func TickingClock(begin time.Time) *Clock { return clock(begin, time.Second) }

func clock(begin time.Time, step time.Duration) *Clock {
	c := &Clock{step: step}
	c.at.Store(begin.UnixMicro())
	return c
}

// Now returns the time.
func (c *Clock) Now() time.Time { return time.UnixMicro(c.at.Add(c.step.Microseconds())).UTC() }

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) { c.at.Add(d.Microseconds()) }
