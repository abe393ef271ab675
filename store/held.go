package store

import (
	"context"

	"github.com/bookgate/bookgate/order"
)

const selectHeld = `SELECT ` + orderColumns + ` FROM orders WHERE held = 1 AND source = $1 AND n > $2 ORDER BY n LIMIT $3`

// heldAtOnce is how many orders are read at once, so that no read lasts long.
const heldAtOnce = 500

// Held gives those that keep takes of the orders of a dialect that wait there and
// are not routed, the real ones before the trials, each oldest first.
func (db *DB) Held(ctx context.Context, dialect string, keep func(*order.Order) bool) (kept []order.Order, err error) {
	for _, trial := range []bool{false, true} {
		for after, more := int64(0), true; more; {
			page, last, err := db.heldPage(ctx, order.SourceOf(dialect, trial), after)
			if err != nil {
				return nil, err
			}
			for i := range page {
				if keep(&page[i]) {
					kept = append(kept, page[i])
				}
			}
			after, more = last, len(page) == heldAtOnce
		}
	}
	return kept, nil
}

// heldPage reads the held orders of a source behind a row, and tells the last row
// that it read.
func (db *DB) heldPage(ctx context.Context, source string, after int64) (orders []order.Order, last int64, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		var r orderRow
		var rows []orderRow
		if err := c.each(ctx, selectHeld, []any{source, after, heldAtOnce}, r.dest(), func() { rows = append(rows, r) }); err != nil {
			return err
		}
		orders = make([]order.Order, len(rows))
		for i, r := range rows {
			if orders[i], _, err = readOrder(ctx, c, r); err != nil {
				return err
			}
			last = r.n
		}
		return nil
	})
	return orders, last, err
}
