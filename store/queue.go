package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// The rows are chosen first and once. Where writers run side by side %s locks
// them and passes over those that another writer has; the condition stands
// outside as well, so that a row that was chosen and then leased by another is
// not leased again.
//
// $1 is now, and a lease beyond $2 is of a clock that has been set back since. What
// the clock has shown while orders must wait is from $3 to $4 and, since it was set
// in that time, from $5 to $6. A stamp that is ahead of all that says nothing of
// its age.
const leaseOrders = `WITH due AS MATERIALIZED (SELECT n FROM orders
		WHERE status = 'UNPROCESSED' AND held = 0 AND (lease < $1 OR lease > $2) AND (updated < $3 OR updated > $4)
		AND (updated < $5 OR updated > $6) ORDER BY updated LIMIT $7%s)
	UPDATE orders SET lease = $8, leased_by = $9 WHERE n IN (SELECT n FROM due)
		AND status = 'UNPROCESSED' AND held = 0 AND (lease < $1 OR lease > $2) RETURNING n`

// Waiting leases unprocessed orders to the caller; see [order.Store].
func (db *DB) Waiting(ctx context.Context, before, lease time.Time, limit int) (orders []order.Order, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		orders, err = db.lease(ctx, c, before, lease, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return orders, nil
}

func (db *DB) lease(ctx context.Context, c *sqldb.Conn, before, lease time.Time, limit int) ([]order.Order, error) {
	var rows []int64
	var n int64
	fresh := db.running.shown(before) // stamps that are too new
	args := []any{sqldb.Micros(db.now()), sqldb.Micros(lease.Add(2 * sqldb.MaxSkew)), fresh[0][0], fresh[0][1],
		fresh[1][0], fresh[1][1], limit, sqldb.Micros(lease), db.replica}
	err := c.Each(ctx, db.queries.leasePending, args, []any{&n}, func() { rows = append(rows, n) })
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
