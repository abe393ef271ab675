package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/order"
)

const (
	// A number that was taken since it was looked for returns no row.
	insertOrder = `INSERT INTO orders (id, sender, number, buyer, seller, status, purpose, source,
		revision, created, updated, routing, reason, summary, header, kept, subject, facts, held, findings)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
		ON CONFLICT (sender, source, number) DO NOTHING RETURNING n`
	selectOrder     = `SELECT ` + orderColumns + ` FROM orders WHERE n = $1`
	selectOrderByID = `SELECT ` + orderColumns + ` FROM orders WHERE id = $1`

	// One order, if it has a side for a party (order.Role), or was sent by it in a
	// source. An id that is not there leads to the row before it, so that as much is
	// read and compared as for an order of another party: response times reveal nothing.
	selectVisible = `SELECT ` + orderColumns + ` FROM orders WHERE n = ` + nearestOrder + `
		AND (sender = $2 OR buyer = $2 OR seller = $2 AND status NOT IN ('UNPROCESSED', 'FAILED')
		AND purpose <> 'Test') AND id = $1`
	selectSent = `SELECT ` + orderColumns + ` FROM orders WHERE n = ` + nearestOrder +
		` AND sender = $2 AND source = $3 AND id = $1`
	nearestOrder = `coalesce((SELECT n FROM orders WHERE id <= $1 ORDER BY id DESC LIMIT 1), 1)`

	selectOrderNumber = `SELECT n FROM orders WHERE sender = $1 AND source = $2 AND number = $3`
	updateOrder       = `UPDATE orders SET buyer = $1, seller = $2, status = $3, purpose = $4,
		revision = $5, updated = $6, routing = $7, reason = $8 WHERE n = $9`
	updateContent = `UPDATE orders SET summary = $1, header = $2, kept = $3, findings = $4 WHERE n = $5`
	updateDialect = `UPDATE orders SET subject = $1, facts = $2, held = $3 WHERE n = $4`
)

// Add stores a new order; see [order.Store].
func (db *DB) Add(ctx context.Context, o order.Order, doc order.Document, ev order.Event) (stored order.Order,
	added bool, err error) {
	lines, err := newLineRows(o.Lines)
	if err != nil {
		return order.Order{}, false, err
	}
	packed, err := db.compressor.compress(doc)
	if err != nil {
		return order.Order{}, false, err
	}
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		var n int64
		if added, err = c.Get(ctx, selectOrderNumber, []any{string(o.Sender), o.Source, o.Number}, &n); err != nil {
			return err
		}
		if added = !added; !added {
			stored, err = loadOrder(ctx, c, n)
			return err
		}
		stored, err = db.add(ctx, c, o, lines, packed, ev)
		return err
	})
	if err != nil {
		return order.Order{}, false, err
	}
	return stored, added, nil
}

// add writes all that makes a new order.
func (db *DB) add(ctx context.Context, c *sqldb.Conn, o order.Order, lines []lineRow, doc storedDocument,
	ev order.Event) (order.Order, error) {
	r, err := db.nextNumbers(ctx, c, o.Audience(), 1)
	if err != nil {
		return o, err
	}
	o.Created, o.Updated = sqldb.FromMicros(r.at), sqldb.FromMicros(r.at)
	o.Lines = storedLines(o.Lines)
	n, err := db.insertOrder(ctx, c, &o)
	if err != nil {
		return o, err
	}
	if err := insertLines(ctx, c, n, lines); err != nil {
		return o, err
	}
	if err := doc.insert(ctx, c, n); err != nil {
		return o, err
	}
	events := []order.Event{ev}
	r.stamp(events, 0, o.Revision)
	if err := insertEvents(ctx, c, n, events); err != nil {
		return o, err
	}
	return o, db.publish(ctx, c, n, &o, events, r, nil)
}

func insertLines(ctx context.Context, c *sqldb.Conn, n int64, rows []lineRow) error {
	return replaceLines(ctx, c, n, nil, rows)
}

