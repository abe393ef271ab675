package store

import (
	"context"

	"github.com/bookgate/bookgate/order"
)

const (
	insertEvent = `INSERT INTO events (order_n, number, kind, at, revision, line, from_status, to_status, party, actor, via, text)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	selectEvents = `SELECT number, kind, at, revision, line, from_status, to_status, party, actor, via, text
		FROM events WHERE order_n = $1 ORDER BY number`
	selectLastEvent = `SELECT number FROM events WHERE order_n = $1 ORDER BY number DESC LIMIT 1`
)

func insertEvents(ctx context.Context, c *conn, n int64, events []order.Event) error {
	for _, e := range events {
		_, err := c.exec(ctx, insertEvent, n, e.Number, string(e.Kind), micros(e.At), e.Revision, e.Line,
			string(e.From), string(e.To), string(e.Party), e.Actor, e.Via, e.Text)
		if err != nil {
			return err
		}
	}
	return nil
}

// countEvents gives the number of the last event, which counts them.
func countEvents(ctx context.Context, c *conn, n int64) (count int, err error) {
	_, err = c.get(ctx, selectLastEvent, []any{n}, &count)
	return count, err
}

// History gives the events of a visible order; see [order.Store].
func (db *DB) History(ctx context.Context, viewer order.PartyID, id order.ID) (events []order.Event, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		r, err := seenOrder(ctx, c, viewer, id)
		if err != nil {
			return err
		}
		if events, err = readEvents(ctx, c, r.n); err != nil {
			return err
		}
		if o := r.outline(); o.Side(viewer)&order.Sending != 0 {
			return tellFetched(ctx, c, r.n, o.Seller, events)
		}
		return nil
	})
	return events, err
}

func readEvents(ctx context.Context, c *conn, n int64) (events []order.Event, err error) {
	var e order.Event
	var at int64
	dest := []any{&e.Number, &e.Kind, &at, &e.Revision, &e.Line, &e.From, &e.To, &e.Party, &e.Actor, &e.Via, &e.Text}
	err = c.each(ctx, selectEvents, []any{n}, dest, func() {
		e.At = fromMicros(at)
		events = append(events, e)
	})
	return events, err
}
