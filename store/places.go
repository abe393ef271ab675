package store

import (
	"context"
	"slices"

	"github.com/bookgate/bookgate/order"
)

const (
	insertFeed = `INSERT INTO feed (party, seq, order_n, event, kind, at, side, prev_seq, prev_side)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	insertListing = `INSERT INTO listing (party, side, seq, order_n, id, number, buyer, seller, status, created, updated)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	moveListing = `UPDATE listing SET side = $1, seq = $2, buyer = $3, seller = $4, status = $5, updated = $6
		WHERE order_n = $7 AND party = $8`
	deleteListing = `DELETE FROM listing WHERE order_n = $1 AND party = $2`
	selectListing = `SELECT party, seq, side FROM listing WHERE order_n = $1 ORDER BY party`
)

// place is where an order stands in a party's lists.
type place struct {
	party order.PartyID
	seq   int64
	side  order.Side
}

func selectPlaces(ctx context.Context, c *conn, n int64) (places []place, err error) {
	var p place
	dest := []any{&p.party, &p.seq, &p.side}
	err = c.each(ctx, selectListing, []any{n}, dest, func() { places = append(places, p) })
	return places, err
}

func placeOf(places []place, party order.PartyID) *place {
	i := slices.IndexFunc(places, func(p place) bool { return p.party == party })
	if i < 0 {
		return nil
	}
	return &places[i]
}

// publish tells every party in the order's audience of the events: in the feed
// under the numbers raised for them, and by moving the order to its new place
// in the lists, and by the deliveries that its endpoints want. was are the
// places that it had; a party that sees it no longer loses its place.
func (db *DB) publish(ctx context.Context, c *conn, n int64, o *order.Order, events []order.Event, r raised, was []place) error {
	for i, party := range r.parties {
		before := placeOf(was, party)
		side := o.Side(party)
		if err := insertFeedRows(ctx, c, n, events, r, i, side, before); err != nil {
			return err
		}
		if err := db.deliver(ctx, c, n, o, party, side, events, r.number(i, 0)); err != nil {
			return err
		}
		now := place{party, r.heads[i], side}
		if err := now.write(ctx, c, n, o, before == nil); err != nil {
			return err
		}
	}
	for _, p := range was {
		if slices.Contains(r.parties, p.party) {
			continue
		}
		if _, err := c.exec(ctx, deleteListing, n, string(p.party)); err != nil {
			return err
		}
	}
	return nil
}

// insertFeedRows tells one party of the events. Each row names the place that
// the order left with it, so that a list can be read as it stood before.
func insertFeedRows(ctx context.Context, c *conn, n int64, events []order.Event, r raised, party int, side order.Side, before *place) error {
	for e, ev := range events {
		var prevSeq, prevSide any
		if before != nil {
			prevSeq, prevSide = before.seq, int64(before.side)
		}
		now := place{r.parties[party], r.number(party, e), side}
		_, err := c.exec(ctx, insertFeed, string(now.party), now.seq, n, ev.Number, string(ev.Kind), micros(ev.At), int64(side), prevSeq, prevSide)
		if err != nil {
			return err
		}
		before = &now
	}
	return nil
}

func (p place) write(ctx context.Context, c *conn, n int64, o *order.Order, fresh bool) (err error) {
	if fresh {
		_, err = c.exec(ctx, insertListing, string(p.party), int64(p.side), p.seq, n, string(o.ID), o.Number,
			string(o.Buyer), o.SellerName(), string(o.Status), micros(o.Created), micros(o.Updated))
		return err
	}
	_, err = c.exec(ctx, moveListing, int64(p.side), p.seq, string(o.Buyer), o.SellerName(), string(o.Status), micros(o.Updated), n, string(p.party))
	return err
}
