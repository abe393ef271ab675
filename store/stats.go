package store

import (
	"context"
	"fmt"
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

// Traffic tells how the store has done since it was opened.
func (db *DB) Traffic() Traffic {
	m := db.engine.meter
	t := Traffic{Busy: m.busy.Load(), Took: time.Duration(m.took.Load()), Within: map[time.Duration]uint64{}}
	for i, bound := range commitBounds {
		t.Commits += m.commits[i].Load()
		t.Within[bound] = t.Commits
	}
	t.Commits += m.commits[len(commitBounds)].Load()
	return t
}

// Room is how many bytes may still be written to the disk of the data folder,
// and how large that is; ok is false where there is no folder or no answer.
func (db *DB) Room() (free, size int64, ok bool) {
	if db.dir == "" {
		return 0, 0, false
	}
	free, size, err := db.disk(db.dir)
	return free, size, err == nil
}

// RoomDoubt returns why the disk of the data folder is nearly full, or "".
func (db *DB) RoomDoubt() string {
	free, size, ok := db.Room()
	if !ok || !low(free, size) {
		return ""
	}
	return fmt.Sprintf("%s of %s are free", megabytes(free), megabytes(size))
}

// refuseFull is the answer to whether a store is ready whose disk takes no
// ordinary change.
func (db *DB) refuseFull() error {
	free, _, ok := db.Room()
	if !ok || free >= leastRoom {
		return nil
	}
	e := order.Errorf(order.Unavailable, "store-full",
		"There is no room left on the disk of the store: %s are free.", megabytes(free))
	e.RetryAfter = retryAfter
	return e
}
