package store

import (
	"context"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Bounds of sweeping. The id of a transaction is asked for only while its task
// lasts, which is less than two minutes; an hour more leaves room for clocks
// that differ.
const (
	sweepAfter = time.Hour
	sweepMost  = 5000 // rows at once, so that no transaction is long
)

// The ids begin with their time, so the oldest stand first in the key.
const deleteCommits = `DELETE FROM commits WHERE id IN (SELECT id FROM commits WHERE id < CAST($1 AS uuid) ORDER BY id LIMIT $2)`

// sweep runs a DELETE that takes some rows, as its last parameter tells, until
// there are no more.
func (db *DB) sweep(ctx context.Context, query string, args ...any) (dropped int64, err error) {
	args = append(args, sweepMost)
	for {
		var n int64
		err := db.write(ctx, func(ctx context.Context, c *conn) (err error) {
			n, err = c.exec(ctx, query, args...)
			return err
		})
		if err != nil {
			return dropped, err
		}
		if dropped += n; n < sweepMost {
			return dropped, nil
		}
	}
}

// dropCommits drops the ids of transactions that nobody will ask for. They
// bear the time of this machine's clock, whatever the store's is.
func (db *DB) dropCommits(ctx context.Context, before time.Time) error {
	_, err := db.sweep(ctx, db.engine.sweepCommits, string(order.NewID(before)))
	return err
}
