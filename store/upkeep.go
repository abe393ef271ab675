package store

import (
	"context"
	"time"
)

// How often the store looks after itself, and how long that may take. Dropping
// rows takes moments; a minute is long past every retry of the database.
const (
	sweepEvery   = time.Minute
	silentEvery  = time.Hour
	tidyingLease = 2 * time.Minute
)

// Chores are the housekeeping of the store itself, for Upkeep.
func (db *DB) Chores() []Chore {
	chores := []Chore{
		{Name: "silent-replicas", Every: silentEvery, Lease: tidyingLease, Do: func(ctx context.Context, _ int64) (int64, error) {
			return 0, db.dropSilent(ctx)
		}},
		{Name: "scrub-documents", Every: scrubEvery, Lease: scrubLease, Do: db.scrubSlice},
	}
	if db.engine.sweepCommits != "" {
		chores = append(chores, Chore{Name: "old-transactions", Every: sweepEvery, Lease: tidyingLease, Do: func(ctx context.Context, _ int64) (int64, error) {
			return 0, db.dropCommits(ctx, time.Now().Add(-sweepAfter))
		}})
	}
	return chores
}
