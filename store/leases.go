package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/bookgate/bookgate/order"
)

// The condition on the lease stands outside the inner query too: on an engine
// with many writers two of them may have chosen the same row, and the second
// looks at the outer condition again when it gets the row's lock.
const leaseOrders = `UPDATE orders SET lease = $1
	WHERE n IN (SELECT n FROM orders WHERE status = 'UNPROCESSED' AND lease < $2 AND updated < $3 ORDER BY updated LIMIT $4)
	AND status = 'UNPROCESSED' AND lease < $2 RETURNING n`

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
	args := []any{micros(lease), micros(db.now()), micros(before), limit}
	err := c.each(ctx, leaseOrders, args, []any{&n}, func() { rows = append(rows, n) })
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
