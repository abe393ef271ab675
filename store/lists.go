package store

import (
	"context"
	"math"

	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/order"
)

// The rows of a list are those of one party and up to three sides: an order
// that a party sends to itself has the side 3 (both), so every order is one
// row in every mode. Each side is a range of the table's own key; the engine
// merges them.
const (
	listColumns = `id, number, buyer, seller, status, created, updated`

	selectLive = `SELECT seq, ` + listColumns + ` FROM listing WHERE party = $1 AND side = $2 AND seq > $3 AND seq <= $4
		UNION ALL SELECT seq, ` + listColumns + ` FROM listing WHERE party = $1 AND side = $5 AND seq > $3 AND seq <= $4
		UNION ALL SELECT seq, ` + listColumns + ` FROM listing WHERE party = $1 AND side = $6 AND seq > $3 AND seq <= $4
		ORDER BY 1 LIMIT $7`

	// The same for PostgreSQL, which sees only by the inner orders that it can
	// merge; to SQLite they cost a tenth of the page.
	selectLiveMerged = `SELECT * FROM (SELECT seq, ` + listColumns + ` FROM listing WHERE party = $1 AND side = $2 AND seq > $3 AND seq <= $4 ORDER BY seq) a
		UNION ALL SELECT * FROM (SELECT seq, ` + listColumns + ` FROM listing WHERE party = $1 AND side = $5 AND seq > $3 AND seq <= $4 ORDER BY seq) b
		UNION ALL SELECT * FROM (SELECT seq, ` + listColumns + ` FROM listing WHERE party = $1 AND side = $6 AND seq > $3 AND seq <= $4 ORDER BY seq) c
		ORDER BY 1 LIMIT $7`

	// The orders that have left their place since a change number: the feed
	// row of that first move names the place, the listing shows the order as
	// it is now.
	selectMoved = `SELECT f.prev_seq, l.id, l.number, l.buyer, l.seller, l.status, l.created, l.updated
		FROM feed f CROSS JOIN listing l
		WHERE f.party = $1 AND f.prev_seq > $2 AND f.prev_seq <= $3 AND f.seq > $4 AND (f.prev_side & $5) <> 0
		AND l.order_n = f.order_n AND l.party = $1 AND (l.side & $5) <> 0
		ORDER BY f.prev_seq LIMIT $6`

	// Times and change numbers of a party rise together, so a time is a place
	// in the lists: what came before it ends with this number.
	selectBefore = `SELECT seq FROM feed WHERE party = $1 AND at < $2 ORDER BY at DESC LIMIT 1`
)

// view is what a mode shows: the values of side that it takes in, and the side
// that they have in common. No row has the side Outside.
type view struct {
	sides [3]order.Side
	mask  order.Side
}

func viewOf(m order.Mode) (v view, ok bool) {
	const both = order.Sending | order.Receives
	switch m {
	case order.SentByMe:
		return view{[3]order.Side{order.Sending, both, order.Outside}, order.Sending}, true
	case order.SentToMe:
		return view{[3]order.Side{order.Receives, both, order.Outside}, order.Receives}, true
	case order.All:
		return view{[3]order.Side{order.Sending, order.Receives, both}, both}, true
	}
	return v, false
}

// List gives one page of what a party sees; see [order.Store].
func (db *DB) List(ctx context.Context, q order.Query) (page order.Page, err error) {
	v, ok := viewOf(q.Mode)
	if !ok {
		return page, order.Errorf(order.Invalid, "mode-invalid", "%q is not a mode of a list.", order.Cut(string(q.Mode)))
	}
	if q.Limit < 1 || q.Limit > order.MaxPage {
		return page, order.Errorf(order.Invalid, "pagesize-invalid", "A page of %d orders was asked for; 1 to %d can be had.", q.Limit, order.MaxPage)
	}
	err = db.read(ctx, func(ctx context.Context, c *conn) (err error) {
		page, err = db.listPage(ctx, c, q, v)
		return err
	})
	return page, err
}

func (db *DB) listPage(ctx context.Context, c *conn, q order.Query, v view) (page order.Page, err error) {
	page.Next = q.After
	after := q.After
	if !q.Since.IsZero() {
		var before int64
		if _, err := c.get(ctx, selectBefore, []any{string(q.Party), micros(q.Since)}, &before); err != nil {
			return page, err
		}
		after = max(after, before)
	}
	// One row more than asked for tells whether there is more.
	items, err := db.selectPage(ctx, c, q, v, after, q.Limit+1)
	if err != nil {
		return page, err
	}
	if page.More = len(items) > q.Limit; page.More {
		items = items[:q.Limit]
	}
	if page.Items = items; len(items) > 0 {
		page.Next = items[len(items)-1].Change
	}
	if page.More && plant.On(plant.LatePage) {
		page.Next++
	}
	return page, nil
}

func (db *DB) selectPage(ctx context.Context, c *conn, q order.Query, v view, after int64, limit int) ([]order.Item, error) {
	through := q.Through
	if through == 0 {
		through = math.MaxInt64
	}
	live, err := selectItems(ctx, c, limit, db.engine.live, string(q.Party), int64(v.sides[0]), after, through, int64(v.sides[1]), int64(v.sides[2]), limit)
	if err != nil || q.Through == 0 {
		return live, err
	}
	var head int64
	if _, err := c.get(ctx, selectHead, []any{string(q.Party)}, &head); err != nil || head <= through {
		return live, err
	}
	upper := through
	if len(live) == limit {
		upper = live[limit-1].Change
	}
	moved, err := selectItems(ctx, c, limit, selectMoved, string(q.Party), after, upper, through, int64(v.mask), limit)
	return mergeItems(live, moved, limit), err
}

// mergeItems joins two lists in the order of their change numbers. An order is
// in one of them only, and so is a number.
func mergeItems(a, b []order.Item, limit int) []order.Item {
	if len(b) == 0 {
		return a
	}
	merged := make([]order.Item, 0, min(limit, len(a)+len(b)))
	for len(merged) < limit && len(a)+len(b) > 0 {
		from := &a
		if len(a) == 0 || len(b) > 0 && b[0].Change < a[0].Change {
			from = &b
		}
		merged = append(merged, (*from)[0])
		*from = (*from)[1:]
	}
	return merged
}

func selectItems(ctx context.Context, c *conn, limit int, query string, args ...any) (items []order.Item, err error) {
	var change, created, updated int64
	var id, number, buyer, seller, status string
	dest := []any{&change, &id, &number, &buyer, &seller, &status, &created, &updated}
	err = c.each(ctx, query, args, dest, func() {
		if items == nil {
			items = make([]order.Item, 0, limit)
		}
		items = append(items, order.Item{
			Change: change, ID: order.ID(id), Number: number, Buyer: order.PartyID(buyer), Seller: seller,
			Status: order.Status(status), Created: fromMicros(created), Updated: fromMicros(updated),
		})
	})
	return items, err
}
