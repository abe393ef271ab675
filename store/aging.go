package store

import (
	"context"
	"time"
)

// The chores of retention, as the table of chores names them.
const (
	RetireChore   = "retire-orders"
	DropChore     = "drop-documents"
	LeftoverChore = "count-unfinished"
)

// What lies behind the place that retiring has come to is kept because it is
// not finished.
const countLeft = `SELECT count(*) FROM orders WHERE retired = 0 AND updated < $1
	AND updated < (SELECT place FROM chores WHERE name = $2)`

// Bounds of one run of a retention chore: a transaction of a batch is over in
// a moment, and a run long before its lease.
const (
	retentionBatch   = 50
	retentionBatches = 200
)

// Retiring is the work of the chore RetireChore: it retires what was last
// changed longer ago than keep.
func (db *DB) Retiring(keep time.Duration) func(ctx context.Context, place int64) (int64, error) {
	return db.aging(keep, "old orders were taken out of keeping", db.RetireOrders)
}

// Dropping is the work of the chore DropChore.
func (db *DB) Dropping(keep time.Duration) func(ctx context.Context, place int64) (int64, error) {
	return db.aging(keep, "the documents of old orders were taken out of keeping", db.DropDocuments)
}

// aging runs batch after batch until nothing is left or the run is long enough.
// What was done stays done when a later batch fails.
func (db *DB) aging(keep time.Duration, said string, batch func(context.Context, time.Time, int64, int) (int64, int, error)) func(context.Context, int64) (int64, error) {
	return func(ctx context.Context, place int64) (int64, error) {
		before, total := db.now().Add(-keep), 0
		for range retentionBatches {
			next, done, err := batch(ctx, before, place, retentionBatch)
			if err != nil {
				return place, err
			}
			place, total = next, total+done
			if place >= micros(before) {
				break
			}
		}
		if total > 0 {
			db.log.InfoContext(ctx, said, "orders", total, "before", before.UTC())
		}
		return place, nil
	}
}

// Leftovers is the work of the chore LeftoverChore, once a day: it tells how
// many old orders are kept because they are not finished.
func (db *DB) Leftovers(keep time.Duration) func(ctx context.Context, place int64) (int64, error) {
	return func(ctx context.Context, place int64) (int64, error) {
		before := db.now().Add(-keep)
		n, err := db.countLeft(ctx, before)
		if err == nil && n > 0 {
			db.log.WarnContext(ctx, "old orders are kept because they are not finished", "orders", n, "before", before.UTC())
		}
		return place, err
	}
}

func (db *DB) countLeft(ctx context.Context, before time.Time) (n int64, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		_, err := c.get(ctx, countLeft, []any{micros(before), RetireChore}, &n)
		return err
	})
	return n, err
}
