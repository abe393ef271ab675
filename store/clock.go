package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"
)

// What cannot be undone asks whether the clock is believed. A wall clock can be
// wrong by years after a flat battery or a restored machine, and one pass of
// retention by such a clock would remove orders of today.
const (
	// believedGap is how far ahead of the newest time that was believed the
	// clock may be at a start: a weekend without the server is not suspicious.
	believedGap = 72 * time.Hour

	// believedJump is how far the clock may move beside the time that has
	// passed while the server runs.
	believedJump = time.Hour

	// believedAfter is how long the server runs before a clock that jumped is
	// believed after all. Hours of running are counted by a monotonic clock.
	believedAfter = 24 * time.Hour
)

const (
	metaBelieved = "clock-believed"
	// The newest time that anything in the store was stamped with.
	selectNewestStamp = `SELECT max(at) FROM (SELECT max(at) AS at FROM heads
		UNION ALL SELECT max(done) AS at FROM chores) AS newest`
)

// clockTrust judges the wall clock of one process. The zero belief is ready.
type clockTrust struct {
	steady func() time.Duration // since some moment; monotonic. nil believes every clock

	mu      sync.Mutex
	wall    time.Time     // at the last look, or when the store was opened
	passed  time.Duration // steady at that moment
	looked  bool
	doubted bool
	since   time.Duration // steady when the doubt began
	why     string
}

// begin takes the clock's time when the store is opened: a jump before the first
// look is one too, and what has been stamped since hides it.
func (b *clockTrust) begin(now time.Time) {
	if b.steady != nil {
		b.wall, b.passed = now, b.steady()
	}
}

// look takes the clock's time, with the newest one that was believed before,
// and returns why the clock is not believed, or "".
func (b *clockTrust) look(now, newest time.Time) string {
	passed := b.steady()
	ahead, jump := now.Sub(newest), now.Sub(b.wall)-(passed-b.passed)
	switch {
	case !b.looked && !newest.IsZero() && ahead > believedGap:
		b.doubt(passed, fmt.Sprintf("it is %s ahead of the newest time in the store", ahead.Round(time.Second)))
	case jump.Abs() > believedJump:
		b.doubt(passed, fmt.Sprintf("it jumped by %s", jump.Round(time.Second)))
	}
	b.wall, b.passed, b.looked = now, passed, true
	if b.doubted && passed-b.since >= believedAfter {
		b.doubted = false
	}
	if b.doubted {
		return b.why
	}
	return ""
}

func (b *clockTrust) doubt(passed time.Duration, why string) {
	b.doubted, b.since, b.why = true, passed, why
}

// ClockDoubt returns why the clock was not believed when it was last looked
// at, or "".
func (db *DB) ClockDoubt() string {
	db.clockTrust.mu.Lock()
	defer db.clockTrust.mu.Unlock()
	if db.clockTrust.doubted {
		return db.clockTrust.why
	}
	return ""
}

// believed returns the newest time that was believed; the zero time in a store
// in which nothing has happened yet.
func (db *DB) believed(ctx context.Context) (at time.Time, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		var text []byte
		if found, err := c.Get(ctx, sqldb.SelectMeta, []any{metaBelieved}, &text); err != nil {
			return err
		} else if found {
			at, err = time.Parse(time.RFC3339Nano, string(text))
			return err
		}
		var newest *int64
		if _, err := c.Get(ctx, selectNewestStamp, nil, &newest); err != nil || newest == nil {
			return err
		}
		at = sqldb.FromMicros(*newest)
		return nil
	})
	return at, err
}

// clockFault is something that is wrong with the clock: its kind, and a
// sentence about it.
type clockFault struct{ kind, text string }

// The kinds of fault.
const (
	clockMoved    = "moved"    // it was set, and not set right since
	clockApart    = "apart"    // the machine's is not the database's
	clockOvertook = "overtook" // stamps are ahead of it
)

const selectNewestHead = `SELECT max(at) FROM heads`

