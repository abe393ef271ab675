package store

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"
)

// watched is a store whose clock a test sets, beside one that only runs.
type watched struct {
	*clock
	steady atomic.Int64
	log    *logbook
	dir    string
	db     *DB
	done   int
}

func (w *watched) pass(by time.Duration) {
	w.steady.Add(int64(by))
	w.advance(by)
}

// start opens the store as a process that has just begun.
func (w *watched) start(t *testing.T) {
	t.Helper()
	if w.db != nil {
		closeNow(t, w.db)
	}
	w.db = openIn(t, w.dir, Options{Now: w.now, Log: w.log.logger(), Steady: func() time.Duration { return time.Duration(w.steady.Load()) }})
}

// removes runs a job that removes things, and wants it done or not.
func (w *watched) removes(t *testing.T, when string, want bool) {
	t.Helper()
	before := w.done
	if _, err := w.db.RunIfDue(t.Context(), Job{Name: "final", Every: time.Nanosecond, Lease: time.Minute, Final: true, Do: func(context.Context, int64) (int64, error) {
		w.done++
		return 0, nil
	}}); err != nil {
		t.Fatal(err)
	}
	if done := w.done > before; done != want {
		t.Errorf("%s: removed %v, want %v (%s)", when, done, want, w.db.ClockDoubt())
	}
	if doubted := w.db.ClockDoubt() != ""; doubted == want {
		t.Errorf("%s: the clock is doubted: %v", when, doubted)
	}
}

// TestJumpBeforeTheFirstLook lets the clock jump when the store has been opened and
// nothing was removed yet; what is stamped by it must not make it believed.
func TestJumpBeforeTheFirstLook(t *testing.T) {
	for _, jump := range []time.Duration{600 * 24 * time.Hour, -3 * time.Hour} {
		w := &watched{clock: newClock(), log: &logbook{}, dir: t.TempDir()}
		w.start(t)
		addOrder(t, w.db, "A-1")
		w.advance(jump)
		addOrder(t, w.db, "A-2")
		w.removes(t, "jumped by "+jump.String()+" before the first look", false)
		w.pass(believedAfter)
		w.removes(t, "a day later", true)
	}
}

// TestNothingIsRemovedByAWrongClock starts with a clock that is years ahead,
// and lets clocks jump while the store is served.
func TestNothingIsRemovedByAWrongClock(t *testing.T) {
	w := &watched{clock: newClock(), log: &logbook{}, dir: t.TempDir()}
	w.start(t)
	addOrder(t, w.db, "A-1")
	w.removes(t, "in a new store", true)
	w.pass(time.Minute)
	w.removes(t, "a minute later", true)

	w.advance(600 * 24 * time.Hour)
	for range 3 {
		w.start(t)
		addOrder(t, w.db, "by the wrong clock "+w.now().String())
		w.removes(t, "started 600 days ahead", false)
		w.pass(time.Minute)
	}
	if n := w.log.count(slog.LevelError, "the clock is not believed"); n != 3 {
		t.Errorf("%d errors in the log, want one for each start", n)
	}
	w.advance(-600 * 24 * time.Hour)
	w.start(t)
	w.removes(t, "set right and started again", true)

	for _, jump := range []time.Duration{48 * time.Hour, -48 * time.Hour} {
		w.pass(time.Minute)
		w.advance(jump)
		w.removes(t, "jumped by "+jump.String(), false)
		w.pass(believedAfter - time.Minute)
		w.removes(t, "an hour short of a day later", false)
		w.pass(time.Minute)
		w.removes(t, "after a day of running", true)
	}
	w.pass(believedJump / 2)
	w.advance(believedJump / 2)
	w.removes(t, "corrected by half an hour", true)

	w.advance(believedGap + 2*time.Hour)
	w.start(t)
	w.removes(t, "after a long weekend", false)
	w.pass(believedAfter)
	w.removes(t, "a day after it", true)
}
