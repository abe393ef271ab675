package store

import (
	"context"
	"slices"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Update runs change on an order and keeps what it did; see [order.Store].
func (db *DB) Update(ctx context.Context, id order.ID, change func(*order.Order) ([]order.Event, error)) (order.Order, error) {
	return db.update(ctx, change, func(ctx context.Context, c *conn) (row orderRow, err error) {
		found, err := c.get(ctx, db.engine.toChange, []any{string(id)}, row.dest()...)
		if err == nil && !found {
			err = order.Errorf(order.NotFound, "order-not-found", "There is no order with this id.")
		}
		if err == nil {
			err = row.gone()
		}
		return row, err
	})
}

// Change alters a visible order; see [order.Store].
func (db *DB) Change(ctx context.Context, viewer order.PartyID, id order.ID, change func(*order.Order) ([]order.Event, error)) (order.Order, error) {
	return db.update(ctx, change, func(ctx context.Context, c *conn) (orderRow, error) {
		return visibleRow(ctx, c, db.engine.toChangeVisible, viewer, id)
	})
}

// update alters the order whose row load reads for a change.
func (db *DB) update(ctx context.Context, change func(*order.Order) ([]order.Event, error), load func(context.Context, *conn) (orderRow, error)) (kept order.Order, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) error {
		row, err := load(ctx, c)
		if err == nil {
			kept, err = db.changeRow(ctx, c, row, change)
		}
		return err
	})
	if err != nil {
		return order.Order{}, err
	}
	return kept, nil
}

func (db *DB) changeRow(ctx context.Context, c *conn, row orderRow, change func(*order.Order) ([]order.Event, error)) (o order.Order, err error) {
	o, lines, err := readOrder(ctx, c, row)
	if err != nil {
		return o, err
	}
	events, err := change(&o)
	if err != nil {
		return o, err
	}
	if len(events) == 0 {
		return assemble(row, lines) // as kept, whatever change did to its copy
	}
	return o, db.keep(ctx, c, &o, row, lines, append([]order.Event(nil), events...))
}

// keep writes what differs between an order and its rows, and the events that
// tell of it. What names an order (id, sender, source, number) never changes.
func (db *DB) keep(ctx context.Context, c *conn, o *order.Order, was orderRow, lines []lineRow, events []order.Event) error {
	places, err := selectPlaces(ctx, c, was.n)
	if err != nil {
		return err
	}
	r, err := db.raise(ctx, c, o.Audience(), len(events))
	if err != nil {
		return err
	}
	o.ID, o.Sender, o.Number, o.Source = order.ID(was.id), order.PartyID(was.sender), was.number, was.source
	o.Created, o.Updated, o.Revision = fromMicros(was.created), fromMicros(r.last()), was.revision+1
	o.Erased, o.Retired = fromMicros(was.erased), time.Time{}
	o.Lines = keptLines(o.Lines)
	if err := updateRows(ctx, c, o, was, lines); err != nil {
		return err
	}
	if slices.ContainsFunc(events, func(e order.Event) bool { return e.Kind == order.EventErased }) {
		o.Erased = o.Updated
		if err := wipe(ctx, c, was.n, r.last()); err != nil {
			return err
		}
	}
	before, err := countEvents(ctx, c, was.n)
	if err != nil {
		return err
	}
	r.stamp(events, before, o.Revision)
	if err := insertEvents(ctx, c, was.n, events); err != nil {
		return err
	}
	return db.publish(ctx, c, was.n, o, events, r, places)
}

// updateRows brings the order's row and the rows of its lines up to date. The
// content of the document, the larger part, is written only if it changed.
func updateRows(ctx context.Context, c *conn, o *order.Order, was orderRow, lines []lineRow) error {
	is, err := newOrderRow(o)
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, updateOrder, is.buyer, is.seller, is.status, is.purpose, is.revision, is.updated, is.routing, is.reason, was.n)
	if err != nil {
		return err
	}
	if is.summary != was.summary || is.header != was.header || is.kept != was.kept || is.findings != was.findings {
		if _, err := c.exec(ctx, updateContent, is.summary, is.header, is.kept, is.findings, was.n); err != nil {
			return err
		}
	}
	if is.subject != was.subject || is.facts != was.facts || is.held != was.held {
		if _, err := c.exec(ctx, updateDialect, is.subject, is.facts, is.held, was.n); err != nil {
			return err
		}
	}
	now, err := newLineRows(o.Lines)
	if err != nil {
		return err
	}
	return replaceLines(ctx, c, was.n, lines, now)
}