func (db *DB) insertOrder(ctx context.Context, c *sqldb.Conn, o *order.Order) (n int64, err error) {
	r, err := newOrderRow(o)
	if err != nil {
		return 0, err
	}
	args := []any{r.id, r.sender, r.number, r.buyer, r.seller, r.status, r.purpose, r.source,
		r.revision, r.created, r.updated, r.routing, r.reason, r.summary, r.header, r.extensions,
		r.subject, r.facts, r.held, r.findings}
	found, err := c.Get(ctx, insertOrder, args, &n)
	switch {
	case err != nil && db.engine.Unique(err):
		return 0, order.Errorf(order.Conflict, "order-id-taken", "There is an order with the id %s already.", o.ID)
	case err == nil && !found:
		return 0, &sqldb.RacedError{What: "the number of order " + r.id}
	}
	return n, err
}

// Order returns a visible order; see [order.Store].
func (db *DB) Order(ctx context.Context, viewer order.PartyID, id order.ID) (o order.Order, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		r, err := seenOrder(ctx, c, viewer, id)
		if err != nil {
			return err
		}
		o, _, err = readOrder(ctx, c, r)
		return err
	})
	if err != nil {
		return order.Order{}, err
	}
	return o, nil
}

// Sent returns an order that a party sent; see [order.Store].
func (db *DB) Sent(ctx context.Context, sender order.PartyID, source string, id order.ID) (o order.Order, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		var r orderRow
		found, err := c.Get(ctx, selectSent, []any{string(id), string(sender), source}, r.dest()...)
		switch {
		case err != nil:
			return err
		case !found:
			return noOrder(sender)
		case r.retired != 0:
			return r.gone()
		}
		o, _, err = readOrder(ctx, c, r)
		return err
	})
	if err != nil {
		return order.Order{}, err
	}
	return o, nil
}

// seenOrder is where visibility is decided for everything that is asked of one
// order: the row is given only to a party that stands on one of its sides.
func seenOrder(ctx context.Context, c *sqldb.Conn, viewer order.PartyID, id order.ID) (r orderRow, err error) {
	return visibleRow(ctx, c, selectVisible, viewer, id)
}

// visibleRow reads a visible order's row by selectVisible or its form for changes.
func visibleRow(ctx context.Context, c *sqldb.Conn, query string, viewer order.PartyID, id order.ID) (r orderRow,
	err error) {
	args := []any{string(id), string(viewer)}
	if plant.Enabled && plant.On(plant.EarlyReturn) {
		query, args = selectOrderByID, args[:1]
	}
	found, err := c.Get(ctx, query, args, r.dest()...)
	if err != nil {
		return r, err
	}
	if o := r.outline(); !found || o.Role(viewer) == order.RoleNone {
		return r, noOrder(viewer)
	}
	return r, r.gone()
}

func noOrder(viewer order.PartyID) *order.Error {
	return order.Errorf(order.NotFound, "order-not-found", "No order with this id is visible to party %s.", viewer).
		WithHint("Check the id and the login; the orders of a party are listed at /orders.")
}

// readOrder makes the order of a row, with the rows of its lines.
func readOrder(ctx context.Context, c *sqldb.Conn, r orderRow) (o order.Order, lines []lineRow, err error) {
	if lines, err = selectLineRows(ctx, c, r.n); err != nil {
		return o, nil, err
	}
	o, err = assemble(r, lines)
	return o, lines, err
}

func selectLineRows(ctx context.Context, c *sqldb.Conn, n int64) (rows []lineRow, err error) {
	var r lineRow
	dest := []any{&r.number, &r.quantity, &r.adjustment, &r.adjusts, &r.status, &r.changed, &r.products, &r.answer,
		&r.detail}
	err = c.Each(ctx, selectLines, []any{n}, dest, func() { rows = append(rows, r) })
	return rows, err
}

func assemble(r orderRow, lines []lineRow) (o order.Order, err error) {
	if o, err = r.order(); err != nil {
		return o, err
	}
	if o.Lines, err = readLines(lines); err != nil {
		return o, fmt.Errorf("read order %s: %w", r.id, err)
	}
	return o, nil
}

func readLines(rows []lineRow) ([]order.Line, error) {
	lines := make([]order.Line, len(rows))
	for i := range rows {
		if err := rows[i].read(&lines[i]); err != nil {
			return nil, fmt.Errorf("line %d: %w", rows[i].number, err)
		}
	}
	return lines, nil
}

