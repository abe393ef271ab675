package store

import (
	"slices"
	"sync/atomic"
	"time"
)

// commitBounds are the times that commits are sorted by: a flush takes some
// milliseconds on a good disk, tenths of a second on a bad one, and seconds
// when a standby has to confirm and does not.
var commitBounds = [...]time.Duration{
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	75 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, 750 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 7500 * time.Millisecond, 10 * time.Second,
}

// meter counts how an engine is doing. It costs an addition or two for each
// commit.
type meter struct {
	busy    atomic.Uint64
	took    atomic.Int64
	commits [len(commitBounds) + 1]atomic.Uint64 // by the first bound that holds, those beyond all last
}

// committed counts a commit that succeeded.
func (m *meter) committed(took time.Duration) {
	i, _ := slices.BinarySearch(commitBounds[:], took)
	m.commits[i].Add(1)
	m.took.Add(int64(took))
}

// tried counts a try that found the store busy.
func (e *engine) tried(err error) {
	if err != nil && e.busy(err) {
		e.meter.busy.Add(1)
	}
}

// Traffic is how the store has done since it was opened.
type Traffic struct {
	Busy    uint64 // tries that found the store busy or away
	Commits uint64
	Took    time.Duration            // all commits together
	Within  map[time.Duration]uint64 // commits that took no longer
}