// readNewestStamp looks how far the stamps of the store lie ahead of the clock.
func (db *DB) readNewestStamp(ctx context.Context) error {
	var newest *int64
	err := db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Get(ctx, selectNewestHead, nil, &newest)
		return err
	})
	if err == nil && newest != nil {
		db.overtook.Store(*newest)
	}
	return err
}

// clockFaults returns what is wrong with the clock now, beside what ClockDoubt
// returns.
func (db *DB) clockFaults() (faults []clockFault) {
	if by := db.running.moved(believedAfter); by.Abs() > sqldb.MaxSkew {
		faults = append(faults, clockFault{clockMoved, fmt.Sprintf("The clock was set %s by %s in the last 24 hours.",
			oneOf(by > 0, "forward", "back"), by.Abs().Round(time.Second))})
	}
	now := db.now()
	if by := db.running.clock().Sub(now); db.reference != nil && by.Abs() > sqldb.MaxSkew {
		faults = append(faults, clockFault{clockApart,
			fmt.Sprintf("The clock of this machine is %s %s the database's, which counts.",
				by.Abs().Round(time.Second), oneOf(by > 0, "ahead of", "behind"))})
	}
	if ahead := sqldb.FromMicros(db.overtook.Load()).Sub(now); ahead > sqldb.MaxSkew {
		faults = append(faults, clockFault{clockOvertook,
			fmt.Sprintf("Stamps in the store are up to %s ahead of the clock.", ahead.Round(time.Second))})
	}
	return faults
}

func oneOf(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// ClockFault returns what is wrong with the clock, in sentences, or "". It is
// reported whether or not the clock is believed.
func (db *DB) ClockFault() string {
	var said []string
	for _, f := range db.clockFaults() {
		said = append(said, f.text)
	}
	return strings.Join(said, " ")
}

// faultLog logs faults of the clock when they begin and when they end. A step is
// logged where it is found.
type faultLog map[string]bool

func (l *faultLog) note(ctx context.Context, db *DB) {
	found := faultLog{}
	for _, f := range db.clockFaults() {
		if f.kind == clockMoved {
			continue
		}
		if found[f.kind] = true; !(*l)[f.kind] {
			db.log.WarnContext(ctx, "the clock is wrong, or was", "detail", f.text, "next",
				"Set the clocks by NTP. Nothing waits for them.")
		}
	}
	for kind := range *l {
		if !found[kind] {
			db.log.InfoContext(ctx, "the clock is right again", "was", kind)
		}
	}
	*l = found
}

// How often the clock that counts is looked at.
const (
	// clockEvery is how often a process that serves looks at its clock, and
	// measureEvery how often at the database's.
	clockEvery   = time.Second
	measureEvery = 5 * time.Second

	// aheadEvery is how often the newest stamp is looked for, which reads a row of
	// every party.
	aheadEvery = 15 * time.Second
)

// What the store has of its time, in meta.
const (
	metaSteps   = "clock-steps"   // the steps, as JSON
	metaRunning = "clock-running" // running time at the last sign, as RFC 3339
	lockMeta    = `UPDATE meta SET value = value WHERE name = $1 RETURNING value`
)

// loadRunning reads what the store has of its time.
func (db *DB) loadRunning(ctx context.Context, c *sqldb.Conn) error {
	if err := db.readSteps(ctx, c); err != nil {
		return err
	}
	var text []byte
	if found, err := c.Get(ctx, sqldb.SelectMeta, []any{metaRunning}, &text); err != nil || !found {
		return err
	}
	least, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		return fmt.Errorf("read the running time: %w", err)
	}
	db.running.mu.Lock()
	defer db.running.mu.Unlock()
	db.running.least = least.UnixMicro()
	return nil
}

// readSteps takes the steps that the store has, and where the database's clock
// counts, measures it.
func (db *DB) readSteps(ctx context.Context, c *sqldb.Conn) error {
	if db.reference != nil {
		if err := db.measure(ctx, c); err != nil {
			return err
		}
	}
	var text []byte
	if found, err := c.Get(ctx, sqldb.SelectMeta, []any{metaSteps}, &text); err != nil || !found {
		return err
	}
	return db.running.adopt(string(text))
}