func loadOrder(ctx context.Context, c *sqldb.Conn, n int64) (o order.Order, err error) {
	var r orderRow
	if _, err := c.Get(ctx, selectOrder, []any{n}, r.dest()...); err != nil {
		return o, err
	}
	o, _, err = readOrder(ctx, c, r)
	return o, err
}

// Update runs change on an order and stores what it did; see [order.Store].
func (db *DB) Update(ctx context.Context, id order.ID, change func(*order.Order) ([]order.Event, error)) (order.Order,
	error) {
	return db.update(ctx, change, func(ctx context.Context, c *sqldb.Conn) (row orderRow, err error) {
		found, err := c.Get(ctx, db.queries.selectForUpdate, []any{string(id)}, row.dest()...)
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
func (db *DB) Change(ctx context.Context, viewer order.PartyID, id order.ID,
	change func(*order.Order) ([]order.Event, error)) (order.Order, error) {
	return db.update(ctx, change, func(ctx context.Context, c *sqldb.Conn) (orderRow, error) {
		return visibleRow(ctx, c, db.queries.selectVisibleForUpdate, viewer, id)
	})
}

// update alters the order whose row load reads for a change.
func (db *DB) update(ctx context.Context, change func(*order.Order) ([]order.Event, error),
	load func(context.Context, *sqldb.Conn) (orderRow, error)) (stored order.Order, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		row, err := load(ctx, c)
		if err == nil {
			stored, err = db.changeRow(ctx, c, row, change)
		}
		return err
	})
	if err != nil {
		return order.Order{}, err
	}
	return stored, nil
}

func (db *DB) changeRow(ctx context.Context, c *sqldb.Conn, row orderRow,
	change func(*order.Order) ([]order.Event, error)) (o order.Order, err error) {
	o, lines, err := readOrder(ctx, c, row)
	if err != nil {
		return o, err
	}
	events, err := change(&o)
	if err != nil {
		return o, err
	}
	if len(events) == 0 {
		return assemble(row, lines) // as stored, whatever change did to its copy
	}
	return o, db.save(ctx, c, &o, row, lines, append([]order.Event(nil), events...))
}

// save writes what differs between an order and its rows, and the events that
// tell of it. What names an order (id, sender, source, number) never changes.
func (db *DB) save(ctx context.Context, c *sqldb.Conn, o *order.Order, was orderRow, lines []lineRow,
	events []order.Event) error {
	places, err := selectListings(ctx, c, was.n)
	if err != nil {
		return err
	}
	r, err := db.nextNumbers(ctx, c, o.Audience(), len(events))
	if err != nil {
		return err
	}
	o.ID, o.Sender, o.Number, o.Source = order.ID(was.id), order.PartyID(was.sender), was.number, was.source
	o.Created, o.Updated, o.Revision = sqldb.FromMicros(was.created), sqldb.FromMicros(r.last()), was.revision+1
	o.Erased, o.Purged = sqldb.FromMicros(was.erased), time.Time{}
	o.Lines = storedLines(o.Lines)
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

// wipe takes out what an order holds beside its content: the bytes of its
// document, the words and users of its history, and who was to be notified of it
// alone.
func wipe(ctx context.Context, c *sqldb.Conn, n, at int64) error {
	if _, err := c.Exec(ctx, markErased, at, n); err != nil {
		return err
	}
	if _, err := drop(ctx, c, n, at); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, blankEvents, n); err != nil {
		return err
	}
	return dropCallbacks(ctx, c, n)
}

// updateRows brings the order's row and the rows of its lines up to date. The
// content of the document, the larger part, is written only if it changed.
func updateRows(ctx context.Context, c *sqldb.Conn, o *order.Order, was orderRow, lines []lineRow) error {
	is, err := newOrderRow(o)
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, updateOrder, is.buyer, is.seller, is.status, is.purpose, is.revision, is.updated, is.routing,
		is.reason, was.n)
	if err != nil {
		return err
	}
	if is.summary != was.summary || is.header != was.header || is.extensions != was.extensions ||
		is.findings != was.findings {
		if _, err := c.Exec(ctx, updateContent, is.summary, is.header, is.extensions, is.findings, was.n); err != nil {
			return err
		}
	}
	if is.subject != was.subject || is.facts != was.facts || is.held != was.held {
		if _, err := c.Exec(ctx, updateDialect, is.subject, is.facts, is.held, was.n); err != nil {
			return err
		}
	}
	now, err := newLineRows(o.Lines)
	if err != nil {
		return err
	}
	return replaceLines(ctx, c, was.n, lines, now)
}

