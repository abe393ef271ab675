package store

import (
	"context"
	"math"
	"slices"

	"github.com/bookgate/bookgate/store/internal/sqldb"

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
	selectLiveMerged = `SELECT * FROM (SELECT seq, ` + listColumns +
		` FROM listing WHERE party = $1 AND side = $2 AND seq > $3 AND seq <= $4 ORDER BY seq) a
		UNION ALL SELECT * FROM (SELECT seq, ` + listColumns +
		` FROM listing WHERE party = $1 AND side = $5 AND seq > $3 AND seq <= $4 ORDER BY seq) b
		UNION ALL SELECT * FROM (SELECT seq, ` + listColumns +
		` FROM listing WHERE party = $1 AND side = $6 AND seq > $3 AND seq <= $4 ORDER BY seq) c
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
	sides [3]order.Role
	mask  order.Role
}

func viewOf(m order.Mode) (v view, ok bool) {
	const both = order.RoleSender | order.RoleReceiver
	switch m {
	case order.SentByMe:
		return view{[3]order.Role{order.RoleSender, both, order.RoleNone}, order.RoleSender}, true
	case order.SentToMe:
		return view{[3]order.Role{order.RoleReceiver, both, order.RoleNone}, order.RoleReceiver}, true
	case order.All:
		return view{[3]order.Role{order.RoleSender, order.RoleReceiver, both}, both}, true
	}
	return v, false
}

// List returns one page of what a party sees; see [order.Store].
func (db *DB) List(ctx context.Context, q order.Query) (page order.Page, err error) {
	v, ok := viewOf(q.Mode)
	if !ok {
		return page, order.Errorf(order.Invalid, "mode-invalid", "%q is not a mode of a list.",
			order.Truncate(string(q.Mode)))
	}
	if q.Limit < 1 || q.Limit > order.MaxPage {
		return page, order.Errorf(order.Invalid, "pagesize-invalid",
			"A page of %d orders was asked for; 1 to %d can be had.", q.Limit, order.MaxPage)
	}
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		page, err = db.listPage(ctx, c, q, v)
		return err
	})
	return page, err
}

func (db *DB) listPage(ctx context.Context, c *sqldb.Conn, q order.Query, v view) (page order.Page, err error) {
	page.Next = q.After
	after := q.After
	if !q.Since.IsZero() {
		var before int64
		if _, err := c.Get(ctx, selectBefore, []any{string(q.Party), sqldb.Micros(q.Since)}, &before); err != nil {
			return page, err
		}
		after = max(after, before)
	}
	// One row more than asked for shows whether there is more.
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
	if page.More && plant.Enabled && plant.On(plant.LatePage) {
		page.Next++
	}
	return page, nil
}

func (db *DB) selectPage(ctx context.Context, c *sqldb.Conn, q order.Query, v view, after int64,
	limit int) ([]order.Item, error) {
	through := q.Through
	if through == 0 {
		through = math.MaxInt64
	}
	live, err := selectItems(ctx, c, limit, db.queries.selectList, string(q.Party), int64(v.sides[0]), after, through,
		int64(v.sides[1]), int64(v.sides[2]), limit)
	if err != nil || q.Through == 0 {
		return live, err
	}
	var head int64
	if _, err := c.Get(ctx, selectHead, []any{string(q.Party)}, &head); err != nil || head <= through {
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

func selectItems(ctx context.Context, c *sqldb.Conn, limit int, query string, args ...any) (items []order.Item,
	err error) {
	var change, created, updated int64
	var id, number, buyer, seller, status string
	dest := []any{&change, &id, &number, &buyer, &seller, &status, &created, &updated}
	err = c.Each(ctx, query, args, dest, func() {
		if items == nil {
			items = make([]order.Item, 0, limit)
		}
		items = append(items, order.Item{
			Change: change, ID: order.ID(id), Number: number, Buyer: order.PartyID(buyer), Seller: seller,
			Status: order.Status(status), Created: sqldb.FromMicros(created), Updated: sqldb.FromMicros(updated),
		})
	})
	return items, err
}

// Of the orders that a party sent by one dialect all are found, or those of one
// subject, which the index then returns in their order.
const (
	foundAll = ` FROM orders WHERE sender = $1 AND source = $2 AND retired = 0`
	foundOf  = ` FROM orders WHERE sender = $1 AND source = $2 AND subject = $3 AND retired = 0`

	selectNewest   = `SELECT ` + orderColumns + foundAll + ` ORDER BY n DESC LIMIT $3 OFFSET $4`
	selectOldest   = `SELECT ` + orderColumns + foundAll + ` ORDER BY n LIMIT $3 OFFSET $4`
	selectNewestOf = `SELECT ` + orderColumns + foundOf + ` ORDER BY n DESC LIMIT $4 OFFSET $5`
	selectOldestOf = `SELECT ` + orderColumns + foundOf + ` ORDER BY n LIMIT $4 OFFSET $5`
	countFound     = `SELECT count(*)` + foundAll
	countFoundOf   = `SELECT count(*)` + foundOf

	selectTitles = `SELECT l.order_n, l.detail FROM orders o JOIN lines l ON l.order_n = o.n
		WHERE o.sender = $1 AND o.source = $2 AND o.n >= $3 AND o.n <= $4 AND ($5 = '' OR o.subject = $5)
		ORDER BY l.order_n, l.place`
)

// Find returns the orders that a query asks for; see [order.Store].
func (db *DB) Find(ctx context.Context, q order.FindQuery) (orders []order.Order, count int64, err error) {
	q.Offset, q.Limit = max(q.Offset, 0), min(max(q.Limit, 0), order.MaxPage)
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		rows, n, err := find(ctx, c, q)
		if err != nil {
			return err
		}
		orders, count = make([]order.Order, len(rows)), n
		for i, r := range rows {
			if orders[i], _, err = readOrder(ctx, c, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return orders, count, nil
}

// find returns the rows of a page and the count of all. A number or a text is
// looked for among rows that were read, all else by the database.
func find(ctx context.Context, c *sqldb.Conn, q order.FindQuery) (rows []orderRow, count int64, err error) {
	switch {
	case q.Number != "":
		rows, err = numbered(ctx, c, q)
	case q.Text != "":
		rows, err = selectFound(ctx, c,
			order.FindQuery{Sender: q.Sender, Source: q.Source, CustomerRef: q.CustomerRef, Limit: order.MaxFound})
		if q.Oldest {
			slices.Reverse(rows)
		}
	default:
		if count, err = countAll(ctx, c, q); err != nil || q.Limit == 0 {
			return nil, count, err
		}
		rows, err = selectFound(ctx, c, q)
		return rows, count, err
	}
	if err == nil && q.Text != "" {
		rows, err = mentioning(ctx, c, q, rows)
	}
	count = int64(len(rows))
	first := min(q.Offset, len(rows))
	return rows[first:min(first+q.Limit, len(rows))], count, err
}

// numbered returns the one order of a number, if it is among those asked for.
func numbered(ctx context.Context, c *sqldb.Conn, q order.FindQuery) ([]orderRow, error) {
	var n int64
	found, err := c.Get(ctx, selectOrderNumber, []any{string(q.Sender), q.Source, q.Number}, &n)
	if err != nil || !found {
		return nil, err
	}
	var r orderRow
	if _, err := c.Get(ctx, selectOrder, []any{n}, r.dest()...); err != nil {
		return nil, err
	}
	if r.retired != 0 || q.CustomerRef != "" && r.subject != q.CustomerRef {
		return nil, nil
	}
	return []orderRow{r}, nil
}

func countAll(ctx context.Context, c *sqldb.Conn, q order.FindQuery) (count int64, err error) {
	query, args := countFound, []any{string(q.Sender), q.Source}
	if q.CustomerRef != "" {
		query, args = countFoundOf, append(args, q.CustomerRef)
	}
	_, err = c.Get(ctx, query, args, &count)
	return count, err
}

func selectFound(ctx context.Context, c *sqldb.Conn, q order.FindQuery) (rows []orderRow, err error) {
	query, args := selectNewest, []any{string(q.Sender), q.Source}
	switch {
	case q.CustomerRef != "" && q.Oldest:
		query = selectOldestOf
	case q.CustomerRef != "":
		query = selectNewestOf
	case q.Oldest:
		query = selectOldest
	}
	if q.CustomerRef != "" {
		args = append(args, q.CustomerRef)
	}
	var r orderRow
	err = c.Each(ctx, query, append(args, q.Limit, q.Offset), r.dest(), func() { rows = append(rows, r) })
	return rows, err
}

// mentioning leaves the orders in which the text stands.
func mentioning(ctx context.Context, c *sqldb.Conn, q order.FindQuery, rows []orderRow) ([]orderRow, error) {
	titles, err := titlesOf(ctx, c, q, rows)
	if err != nil {
		return nil, err
	}
	var found []orderRow
	for _, r := range rows {
		var header order.Header
		if err := fromJSON(r.header, &header); err != nil {
			return nil, err
		}
		if q.Mentions(r.number, &header, titles[r.n]) {
			found = append(found, r)
		}
	}
	return found, nil
}

// titlesOf returns the titles of the lines of orders, by the order's row.
func titlesOf(ctx context.Context, c *sqldb.Conn, q order.FindQuery, rows []orderRow) (map[int64][]string, error) {
	titles := map[int64][]string{}
	if len(rows) == 0 {
		return titles, nil
	}
	first, last := rows[0].n, rows[0].n
	for _, r := range rows {
		first, last = min(first, r.n), max(last, r.n)
	}
	var n int64
	var detail string
	err := c.Walk(ctx, selectTitles, []any{string(q.Sender), q.Source, first, last, q.CustomerRef}, []any{&n, &detail},
		func() error {
			var d struct{ Title string }
			if err := fromJSON(detail, &d); err != nil {
				return err
			}
			titles[n] = append(titles[n], d.Title)
			return nil
		})
	return titles, err
}

const selectHeld = `SELECT ` + orderColumns +
	` FROM orders WHERE held = 1 AND source = $1 AND n > $2 ORDER BY n LIMIT $3`

// heldPageSize is how many orders are read at once, so that no read lasts long.
const heldPageSize = 500

// Held returns those that keep accepts of the orders of a dialect that wait there and
// are not routed, live ones before test orders, each oldest first.
func (db *DB) Held(ctx context.Context, dialect string, keep func(*order.Order) bool) (found []order.Order, err error) {
	for _, test := range []bool{false, true} {
		for after, more := int64(0), true; more; {
			page, last, err := db.heldPage(ctx, order.SourceOf(dialect, test), after)
			if err != nil {
				return nil, err
			}
			for i := range page {
				if keep(&page[i]) {
					found = append(found, page[i])
				}
			}
			after, more = last, len(page) == heldPageSize
		}
	}
	return found, nil
}

// heldPage reads the held orders of a source behind a row, and returns the last row
// that it read.
func (db *DB) heldPage(ctx context.Context, source string, after int64) (orders []order.Order, last int64, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		var r orderRow
		var rows []orderRow
		if err := c.Each(ctx, selectHeld, []any{source, after, heldPageSize}, r.dest(),
			func() { rows = append(rows, r) }); err != nil {
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

// Head returns a party's newest change number; see [order.Store].
func (db *DB) Head(ctx context.Context, party order.PartyID) (head int64, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Get(ctx, selectHead, []any{string(party)}, &head)
		return err
	})
	return head, err
}
