package store

import (
	"context"
	"fmt"
	"time"
)

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

// beginRunning reads what the store has of its time.
func (db *DB) beginRunning(ctx context.Context) error {
	return db.read(ctx, func(ctx context.Context, c *conn) error { return db.loadRunning(ctx, c) })
}

func (db *DB) loadRunning(ctx context.Context, c *conn) error {
	if err := db.readSteps(ctx, c); err != nil {
		return err
	}
	var text []byte
	if found, err := c.get(ctx, selectMeta, []any{metaRunning}, &text); err != nil || !found {
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
func (db *DB) readSteps(ctx context.Context, c *conn) error {
	if db.reference != nil {
		if err := db.measure(ctx, c); err != nil {
			return err
		}
	}
	var text []byte
	if found, err := c.get(ctx, selectMeta, []any{metaSteps}, &text); err != nil || !found {
		return err
	}
	return db.running.adopt(string(text))
}

// measure reads the database's clock. One that took long to answer says nothing
// exact; the next may.
func (db *DB) measure(ctx context.Context, c *conn) error {
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
func (db *DB) Running() time.Time { return fromMicros(db.running.present()) }

// watchClock looks at the clock until ctx ends, so that what happens to it is
// noticed without a request.
func (db *DB) watchClock(ctx context.Context) {
	every := clockEvery
	if db.reference != nil {
		every = measureEvery
	}
	var reported faultLog
	var ahead time.Time // when the newest stamp was looked for
	for {
		err := db.LookAtClock(ctx)
		if err == nil && time.Since(ahead) >= aheadEvery {
			err, ahead = db.lookAhead(ctx), time.Now()
		}
		if err == nil {
			reported.note(ctx, db)
		} else if ctx.Err() == nil {
			db.log.DebugContext(ctx, "the clock could not be looked at, or what happened to it not be stored yet", "err", err)
		}
		if !sleep(ctx, every) {
			return
		}
	}
}

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
		db.log.WarnContext(ctx, "the clock was set "+oneOf(by > 0, "forward", "back")+"; nothing waits for it", "by", by.Abs().Round(time.Millisecond).String(), "clock", now.UTC(),
			"next", "Look at what sets the clock of this machine. If it is right now, nothing has to be done.")
	}
	return nil
}

// writeSteps stores the steps, unless another process saw them first: then
// those that it stored are taken.
func (db *DB) writeSteps(ctx context.Context, text, stored string) error {
	var other []byte
	err := db.write(ctx, func(ctx context.Context, c *conn) error {
		other = nil
		var have []byte
		if _, err := c.exec(ctx, insertMeta, metaSteps, []byte{}); err != nil {
			return err
		}
		if _, err := c.get(ctx, lockMeta, []any{metaSteps}, &have); err != nil {
			return err
		}
		if len(have) > 0 && string(have) != stored {
			other = have
			return nil
		}
		if _, err := c.exec(ctx, upsertMeta, metaSteps, []byte(text)); err != nil {
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
func (db *DB) keepRunning(ctx context.Context, c *conn) error {
	_, err := c.exec(ctx, upsertMeta, metaRunning, []byte(db.Running().Format(time.RFC3339Nano)))
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
		ctx, cancel := context.WithTimeout(context.Background(), leaveLimit)
		defer cancel()
		_ = db.writeSteps(ctx, text, stored)
	}
}