const (
	insertEvent = `INSERT INTO events
		(order_n, number, kind, at, revision, line, from_status, to_status, party, actor, via, text)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	selectEvents = `SELECT number, kind, at, revision, line, from_status, to_status, party, actor, via, text
		FROM events WHERE order_n = $1 ORDER BY number`
	selectLastEvent = `SELECT number FROM events WHERE order_n = $1 ORDER BY number DESC LIMIT 1`
)

func insertEvents(ctx context.Context, c *sqldb.Conn, n int64, events []order.Event) error {
	for _, e := range events {
		_, err := c.Exec(ctx, insertEvent, n, e.Number, string(e.Kind), sqldb.Micros(e.At), e.Revision, e.Line,
			string(e.From), string(e.To), string(e.Party), e.Actor, e.Via, e.Text)
		if err != nil {
			return err
		}
	}
	return nil
}

// countEvents returns the number of the last event, which counts them.
func countEvents(ctx context.Context, c *sqldb.Conn, n int64) (count int, err error) {
	_, err = c.Get(ctx, selectLastEvent, []any{n}, &count)
	return count, err
}

// History returns the events of a visible order; see [order.Store].
func (db *DB) History(ctx context.Context, viewer order.PartyID, id order.ID) (events []order.Event, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		r, err := seenOrder(ctx, c, viewer, id)
		if err != nil {
			return err
		}
		if events, err = readEvents(ctx, c, r.n); err != nil {
			return err
		}
		if o := r.outline(); o.Role(viewer)&order.RoleSender != 0 {
			return markFetched(ctx, c, r.n, o.Seller, events)
		}
		return nil
	})
	return events, err
}

func readEvents(ctx context.Context, c *sqldb.Conn, n int64) (events []order.Event, err error) {
	var e order.Event
	var at int64
	dest := []any{&e.Number, &e.Kind, &at, &e.Revision, &e.Line, &e.From, &e.To, &e.Party, &e.Actor, &e.Via, &e.Text}
	err = c.Each(ctx, selectEvents, []any{n}, dest, func() {
		e.At = sqldb.FromMicros(at)
		events = append(events, e)
	})
	return events, err
}

const (
	selectInterchange = `SELECT sha256, last FROM interchanges
		WHERE sender = $1 AND type = $2 AND number = $3 AND reference = $4`
	selectLastNumber  = `SELECT number FROM interchanges WHERE sender = $1 AND type = $2 ORDER BY number DESC LIMIT 1`
	insertInterchange = `INSERT INTO interchanges (sender, type, number, reference, sha256, last, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
)

// Interchange records that a message came in; see [order.Store].
func (db *DB) Interchange(ctx context.Context, i order.Interchange) (s order.Sequence, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		s, err = db.interchange(ctx, c, i)
		return err
	})
	return s, err
}

func (db *DB) interchange(ctx context.Context, c *sqldb.Conn, i order.Interchange) (s order.Sequence, err error) {
	var digest []byte
	known := []any{string(i.Sender), i.Type, i.Number, i.Reference}
	s.Repeated, err = c.Get(ctx, selectInterchange, known, &digest, &s.Last)
	if err != nil || s.Repeated {
		s.Differs = s.Repeated && !bytes.Equal(digest, i.SHA256[:])
		return s, err
	}
	if _, err := c.Get(ctx, selectLastNumber, []any{string(i.Sender), i.Type}, &s.Last); err != nil {
		return s, err
	}
	_, err = c.Exec(ctx, insertInterchange, string(i.Sender), i.Type, i.Number, i.Reference, i.SHA256[:], s.Last,
		sqldb.Micros(db.now()))
	return s, err
}
