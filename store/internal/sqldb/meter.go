package sqldb

import (
	"slices"
	"sync/atomic"
	"time"
)

// CommitBounds are the times that commits are sorted by: a flush takes some
// milliseconds on a good disk, tenths of a second on a bad one, and seconds
// when a standby has to confirm and does not.
var CommitBounds = [...]time.Duration{
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond, 75 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, 750 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 7500 * time.Millisecond, 10 * time.Second,
}

// Meter counts how an engine is doing. It costs an addition or two for each
// commit.
type Meter struct {
	busy    atomic.Uint64
	took    atomic.Int64
	commits [len(CommitBounds) + 1]atomic.Uint64 // by the first bound that holds, those beyond all last
}

// committed counts a commit that succeeded.
func (m *Meter) committed(took time.Duration) {
	i, _ := slices.BinarySearch(CommitBounds[:], took)
	m.commits[i].Add(1)
	m.took.Add(int64(took))
}

// Tried counts a try that found the store busy.
func (e *Engine) Tried(err error) {
	if err != nil && e.Busy(err) {
		e.Meter.busy.Add(1)
	}
}

// Traffic is how the store has done since it was opened.
type Traffic struct {
	Busy    uint64 // tries that found the store busy or away
	Commits uint64
	Took    time.Duration            // all commits together
	Within  map[time.Duration]uint64 // commits that took no longer
}

// Traffic returns what was counted.
func (m *Meter) Traffic() Traffic {
	t := Traffic{Busy: m.busy.Load(), Took: time.Duration(m.took.Load()), Within: map[time.Duration]uint64{}}
	for i, bound := range CommitBounds {
		t.Commits += m.commits[i].Load()
		t.Within[bound] = t.Commits
	}
	t.Commits += m.commits[len(CommitBounds)].Load()
	return t
}
