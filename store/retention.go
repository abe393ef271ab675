package store

import (
	"context"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"
)

const (
	selectOld = `SELECT n, id, updated FROM orders WHERE retired = 0 AND updated >= $1 AND updated < $2
		ORDER BY updated, n LIMIT $3`
	selectTwins = `SELECT n, id, updated FROM orders WHERE retired = 0 AND updated = $1 AND n > $2 ORDER BY n`

	retireOrder = `UPDATE orders
		SET retired = $1, routing = '', reason = '', summary = '', header = '', kept = '', subject = '', facts = '',
		findings = '', held = 0 WHERE n = $2`
	deleteDoc   = `DELETE FROM documents WHERE order_n = $1`
	deleteLine  = `DELETE FROM lines WHERE order_n = $1`
	deleteEvent = `DELETE FROM events WHERE order_n = $1`
	deletePlace = `DELETE FROM listing WHERE order_n = $1`
)

// RetireOrders takes finished orders whose last change lies before the given
// instant out of keeping. Their lines, documents, events, places in lists and
// the endpoints of each alone go; the row stays as a skeleton, so that the
// number stays taken, and so does the feed, so that change numbers stay dense.
//
// It looks at up to limit orders in one transaction, from place on: the time of
// a last change in microseconds, behind which all has been looked at. next is
// the place to go on from, and not less than before when nothing is left. An
// order that is not finished stays; when it is changed it comes again with its
// new time. SQLite uses the freed pages for what comes next, and the file does
// not shrink.
func (db *DB) RetireOrders(ctx context.Context, before time.Time, place int64, limit int) (next int64, done int,
	err error) {
	at := sqldb.Micros(db.now())
	return db.pass(ctx, before, place, limit, func(ctx context.Context, c *sqldb.Conn, n int64) (bool, error) {
		return true, retire(ctx, c, n, at)
	})
}

// DropDocuments takes the bytes of the documents of finished orders out of
// keeping; size and digest stay. It works as RetireOrders does.
func (db *DB) DropDocuments(ctx context.Context, before time.Time, place int64, limit int) (next int64, done int,
	err error) {
	at := sqldb.Micros(db.now())
	return db.pass(ctx, before, place, limit, func(ctx context.Context, c *sqldb.Conn, n int64) (bool, error) {
		dropped, err := drop(ctx, c, n, at)
		return dropped > 0, err
	})
}

// retire empties an order's row and deletes what belongs to it. The row comes
// first: the trigger that guards the events looks at it.
func retire(ctx context.Context, c *sqldb.Conn, n, at int64) error {
	if _, err := c.Exec(ctx, retireOrder, at, n); err != nil {
		return err
	}
	for _, query := range []string{deleteCorruptOf, deleteDoc, deleteLine, deleteEvent, deletePlace} {
		if _, err := c.Exec(ctx, query, n); err != nil {
			return err
		}
	}
	return dropCallbacks(ctx, c, n)
}

// old is an order that was last changed long ago.
type old struct {
	n, updated int64
	id         string
}

// pass runs take on the finished ones among the next old orders and counts
// those that it did something to.
func (db *DB) pass(ctx context.Context, before time.Time, place int64, limit int,
	take func(context.Context, *sqldb.Conn, int64) (bool, error)) (next int64, done int, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		done = 0 // this may run more than once
		orders, through, err := selectOldOrders(ctx, c, sqldb.Micros(before), place, limit)
		if err != nil {
			return err
		}
		next = through
		for _, o := range orders {
			finished, err := db.stillFinished(ctx, c, o)
			if err != nil {
				return err
			}
			if !finished {
				continue
			}
			did, err := take(ctx, c, o.n)
			if err != nil {
				return err
			}
			if did {
				done++
			}
		}
		return nil
	})
	if err != nil {
		return place, 0, err
	}
	return next, done, nil
}

