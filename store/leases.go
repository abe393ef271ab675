package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/bookgate/bookgate/order"
)

// The rows are chosen first and once. Where writers run side by side %s locks
// them and passes over those that another writer has; the condition stands
// outside as well, so that a row that was chosen and then leased by another is
// not leased again.
//
// $1 is now. A stamp ahead of it was set by a clock that has been set back
// since, and a lease beyond $2 likewise.
const leaseOrders = `WITH due AS MATERIALIZED (SELECT n FROM orders
		WHERE status = 'UNPROCESSED' AND held = 0 AND (lease < $1 OR lease > $2) AND (updated < $3 OR updated > $1) ORDER BY updated LIMIT $4%s)
	UPDATE orders SET lease = $5, leased_by = $6 WHERE n IN (SELECT n FROM due)
		AND status = 'UNPROCESSED' AND held = 0 AND (lease < $1 OR lease > $2) RETURNING n`

// Waiting leases unprocessed orders to the caller; see [order.Store].
func (db *DB) Waiting(ctx context.Context, before, lease time.Time, limit int) (orders []order.Order, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) (err error) {
		orders, err = db.lease(ctx, c, before, lease, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return orders, nil
}

func (db *DB) lease(ctx context.Context, c *conn, before, lease time.Time, limit int) ([]order.Order, error) {
	var rows []int64
	var n int64
	came := db.running.then(db.running.of(before)) // by the clock as it was then
	args := []any{micros(db.now()), micros(lease.Add(2 * maxSkew)), micros(came), limit, micros(lease), db.replica}
	err := c.each(ctx, db.engine.lease, args, []any{&n}, func() { rows = append(rows, n) })
	if err != nil {
		return nil, err
	}
	slices.Sort(rows)
	orders := make([]order.Order, len(rows))
	for i, n := range rows {
		if orders[i], err = loadOrder(ctx, c, n); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(orders, func(a, b order.Order) int {
		return cmp.Or(a.Updated.Compare(b.Updated), cmp.Compare(a.ID, b.ID))
	})
	return orders, nil
}
