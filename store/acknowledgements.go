package store

import (
	"context"

	"github.com/bookgate/bookgate/order"
)

const (
	// lockHead reads a party's head and keeps it, and with it whoever else
	// acknowledges for the party, until the commit.
	lockHead = `UPDATE heads SET seq = seq WHERE party = $1 RETURNING seq, at`

	selectAcknowledged    = `SELECT through, at FROM acknowledgements WHERE party = $1 ORDER BY through DESC LIMIT 1`
	insertAcknowledgement = `INSERT INTO acknowledgements (party, through, at, actor, via) VALUES ($1, $2, $3, $4, $5)`

	// When a party acknowledged what it was told of the events of an order, 0
	// for what it has not. The time of an event is its place in the feed.
	selectFetched = `SELECT e.number, COALESCE((SELECT a.at FROM acknowledgements a
			WHERE a.party = $1 AND a.through >= f.seq ORDER BY a.through LIMIT 1), 0)
		FROM events e CROSS JOIN feed f
		WHERE e.order_n = $2 AND f.party = $1 AND f.at = e.at AND f.order_n = e.order_n AND f.event = e.number`
)

// Acknowledge keeps how far a party has read its feed; see [order.Store].
func (db *DB) Acknowledge(ctx context.Context, a order.Acknowledgement) error {
	return db.write(ctx, func(ctx context.Context, c *conn) error { return acknowledge(ctx, c, a) })
}

// acknowledge keeps a time that is behind the changes and the acknowledgements
// before it, also when a clock has been set back.
func acknowledge(ctx context.Context, c *conn, a order.Acknowledgement) error {
	var head, changed int64
	if _, err := c.get(ctx, lockHead, []any{string(a.Party)}, &head, &changed); err != nil {
		return err
	}
	if a.Through > head {
		return order.Errorf(order.Invalid, "ack-ahead", "Number %d was acknowledged, and the newest change of party %s has number %d.", a.Through, a.Party, head).
			WithHint("Acknowledge the number of the last change that you have read. The store may have been restored from a backup: then read the feed again with after=%d.", head).
			WithField(order.Field{Pointer: "/through"})
	}
	var last, at int64
	if _, err := c.get(ctx, selectAcknowledged, []any{string(a.Party)}, &last, &at); err != nil || a.Through <= last {
		return err
	}
	_, err := c.exec(ctx, insertAcknowledgement, string(a.Party), a.Through, max(micros(a.At), changed, at), a.Actor, a.Via)
	return err
}

// tellFetched sets when a receiver acknowledged each of an order's events.
func tellFetched(ctx context.Context, c *conn, n int64, receiver order.PartyID, events []order.Event) error {
	var number int
	var at int64
	fetched := make(map[int]int64, len(events))
	err := c.each(ctx, selectFetched, []any{string(receiver), n}, []any{&number, &at}, func() { fetched[number] = at })
	for i := range events {
		events[i].Fetched = fromMicros(fetched[events[i].Number])
	}
	return err
}