// selectOldOrders returns the next orders and the place behind them. Orders that
// were changed in the same instant stay together: the place is between two.
func selectOldOrders(ctx context.Context, c *sqldb.Conn, before, place int64, limit int) (orders []old, next int64,
	err error) {
	var o old
	add := func() { orders = append(orders, o) }
	dest := []any{&o.n, &o.id, &o.updated}
	if err := c.Each(ctx, selectOld, []any{place, before, limit}, dest, add); err != nil {
		return nil, 0, err
	}
	if len(orders) < limit {
		return orders, max(place, before), nil
	}
	last := orders[len(orders)-1]
	err = c.Each(ctx, selectTwins, []any{last.updated, last.n}, dest, add)
	return orders, last.updated + 1, err
}

// stillFinished loads an order, locked where writers run side by side, and
// asks the rule. One that was changed since it was found comes again.
func (db *DB) stillFinished(ctx context.Context, c *sqldb.Conn, o old) (bool, error) {
	var row orderRow
	found, err := c.Get(ctx, db.queries.selectForUpdate, []any{o.id}, row.dest()...)
	if err != nil || !found || row.updated != o.updated || row.retired != 0 {
		return false, err
	}
	whole, _, err := readOrder(ctx, c, row)
	return whole.Finished(), err
}

// The jobs of retention, as the table chores names them.
const (
	RetireJob   = "retire-orders"
	DropJob     = "drop-documents"
	LeftoverJob = "count-unfinished"
)

// What lies behind the place that retiring has come to stays because it is
// not finished.
const countLeft = `SELECT count(*) FROM orders WHERE retired = 0 AND updated < $1
	AND updated < (SELECT place FROM chores WHERE name = $2)`

// Bounds of one run of a retention job: a transaction of a batch is over in
// a moment, and a run long before its lease.
const (
	retentionBatch   = 50
	retentionBatches = 200
)

// Retiring is the work of the job RetireJob: it retires what was last
// changed longer ago than keep.
func (db *DB) Retiring(keep time.Duration) func(ctx context.Context, place int64) (int64, error) {
	return db.aging(keep, "old orders were taken out of keeping", db.RetireOrders)
}

// Dropping is the work of the job DropJob.
func (db *DB) Dropping(keep time.Duration) func(ctx context.Context, place int64) (int64, error) {
	return db.aging(keep, "the documents of old orders were taken out of keeping", db.DropDocuments)
}

// aging runs batch after batch until nothing is left or the run is long enough.
// What was done stays done when a later batch fails.
func (db *DB) aging(keep time.Duration, said string,
	batch func(context.Context, time.Time, int64, int) (int64, int, error),
) func(context.Context, int64) (int64, error) {
	return func(ctx context.Context, place int64) (int64, error) {
		before, total := db.now().Add(-keep), 0
		for range retentionBatches {
			next, done, err := batch(ctx, before, place, retentionBatch)
			if err != nil {
				return place, err
			}
			place, total = next, total+done
			if place >= sqldb.Micros(before) {
				break
			}
		}
		if total > 0 {
			db.log.InfoContext(ctx, said, "orders", total, "before", before.UTC())
		}
		return place, nil
	}
}

// Leftovers is the work of the job LeftoverJob, once a day: it logs how
// many old orders stay because they are not finished.
func (db *DB) Leftovers(keep time.Duration) func(ctx context.Context, place int64) (int64, error) {
	return func(ctx context.Context, place int64) (int64, error) {
		before := db.now().Add(-keep)
		n, err := db.countLeft(ctx, before)
		if err == nil && n > 0 {
			db.log.WarnContext(ctx, "old orders are retained because they are not finished", "orders", n,
				"before", before.UTC())
		}
		return place, err
	}
}

func (db *DB) countLeft(ctx context.Context, before time.Time) (n int64, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Get(ctx, countLeft, []any{sqldb.Micros(before), RetireJob}, &n)
		return err
	})
	return n, err
}
