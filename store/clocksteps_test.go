package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/order"
)

// stepped is a store whose clock a test sets, beside the time that passes.
// Replicas on PostgreSQL go by the clock of the database, which is set here too.
type stepped struct {
	*clock
	steady atomic.Int64
	log    *logbook
	where  string
}

func newStepped(t *testing.T, where string) *stepped {
	t.Helper()
	return &stepped{clock: newClock(), log: &logbook{}, where: where}
}

func (s *stepped) pass(by time.Duration) {
	s.steady.Add(int64(by))
	s.advance(by)
}

// open opens the store as a process whose own clock is apart from the one that
// counts.
func (s *stepped) open(t *testing.T, apart time.Duration) *DB {
	t.Helper()
	o := Options{Now: func() time.Time { return s.now().Add(apart) }, Log: s.log.logger(),
		Steady: func() time.Duration { return time.Duration(s.steady.Load()) }}
	if sqldb.IsPostgres(s.where) {
		o.reference = func(context.Context, *sqldb.Conn) (time.Time, error) { return s.now(), nil }
	} else if apart != 0 {
		t.Fatal("processes on one machine have one clock")
	}
	return openIn(t, s.where, o)
}

// notice lets processes look at the clock, as they do all the time.
func notice(t *testing.T, dbs ...*DB) {
	t.Helper()
	for _, db := range dbs {
		if err := db.LookAtClock(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// restart ends a process and begins another.
func (s *stepped) restart(t *testing.T, db *DB) *DB {
	t.Helper()
	if err := db.write(t.Context(), db.keepRunning); err != nil { // as leaving does
		t.Fatal(err)
	}
	closeNow(t, db)
	return s.open(t, 0)
}

// sizes of steps: what NTP does, a wrong zone, a flat battery.
func sizes() []time.Duration {
	return []time.Duration{2 * time.Second, 75 * time.Second, time.Hour, 10 * 365 * 24 * time.Hour}
}

// TestStepsOfTheClockMoveNothingThatWaits sets the clock by steps of all sizes,
// in both directions, there and back, and with a restart in between. What waits
// has not ended just before its time has passed, and has just after.
func TestStepsOfTheClockMoveNothingThatWaits(t *testing.T) {
	for name, place := range engines() {
		for i, size := range sizes() {
			for j, steps := range [][]time.Duration{{size}, {-size}, {size, -size}, {-size, size}} {
				for k, w := range waiters() {
					if (i+j+k)%fulltest.Rounds(4, 1) != 0 { // each of all, but not with each other
						continue
					}
					if size != time.Hour && (w.slow || len(steps) > 1) {
						continue
					}
					t.Run(fmt.Sprint(name, " ", steps, " ", w.name), func(t *testing.T) { newStepped(t, place(t)).move(t, steps, w, false) })
					if steps[0] < 0 && !w.here { // a start cannot tell a step forward from a time without a server
						t.Run(fmt.Sprint(name, " ", steps, " with starts, ", w.name), func(t *testing.T) { newStepped(t, place(t)).move(t, steps[:1], w, true) })
					}
				}
			}
		}
	}
}

// move lets a store go through the steps while something waits.
func (s *stepped) move(t *testing.T, steps []time.Duration, w waiter, restart bool) {
	t.Helper()
	db := s.open(t, 0)
	furnishSteps(t, db)
	w.begin(t, db)
	s.pass(w.wait / 4)
	for _, by := range steps {
		s.advance(by)
		if restart {
			db = s.restart(t, db)
		}
		notice(t, db)
		if w.ended(t, db) {
			t.Fatalf("ended by a step of %s", by)
		}
	}
	s.pass(w.wait*3/4 - 2*time.Second)
	if w.ended(t, db) {
		t.Error("ended two seconds early")
	}
	s.pass(4 * time.Second)
	if !w.ended(t, db) {
		t.Error("two seconds late it has not ended")
	}
}

// TestTicketsLookedForTogetherGoByTheSameTime: requests that are held are compared
// with the clock by what Tickets returns, and others by what Ticket does.
func TestTicketsLookedForTogetherGoByTheSameTime(t *testing.T) {
	for _, by := range []time.Duration{3 * time.Hour, -3 * time.Hour} {
		onEach(t, func(t *testing.T, where string) {
			s := newStepped(t, where)
			db := s.open(t, 0)
			furnishSteps(t, db)
			digest := sha256.Sum256([]byte(logIn(t, db)))
			s.advance(by)
			notice(t, db)
			one, err := db.Ticket(t.Context(), digest)
			if err != nil {
				t.Fatal(err)
			}
			all, err := db.Tickets(t.Context(), [][sha256.Size]byte{digest})
			if err != nil || all[digest] != one {
				t.Errorf("after %s: %+v, %v; alone it is %+v", by, all[digest], err, one)
			}
			if left := one.Expires.Sub(db.Now()); (left - auth.TicketLife).Abs() > time.Minute {
				t.Errorf("after %s it has %s left", by, left)
			}
		})
	}
}

// TestStepsAreLoggedOnce sets the clock back and right again.
func TestStepsAreLoggedOnce(t *testing.T) {
	s := newStepped(t, t.TempDir())
	db := s.open(t, 0)
	for _, c := range []struct {
		by   time.Duration
		says string
		want string
	}{
		{time.Hour, "the clock was set forward", "The clock was set forward by 1h0m0s in the last 24 hours."},
		{-time.Hour, "the clock was set back", ""},
		{-10 * time.Minute, "the clock was set back", "The clock was set back by 10m0s in the last 24 hours."},
	} {
		s.advance(c.by)
		before := s.log.count(slog.LevelWarn, c.says)
		for range 3 {
			notice(t, db)
		}
		if n := s.log.count(slog.LevelWarn, c.says) - before; n != 1 {
			t.Errorf("step of %s: %d lines", c.by, n)
		}
		if got := db.ClockFault(); got != c.want {
			t.Errorf("step of %s: %q", c.by, got)
		}
	}
	s.pass(25 * time.Hour)
	if got := db.ClockFault(); got != "" {
		t.Errorf("a day later: %q", got)
	}
}

// TestStampsAheadOfTheClockAreReported sets a clock right under which orders
// came in.
func TestStampsAheadOfTheClockAreReported(t *testing.T) {
	s := newStepped(t, t.TempDir())
	db := s.open(t, 0)
	notice(t, db)
	s.advance(time.Hour)
	addOrder(t, db, "A-1")
	s.advance(-time.Hour)
	notice(t, db)
	var reported faultLog
	for range 3 {
		if err := db.readNewestStamp(t.Context()); err != nil {
			t.Fatal(err)
		}
		reported.note(t.Context(), db)
	}
	if got := db.ClockFault(); got != "Stamps in the store are up to 1h0m0s ahead of the clock." {
		t.Errorf("said %q", got)
	}
	if n := s.log.count(slog.LevelWarn, "the clock is wrong"); n != 1 {
		t.Errorf("%d lines in the log", n)
	}
	s.pass(time.Hour)
	reported.note(t.Context(), db)
	if got := db.ClockFault(); got != "" || s.log.count(slog.LevelInfo, "the clock is right again") != 1 {
		t.Errorf("said %q when it had passed the stamps", got)
	}
}

// TestAReaderByTimeMissesNothing lets a reader poll while the clock is ahead, and
// again when it was set right and an order has come. Its own time would miss it.
func TestAReaderByTimeMissesNothing(t *testing.T) {
	for _, ahead := range sizes() {
		t.Run(ahead.String(), func(t *testing.T) {
			s := newStepped(t, t.TempDir())
			db := s.open(t, 0)
			notice(t, db)
			s.advance(ahead)
			shown := db.Now()
			s.pass(time.Minute)
			notice(t, db)
			s.advance(-ahead - time.Minute)
			notice(t, db)
			since := db.Shown(shown.Add(-db.Overlap()))
			s.pass(500 * time.Millisecond)
			addOrder(t, db, "A-1")
			for at, want := range map[time.Time]int{since: 1, shown: 0} {
				page, err := db.List(t.Context(), order.Query{Party: buyer, Mode: order.SentByMe, Since: at, Limit: 9})
				if err != nil || len(page.Items) != want {
					t.Errorf("since %s: %d orders, %v; want %d", at, len(page.Items), err, want)
				}
			}
			now := db.Now()
			if got := db.Shown(now.Add(-30 * 24 * time.Hour)); !got.Equal(now.Add(-30 * 24 * time.Hour)) {
				t.Errorf("a time from before all steps became %s", got)
			}
		})
	}
}

// TestAReaderByTimeMissesNothingThroughSteps lets readers poll, by the Date of the
// last answer, through steps that are large, or many and small, and orders come in
// between. A poll may show an order again; what it never showed is missed.
func TestAReaderByTimeMissesNothingThroughSteps(t *testing.T) {
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	for _, c := range []struct {
		name  string
		steps []time.Duration // half an hour apart, with an order behind each
		every int             // steps between two polls
	}{
		{"years back and right again", []time.Duration{-400 * day, 400 * day}, 2},
		{"ten years back and right again", []time.Duration{-10 * year, 10 * year}, 2},
		{"years ahead and right again", []time.Duration{3 * year, -3 * year}, 2},
		{"ahead, back beyond and right again", []time.Duration{50 * time.Hour, -450 * day, 448*day - 2*time.Hour}, 3},
		{"some minutes at a time", []time.Duration{-50 * time.Minute, -40 * time.Minute, -55 * time.Minute, -45 * time.Minute, 190 * time.Minute}, 5},
		{"some minutes at a time, polled in between", []time.Duration{-50 * time.Minute, -40 * time.Minute, -55 * time.Minute, -45 * time.Minute, 190 * time.Minute}, 2},
		{"back for good", []time.Duration{-30 * day}, 1},
		{"a minute back each time", slices.Repeat([]time.Duration{-time.Minute}, 120), 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStepped(t, t.TempDir())
			db := s.open(t, 0)
			notice(t, db)
			addOrder(t, db, "A-0")
			s.pass(time.Minute)
			shown, dated := map[string]bool{}, db.Now()
			poll := func() {
				t.Helper()
				q := order.Query{Party: buyer, Mode: order.SentByMe, Limit: 500,
					Since: db.Shown(dated.Truncate(time.Second)).Add(-db.Overlap())}
				page, err := db.List(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				for _, item := range page.Items {
					shown[item.Number] = true
				}
				dated = db.Now()
			}
			for n, by := range c.steps {
				s.advance(by)
				s.pass(time.Second)
				addOrder(t, db, fmt.Sprint("A-", n+1))
				s.pass(30 * time.Minute)
				if (n+1)%c.every == 0 {
					poll()
				}
			}
			poll()
			for n := range c.steps {
				if number := fmt.Sprint("A-", n+1); !shown[number] {
					t.Errorf("order %s, behind the step by %s, was never shown", number, c.steps[n])
				}
			}
			s.pass(8 * day)
			if now := db.Now(); !db.Shown(now.Add(-time.Hour)).Equal(now.Add(-time.Hour)) {
				t.Errorf("a reader of eight days later is shown all since %s, %s ago", db.Shown(now), now.Sub(db.Shown(now)))
			}
		})
	}
}

// TestAClockThatIsWronglySetBackHidesNothingFromOthers lets a reader go by a clock
// of its own, which stays right.
func TestAClockThatIsWronglySetBackHidesNothingFromOthers(t *testing.T) {
	for _, back := range []time.Duration{10 * time.Minute, 3 * time.Hour, 400 * 24 * time.Hour} {
		s := newStepped(t, t.TempDir())
		db := s.open(t, 0)
		notice(t, db)
		s.advance(-back)
		notice(t, db)
		for n := range 3 {
			asked := db.Now().Add(back)
			s.pass(time.Minute)
			addOrder(t, db, fmt.Sprint("A-", n))
			s.pass(4 * time.Hour)
			page, err := db.List(t.Context(), order.Query{Party: buyer, Mode: order.SentByMe, Since: db.Shown(asked), Limit: 9})
			if err != nil || len(page.Items) == 0 || page.Items[len(page.Items)-1].Number != fmt.Sprint("A-", n) {
				t.Errorf("set back by %s: poll %d shows %v, %v", back, n, page.Items, err)
			}
		}
	}
}

// TestRunningTimeDoesNotGoBack starts a process over a store in which the clock was
// ahead when it was used, and is right now. No process has given a sign, as where
// commands alone use the store.
func TestRunningTimeDoesNotGoBack(t *testing.T) {
	for name, place := range engines() {
		t.Run(name, func(t *testing.T) {
			s := newStepped(t, place(t))
			db := s.open(t, 0)
			notice(t, db)
			s.advance(3 * 365 * 24 * time.Hour)
			notice(t, db)
			before := db.Running()
			closeNow(t, db)
			s.advance(-3 * 365 * 24 * time.Hour)
			if after := s.open(t, 0).Running(); after.Before(before) {
				t.Errorf("running time was %s and is %s", before, after)
			}
		})
	}
}

// TestReadingsOfTheClock are what clients may go by for a day after a step.
func TestReadingsOfTheClock(t *testing.T) {
	s := newStepped(t, t.TempDir())
	db := s.open(t, 0)
	began := db.Now()
	s.advance(time.Hour)
	if got := db.Readings(); len(got) != 1 || !got[0].Equal(began) {
		t.Errorf("readings %v", got)
	}
	s.pass(25 * time.Hour)
	if got := db.Readings(); len(got) != 0 {
		t.Errorf("a day later: %v", got)
	}
}
