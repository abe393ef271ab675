package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/plant"
)

// What waits in the store (retries, leases, tickets, counts of wrong passwords,
// jobs, heartbeats of replicas) waits by running time: the clock's time at first,
// and from then on the time that passes. When a clock is set, running time goes
// on as if nothing had happened, and the difference between the two is stored.
// So nothing waits for a clock to pass a stamp, and nothing ends because a clock
// jumped. Callers see times by the clock as it is now.
//
// The clock of a store in a data folder is that of the machine; in PostgreSQL it
// is the database's, so that all replicas have the same, whatever their machines'
// clocks say.
const (
	// stepLeast is the least difference that counts as a step. Less is followed
	// without a word: waits have no better resolution.
	stepLeast = time.Second

	// mostSteps are remembered: one an hour, as where something sets the clock
	// again and again, for longer than pollWithin.
	mostSteps = 200

	// pollWithin is how long a reader who goes by a time from the clock may wait
	// between two polls and still be shown all, whatever is done to the clock
	// meanwhile. It bounds for how long a time that the clock showed twice is taken
	// for the first of the two, which shows more than is new.
	pollWithin = 7 * 24 * time.Hour

	// pollMargin is how much earlier than the clock's time such a reader may ask,
	// to be on the safe side, or later, by a clock of its own.
	pollMargin = 15 * time.Minute

	// lateLook is how far from now a caller's now may be.
	lateLook = 10 * time.Second
)

// clockStep is a moment at which a clock was set, in microseconds: running time
// then, and how far the clock is ahead of it since.
type clockStep struct {
	Running int64 `json:"running"`
	Ahead   int64 `json:"ahead"`
}

// running is the running time of one process. Its zero value with a clock is
// ready for use.
type running struct {
	clock func() time.Time
	// at a reading of the clock; nil: the clock itself is believed to be one that is never set
	steady func(time.Time) time.Duration

	mu       sync.Mutex
	begun    bool
	at       int64         // running time at the last look, in microseconds
	passed   time.Duration // steady then
	least    int64         // what a new process may not fall behind
	steps    []clockStep
	stored   string // the steps as they were read or written last
	unlogged []time.Duration
	measured *measurement // of another clock that counts instead; nil for none
}

// measurement is what another clock showed at a moment of the steady one.
type measurement struct {
	at     time.Time
	passed time.Duration
}

// sinceStart is a steady clock: it follows the time that passes.
func sinceStart() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}

// steadyOf returns how much time has passed at a reading of the clock. Of the
// machine's clock one reading has both, or a process that was held up between
// two readings would take that for a step.
func steadyOf(steady func() time.Duration) func(time.Time) time.Duration {
	if steady == nil {
		return nil
	}
	return func(time.Time) time.Duration { return steady() }
}

// sinceReading is steadyOf for readings of the machine's clock.
func sinceReading() func(time.Time) time.Duration {
	start := time.Now()
	return func(now time.Time) time.Duration { return now.Sub(start) }
}

// now returns the clock's time, and takes note of a step.
func (r *running) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.look()
}

// present returns running time in microseconds.
func (r *running) present() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.look()
	return r.at
}

func (r *running) look() time.Time {
	wall, passed := r.read()
	if r.steady == nil {
		r.at = wall.UnixMicro()
		return wall
	}
	if !r.begun {
		r.begun, r.at = true, max(wall.UnixMicro()-r.ahead(), r.least)
		if n := len(r.steps); n > 0 { // also where no process that serves has given a sign since
			r.at = max(r.at, r.steps[n-1].Running)
		}
	} else {
		r.at += (passed - r.passed).Microseconds()
	}
	r.passed = passed
	switch apart := time.Duration(wall.UnixMicro()-r.at-r.ahead()) * time.Microsecond; {
	case apart.Abs() > stepLeast:
		r.step(apart)
	case apart > 0: // behind it time goes on, for what waits must not wait twice
		r.at += apart.Microseconds()
	}
	return wall
}

// read reads the clock that counts, and the steady one.
func (r *running) read() (wall time.Time, passed time.Duration) {
	wall = r.clock()
	if r.steady != nil {
		passed = r.steady(wall)
	}
	if r.measured != nil {
		wall = r.measured.at.Add(passed - r.measured.passed)
	}
	return wall, passed
}

// ahead is how far the clock is ahead of running time, in microseconds.
func (r *running) ahead() int64 {
	if len(r.steps) == 0 {
		return 0
	}
	return r.steps[len(r.steps)-1].Ahead
}

func (r *running) step(by time.Duration) {
	if plant.Enabled && plant.On(plant.WaitByClock) {
		r.at += by.Microseconds()
		return
	}
	r.steps = append(r.steps, clockStep{r.at, r.ahead() + by.Microseconds()})
	if beyond := len(r.steps) - mostSteps; beyond > 0 {
		r.steps = r.steps[beyond:]
	}
	r.unlogged = append(r.unlogged, by)
}

// frame converts between running time and the clock's as they stand to each
// other at one moment. What is read and written in one transaction goes through
// one frame, or a step in between would move what was not changed.
type frame struct{ ahead int64 }

// of returns running time, in microseconds, for a time of the clock; 0 for the
// zero time.
func (f frame) of(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro() - f.ahead
}

// clock returns the time of the clock for running time.
func (f frame) clock(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return sqldb.FromMicros(us + f.ahead)
}

// frame is the frame of now.
func (r *running) frame() frame {
	_, f := r.moment()
	return f
}

// moment is now with its frame.
func (r *running) moment() (now time.Time, f frame) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now = r.look()
	return now, frame{r.ahead()}
}

