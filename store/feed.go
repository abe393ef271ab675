package store

import (
	"context"

	"github.com/bookgate/bookgate/order"
)

// selectFeed takes the sides of the order as it is now, because they decide
// whether the party still sees it. The events of an order that was taken out
// of keeping may be gone; its changes keep their numbers.
const selectFeed = `SELECT f.seq, f.event, f.kind, f.at, f.side, o.id, o.number, o.sender, o.buyer, o.seller, o.status, o.purpose, o.retired,
		COALESCE(e.line, 0), COALESCE(e.from_status, ''), COALESCE(e.to_status, '')
	FROM feed f CROSS JOIN orders o LEFT JOIN events e ON e.order_n = f.order_n AND e.number = f.event
	WHERE f.party = $1 AND f.seq > $2 AND o.n = f.order_n ORDER BY f.seq LIMIT $3`

// feedRow is a row of the feed with what is needed of its order and event.
type feedRow struct {
	order  orderRow
	change order.Change
	at     int64

	retired int64 // when the order was taken out of storage, or 0
}

func (r *feedRow) dest() []any {
	o, c := &r.order, &r.change
	return []any{&c.Number, &c.Event, &c.Kind, &r.at, &c.Side, &o.id, &o.number, &o.sender, &o.buyer, &o.seller, &o.status, &o.purpose, &r.retired,
		&c.Line, &c.From, &c.To}
}

// shown is the change as the party may see it now.
func (r *feedRow) shown(party order.PartyID) order.Change {
	at := fromMicros(r.at)
	if o := r.order.outline(); o.Side(party) == order.Outside {
		return order.Change{Number: r.change.Number, Kind: order.EventHidden, At: at}
	}
	c := r.change
	c.Order, c.OrderNumber, c.At, c.Retired = order.ID(r.order.id), r.order.number, at, r.retired != 0
	return c
}

// Feed gives a page of a party's changes; see [order.Store].
func (db *DB) Feed(ctx context.Context, q order.FeedQuery) (page order.FeedPage, err error) {
	if q.Limit < 1 || q.Limit > order.MaxPage {
		return page, order.Errorf(order.Invalid, "pagesize-invalid", "A page of %d changes was asked for; 1 to %d can be had.", q.Limit, order.MaxPage)
	}
	err = db.read(ctx, func(ctx context.Context, c *conn) (err error) {
		page, err = feedPage(ctx, c, q)
		return err
	})
	return page, err
}

// feedPage costs a reader that has everything two looks into an index.
func feedPage(ctx context.Context, c *conn, q order.FeedQuery) (page order.FeedPage, err error) {
	party := string(q.Party)
	if _, err := c.get(ctx, selectHead, []any{party}, &page.Head); err != nil {
		return page, err
	}
	if _, err := c.get(ctx, selectAcknowledged, []any{party}, &page.Acknowledged, new(int64)); err != nil || q.After >= page.Head {
		return page, err
	}
	var row feedRow
	err = c.each(ctx, selectFeed, []any{party, q.After, q.Limit}, row.dest(), func() {
		page.Changes = append(page.Changes, row.shown(q.Party))
	})
	if n := len(page.Changes); n > 0 {
		page.More = page.Changes[n-1].Number < page.Head
	}
	return page, err
}
