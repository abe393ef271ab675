package store

import (
	"context"

	"github.com/bookgate/bookgate/order"
)

const selectHeld = `SELECT ` + orderColumns + ` FROM orders WHERE held = 1 AND source IN ($1, $2) ORDER BY source, n LIMIT $3`

// MaxHeld is how many orders Held gives: far more than people decide about.
const MaxHeld = 10_000

// Held gives the orders of a dialect that wait there and are not routed, the
// real ones before the trials, each oldest first, up to MaxHeld.
func (db *DB) Held(ctx context.Context, dialect string) (orders []order.Order, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		var r orderRow
		var rows []orderRow
		args := []any{order.SourceOf(dialect, false), order.SourceOf(dialect, true), MaxHeld}
		if err := c.each(ctx, selectHeld, args, r.dest(), func() { rows = append(rows, r) }); err != nil {
			return err
		}
		orders = make([]order.Order, len(rows))
		for i, r := range rows {
			if orders[i], _, err = readOrder(ctx, c, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return orders, nil
}