// measure reads the database's clock. One that took long to answer says nothing
// exact; the next may.
func (db *DB) measure(ctx context.Context, c *sqldb.Conn) error {
	r := &db.running
	before := r.steady(r.clock())
	at, err := db.reference(ctx, c)
	if err != nil {
		return err
	}
	after := r.steady(r.clock())
	r.mu.Lock()
	defer r.mu.Unlock()
	if after-before < stepLeast/2 || r.measured == nil {
		r.measured = &measurement{at, before + (after-before)/2}
	}
	return nil
}

// Now is the time by the clock that counts for the store: that of the machine,
// or in PostgreSQL the database's.
func (db *DB) Now() time.Time { return db.running.now() }

func (db *DB) now() time.Time { return db.running.now() }

// Shown returns from when a reader has to be shown changes who asks for those
// since a time that it has from a clock: the same time, or an earlier one where
// the clock was set back meanwhile.
func (db *DB) Shown(since time.Time) time.Time { return db.running.since(since, db.Overlap()) }

// Readings are what the clock would show had it not been set within the last day,
// for each time that it was.
func (db *DB) Readings() []time.Time { return db.running.readings(believedAfter) }

// Running is the store's running time: it goes on as time passes, whatever is
// done to a clock, also through restarts and in all replicas. It begins as the
// time of the clock.
func (db *DB) Running() time.Time { return sqldb.FromMicros(db.running.present()) }

// LookAtClock takes note of what happened to the clock, stores it for the other
// processes and those that come, and logs it. A store that is served does so by
// itself.
func (db *DB) LookAtClock(ctx context.Context) error {
	if db.reference != nil {
		if err := db.read(ctx, db.readSteps); err != nil {
			return err
		}
	}
	now := db.running.now()
	if text, stored := db.running.unwritten(); text != "" {
		if err := db.writeSteps(ctx, text, stored); err != nil {
			return err
		}
	}
	for _, by := range db.running.takeUnlogged() {
		db.log.WarnContext(ctx, "the clock was set "+oneOf(by > 0, "forward", "back")+"; nothing waits for it", "by",
			by.Abs().Round(time.Millisecond).String(), "clock", now.UTC(),
			"next", "Look at what sets the clock of this machine. If it is right now, nothing has to be done.")
	}
	return nil
}

// writeSteps stores the steps, unless another process saw them first: then
// those that it stored are taken.
func (db *DB) writeSteps(ctx context.Context, text, stored string) error {
	var other []byte
	err := db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		other = nil
		var have []byte
		if _, err := c.Exec(ctx, sqldb.InsertMeta, metaSteps, []byte{}); err != nil {
			return err
		}
		if _, err := c.Get(ctx, lockMeta, []any{metaSteps}, &have); err != nil {
			return err
		}
		if len(have) > 0 && string(have) != stored {
			other = have
			return nil
		}
		if _, err := c.Exec(ctx, sqldb.UpsertMeta, metaSteps, []byte(text)); err != nil {
			return err
		}
		return db.keepRunning(ctx, c)
	})
	switch {
	case err != nil: // also where the commit's answer was lost; the next look finds what the store has
		return err
	case other != nil:
		return db.running.adopt(string(other))
	}
	db.running.written(text)
	return nil
}

// KeepRunning is the part of a sign of a process that serves by which the store
// knows its running time.
func (db *DB) KeepRunning(ctx context.Context) error { return db.write(ctx, db.keepRunning) }

// keepRunning stores how far running time has come, so that a start with a
// clock that was set back meanwhile goes on from there.
func (db *DB) keepRunning(ctx context.Context, c *sqldb.Conn) error {
	_, err := c.Exec(ctx, sqldb.UpsertMeta, metaRunning, []byte(db.Running().Format(time.RFC3339Nano)))
	return err
}

// endRunning stores what a process that ends knows of the clock. Where that
// fails the next one finds out by itself.
func (db *DB) endRunning() {
	if !db.running.looked() {
		return
	}
	db.running.now()
	if text, stored := db.running.unwritten(); text != "" {
		ctx, cancel := context.WithTimeout(context.Background(), deregisterLimit)
		defer cancel()
		_ = db.writeSteps(ctx, text, stored)
	}
}
