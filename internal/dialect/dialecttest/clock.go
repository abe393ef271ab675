package dialecttest

import (
	"sync/atomic"
	"time"
)

// Clock is the time of a house.
type Clock struct {
	at   atomic.Int64 // microseconds, as the store keeps them
	step time.Duration
}

// Still is a clock that moves only when it is told to.
func Still(begin time.Time) *Clock { return clock(begin, 0) }

// Ticking is a clock that goes on by a second each time that it is asked, so
// that the order of things shows in their times.
func Ticking(begin time.Time) *Clock { return clock(begin, time.Second) }

func clock(begin time.Time, step time.Duration) *Clock {
	c := &Clock{step: step}
	c.at.Store(begin.UnixMicro())
	return c
}

// Now tells the time.
func (c *Clock) Now() time.Time { return time.UnixMicro(c.at.Add(c.step.Microseconds())).UTC() }

// Advance lets time pass.
func (c *Clock) Advance(d time.Duration) { c.at.Add(d.Microseconds()) }
