package store

import (
	"context"
	"slices"

	"github.com/bookgate/bookgate/order"
)

// Of the orders that a party sent by one dialect all are found, or those of one
// subject, which the index then gives in their order.
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
		WHERE o.sender = $1 AND o.source = $2 AND o.n >= $3 AND o.n <= $4 AND ($5 = '' OR o.subject = $5) ORDER BY l.order_n, l.place`
)

// Find gives the orders that a query asks for; see [order.Store].
func (db *DB) Find(ctx context.Context, q order.FindQuery) (orders []order.Order, count int64, err error) {
	q.Offset, q.Limit = max(q.Offset, 0), min(max(q.Limit, 0), order.MaxPage)
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
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

// find gives the rows of a page and the count of all. A number or a text is
// looked for among rows that were read, all else by the database.
func find(ctx context.Context, c *conn, q order.FindQuery) (rows []orderRow, count int64, err error) {
	switch {
	case q.Number != "":
		rows, err = numbered(ctx, c, q)
	case q.Text != "":
		rows, err = selectFound(ctx, c, order.FindQuery{Sender: q.Sender, Source: q.Source, Subject: q.Subject, Limit: order.MaxFound})
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

// numbered gives the one order of a number, if it is among those asked for.
func numbered(ctx context.Context, c *conn, q order.FindQuery) ([]orderRow, error) {
	var n int64
	found, err := c.get(ctx, selectOrderNumber, []any{string(q.Sender), q.Source, q.Number}, &n)
	if err != nil || !found {
		return nil, err
	}
	var r orderRow
	if _, err := c.get(ctx, selectOrder, []any{n}, r.dest()...); err != nil {
		return nil, err
	}
	if r.retired != 0 || q.Subject != "" && r.subject != q.Subject {
		return nil, nil
	}
	return []orderRow{r}, nil
}

func countAll(ctx context.Context, c *conn, q order.FindQuery) (count int64, err error) {
	query, args := countFound, []any{string(q.Sender), q.Source}
	if q.Subject != "" {
		query, args = countFoundOf, append(args, q.Subject)
	}
	_, err = c.get(ctx, query, args, &count)
	return count, err
}

func selectFound(ctx context.Context, c *conn, q order.FindQuery) (rows []orderRow, err error) {
	query, args := selectNewest, []any{string(q.Sender), q.Source}
	switch {
	case q.Subject != "" && q.Oldest:
		query = selectOldestOf
	case q.Subject != "":
		query = selectNewestOf
	case q.Oldest:
		query = selectOldest
	}
	if q.Subject != "" {
		args = append(args, q.Subject)
	}
	var r orderRow
	err = c.each(ctx, query, append(args, q.Limit, q.Offset), r.dest(), func() { rows = append(rows, r) })
	return rows, err
}

// mentioning leaves the orders in which the text stands.
func mentioning(ctx context.Context, c *conn, q order.FindQuery, rows []orderRow) ([]orderRow, error) {
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

// titlesOf gives the titles of the lines of orders, by the order's row.
func titlesOf(ctx context.Context, c *conn, q order.FindQuery, rows []orderRow) (map[int64][]string, error) {
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
	err := c.walk(ctx, selectTitles, []any{string(q.Sender), q.Source, first, last, q.Subject}, []any{&n, &detail}, func() error {
		var d struct{ Title string }
		if err := fromJSON(detail, &d); err != nil {
			return err
		}
		titles[n] = append(titles[n], d.Title)
		return nil
	})
	return titles, err
}