// framed does something in a frame, again if the clock was set meanwhile, and returns
// the frame in which it was done.
func (r *running) framed(do func(frame) error) (f frame, err error) {
	for {
		f = r.frame()
		if err = do(f); err != nil || r.frame() == f {
			return f, err
		}
	}
}

func (r *running) of(t time.Time) int64 { return r.frame().of(t) }

// ofNow is of for a time that the caller has for now. One that is far from now
// was read before the clock was set.
func (r *running) ofNow(t time.Time) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.steady == nil {
		return t.UnixMicro()
	}
	r.look()
	at := t.UnixMicro() - r.ahead()
	if apart := time.Duration(at-r.at) * time.Microsecond; apart.Abs() > lateLook {
		return r.at
	}
	return at
}

// then returns the time that the clock showed at a running time.
func (r *running) then(us int64) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return sqldb.FromMicros(us + r.aheadAt(us))
}

// shown are the times, in microseconds, that the clock has shown since a time of
// its own: from and to of each stretch, of which there are two at most. Of one
// that is not there from is behind to. Where there would be more, those that are
// next to each other count as one with what is between them.
func (r *running) shown(since time.Time) (stretches [2][2]int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.look().UnixMicro()
	from := since.UnixMicro() - r.ahead()
	ahead := r.aheadAt(from)
	all := [][2]int64{{from + ahead, now}}
	for _, s := range r.steps {
		if s.Running > from {
			all[len(all)-1][1] = s.Running + ahead
			all = append(all, [2]int64{s.Running + s.Ahead, now})
			ahead = s.Ahead
		}
	}
	slices.SortFunc(all, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	for len(all) > 1 {
		least, at := int64(math.MaxInt64), 0
		for i := 1; i < len(all); i++ {
			if gap := all[i][0] - all[i-1][1]; gap < least {
				least, at = gap, i
			}
		}
		if least > stepLeast.Microseconds() && len(all) <= len(stretches) {
			break
		}
		all[at-1][1] = max(all[at-1][1], all[at][1])
		all = slices.Delete(all, at, at+1)
	}
	stretches[1] = [2]int64{math.MaxInt64, math.MinInt64}
	copy(stretches[:], all)
	return stretches
}

func (r *running) aheadAt(us int64) int64 {
	ahead := int64(0)
	for _, s := range r.steps {
		if s.Running > us {
			break
		}
		ahead = s.Ahead
	}
	return ahead
}

// since is from when a reader has to be shown changes who asks for those since a
// time. When the clock was set back since then, changes that came later have
// earlier stamps, or the time is one that the clock showed twice: once before the
// step and once after it. Then the reader is taken for one that read the clock the
// first time, if that is no longer ago than pollWithin. It is shown some changes
// again, and misses none.
func (r *running) since(t time.Time, overlap time.Duration) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.steps) == 0 {
		return t
	}
	coming := t.After(r.look())
	margin, late := pollMargin.Microseconds(), overlap.Microseconds()
	end, found := r.at, false
	after := int64(math.MaxInt64) // the lowest time at a step since the frame that is looked at
	earliest := t.UnixMicro()
	for n := len(r.steps); n >= 0; n-- { // newest first
		began, ahead := int64(math.MinInt64)/2, int64(0)
		switch {
		case n > 0:
			began, ahead = r.steps[n-1].Running, r.steps[n-1].Ahead
		case len(r.steps) == mostSteps:
			continue // what was before is forgotten
		}
		read := t.UnixMicro() - ahead // running time when the clock showed t, if it was in this frame then
		from := min(read, r.at) - late
		stepped := after
		if n > 0 && from < began {
			stepped = min(after, began+ahead)
		}
		if read >= began-margin && read <= end+margin && (!found || read >= r.at-pollWithin.Microseconds()) {
			earliest, found = min(earliest, stepped-late), true
		}
		// A clock that went with this one in this frame was not set with it.
		if read > end && read <= r.at+margin && (coming || end >= r.at-believedAfter.Microseconds()) {
			earliest, found = min(earliest, stepped-late, from+r.aheadAt(from)-late), true
		}
		end = began
		if n > 0 {
			after = min(after, began+ahead)
		}
	}
	if earliest == t.UnixMicro() {
		return t
	}
	return sqldb.FromMicros(earliest)
}

// moved is how far the clock was set within the last while, there and back
// taken together.
func (r *running) moved(within time.Duration) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.look()
	return time.Duration(r.ahead()-r.aheadAt(r.at-within.Microseconds())) * time.Microsecond
}

func (r *running) readings(within time.Duration) (readings []time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.look()
	since, before := r.at-within.Microseconds(), int64(0)
	for _, s := range r.steps {
		if s.Running >= since {
			readings = append(readings, now.Add(time.Duration(before-r.ahead())*time.Microsecond))
		}
		before = s.Ahead
	}
	return readings
}

// adopt takes the steps that the store has.
func (r *running) adopt(text string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if text == r.stored {
		return nil
	}
	var steps []clockStep
	if err := json.Unmarshal([]byte(text), &steps); err != nil {
		return fmt.Errorf("read the steps of the clock: %w", err)
	}
	r.steps, r.stored = steps, text
	if r.begun {
		wall, _ := r.read()
		r.at = wall.UnixMicro() - r.ahead()
	}
	return nil
}

// unwritten returns the steps as the store should have them, when it has not.
func (r *running) unwritten() (text, stored string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.steps) == 0 {
		return "", ""
	}
	b, err := json.Marshal(r.steps)
	if err != nil {
		panic(err) // numbers always marshal
	}
	if string(b) == r.stored {
		return "", ""
	}
	return string(b), r.stored
}

// written takes note that the store has the steps.
func (r *running) written(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stored = text
}

func (r *running) takeUnlogged() (steps []time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	steps, r.unlogged = r.unlogged, nil
	return steps
}

func (r *running) looked() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.begun
}
