package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
)

const (
	selectGuess = `SELECT free, trusted FROM guesses WHERE key = $1`
	failGuess   = `INSERT INTO guesses (key, free, trusted, used) VALUES ($1, $2, 0, $3) ON CONFLICT (key) DO UPDATE
		SET free = CASE WHEN guesses.free > $3 AND guesses.free <= $4 THEN guesses.free + $5 ELSE $2 END, used = $3`
	trustGuess = `INSERT INTO guesses (key, free, trusted, used) VALUES ($1, 0, $2, $2) ON CONFLICT (key) DO UPDATE
		SET free = 0, trusted = $2, used = $2`
	deleteGuesses = `DELETE FROM guesses WHERE key IN (SELECT key FROM guesses WHERE used < $1 AND trusted < $2 ORDER BY used LIMIT $3)
		AND used < $1`
)

// Guesses gives the wrong passwords under some keys; see [auth.Store].
func (db *DB) Guesses(ctx context.Context, keys [][sha256.Size]byte) ([]auth.Guess, error) {
	guesses := make([]auth.Guess, len(keys))
	err := db.read(ctx, func(ctx context.Context, c *conn) error {
		f := db.running.frame()
		for i, key := range keys {
			var free, trusted int64
			if _, err := c.get(ctx, selectGuess, []any{key[:]}, &free, &trusted); err != nil {
				return err
			}
			guesses[i] = auth.Guess{Key: key, Free: f.clock(free), Trusted: f.clock(trusted)}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return guesses, nil
}

// Failed counts failures; see [auth.Store]. Each is added where it stands, in
// one statement, so that two that come at once both count; the keys come in a
// fixed order, so that nobody waits in a ring.
func (db *DB) Failed(ctx context.Context, now time.Time, failures ...auth.Failure) error {
	if len(failures) == 0 {
		return nil
	}
	failures = slices.Clone(failures)
	slices.SortFunc(failures, func(a, b auth.Failure) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		at := db.running.ofNow(now)
		for _, f := range failures {
			_, err := c.exec(ctx, failGuess, f.Key[:], at+f.Every.Microseconds(), at, at+f.Most.Microseconds(), f.Every.Microseconds())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Trusted keeps that a login succeeded; see [auth.Store].
func (db *DB) Trusted(ctx context.Context, now time.Time, key [sha256.Size]byte) error {
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, trustGuess, key[:], db.running.ofNow(now))
		return err
	})
}

// DeleteGuesses drops what tells nothing any more; see [auth.Store].
func (db *DB) DeleteGuesses(ctx context.Context, idle, trusted time.Time) (int64, error) {
	return db.sweep(ctx, deleteGuesses, db.running.of(idle), db.running.of(trusted))
}
