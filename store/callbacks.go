package store

import (
	"context"
	"slices"
	"time"
)

// Endpoints of one order alone go with it: their addresses, and the answers
// that came from there, may tell of a person.
const (
	selectCallbacks = `SELECT n FROM endpoints WHERE scope = (SELECT id FROM orders WHERE n = $1) ORDER BY n`
	selectStrays    = `SELECT n FROM endpoints WHERE scope <> '' AND created >= $1 AND created < $2
		AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = endpoints.scope) ORDER BY created LIMIT $3`
	deleteLinksOf = `DELETE FROM links WHERE delivery IN (SELECT id FROM deliveries WHERE endpoint_n = $1)`
)

// dropCallbacks deletes the endpoints of one order, given by its row.
func dropCallbacks(ctx context.Context, c *conn, orderN int64) error {
	rows, err := endpointRows(ctx, c, selectCallbacks, orderN)
	if err != nil {
		return err
	}
	return dropEndpoints(ctx, c, rows)
}

// TrimCallbacks deletes endpoints whose order never came; see [webhook.Store].
func (db *DB) TrimCallbacks(ctx context.Context, since, before time.Time, limit int) (dropped int64, err error) {
	var strays []int64
	find := func(ctx context.Context, c *conn) (err error) {
		strays, err = endpointRows(ctx, c, selectStrays, micros(since), micros(before), limit)
		return err
	}
	// There are hardly ever any, and looking for them keeps no writer waiting.
	if err := db.read(ctx, find); err != nil || len(strays) == 0 {
		return 0, err
	}
	err = db.write(ctx, func(ctx context.Context, c *conn) error {
		if err := find(ctx, c); err != nil {
			return err
		}
		dropped = int64(len(strays))
		return dropEndpoints(ctx, c, strays)
	})
	if err != nil {
		return 0, err
	}
	return dropped, nil
}

// endpointRows gives the rows of endpoints that a query finds, in the order in
// which claims lock them.
func endpointRows(ctx context.Context, c *conn, query string, args ...any) (rows []int64, err error) {
	var n int64
	err = c.each(ctx, query, args, []any{&n}, func() { rows = append(rows, n) })
	slices.Sort(rows)
	return rows, err
}

// dropEndpoints locks endpoints, as claims do before they touch a delivery, and
// deletes them.
func dropEndpoints(ctx context.Context, c *conn, rows []int64) error {
	for _, n := range rows {
		var e endpointRow
		if _, err := c.get(ctx, lockEndpointByN, []any{n}, e.dest()...); err != nil {
			return err
		}
		if err := dropEndpoint(ctx, c, n); err != nil {
			return err
		}
	}
	return nil
}

// dropEndpoint deletes a locked endpoint and all that belongs to it.
func dropEndpoint(ctx context.Context, c *conn, n int64) error {
	for _, query := range []string{deleteLinksOf, deleteAttemptsOf, deleteDeliveriesOf, deleteEndpoint} {
		if _, err := c.exec(ctx, query, n); err != nil {
			return err
		}
	}
	return nil
}
