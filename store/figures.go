package store

import (
	"context"
	"os"
	"time"

	"github.com/bookgate/bookgate/order"
)

const (
	// The index orders_status has all that this needs, so that the rows
	// themselves, with their documents' parts, are not read.
	countStatuses = `SELECT status, count(*) FROM orders WHERE retired = 0 GROUP BY status`
	countWaiting  = `SELECT count(*) FROM orders WHERE status = 'UNPROCESSED'`
	countDamages  = `SELECT count(*) FROM damages`
)

// CountOrders counts the orders that are kept, by status. It reads an index
// from end to end, a tenth of a second for a million orders, so it is for who
// asks now and then.
func (db *DB) CountOrders(ctx context.Context) (counts map[order.Status]int64, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		counts = map[order.Status]int64{}
		var status order.Status
		var n int64
		return c.each(ctx, countStatuses, nil, []any{&status, &n}, func() { counts[status] = n })
	})
	return counts, err
}

// Figures are what an operator watches of the store itself.
type Figures struct {
	Waiting  int64     // orders that are UNPROCESSED
	Damaged  int64     // documents that were found damaged and not repaired since
	Verified time.Time // when a backup was verified last; the zero time when none was
}

// Figures tells them; each is a small read.
func (db *DB) Figures(ctx context.Context) (f Figures, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		if _, err := c.get(ctx, countWaiting, nil, &f.Waiting); err != nil {
			return err
		}
		if _, err := c.get(ctx, countDamages, nil, &f.Damaged); err != nil {
			return err
		}
		var r backupRow
		_, err := c.get(ctx, selectVerified, nil, r.dest()...)
		f.Verified = r.record().Verified
		return err
	})
	return f, err
}

// LogBytes is the size of the write-ahead log; ok is false where the database
// keeps its log itself.
func (db *DB) LogBytes() (bytes int64, ok bool) {
	if _, folder := db.Folder(); !folder {
		return 0, false
	}
	info, err := os.Stat(db.engine.path + "-wal")
	if err != nil {
		return 0, true // none yet
	}
	return info.Size(), true
}
