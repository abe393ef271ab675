package store

import (
	"context"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

const (
	// A delivery that a worker holds keeps its lease, and becomes pending again
	// only when its outcome is kept.
	resendOne  = `UPDATE deliveries SET state = 'pending', attempts = 0, due = $1, finished = 0 WHERE n = $2`
	resendMany = `UPDATE deliveries SET state = 'pending', attempts = 0, due = $1, finished = 0
		WHERE endpoint_n = $2 AND created >= $3 AND ($4 = 0 OR state = 'failed')`
	// An endpoint that waits because of its failures is tried at once.
	resendWakes = `UPDATE endpoints SET due = 0 WHERE n = $1`

	// A change that is stamped ahead of the clock says nothing of its age; then
	// the letters alone do.
	//
	// The letters about an order that lies unanswered: the newest tells when
	// its receiver was last written to.
	remindOrders = `SELECT e.n, o.n, o.id, o.number, l.seq, e.party FROM endpoints e
		JOIN listing l ON l.party = e.party AND l.side >= 2 AND l.status = 'SENT'
		JOIN orders o ON o.n = l.order_n
		WHERE e.format = $1 AND e.state = 'active' AND e.scope = '' AND (l.updated < $2 OR l.updated > $3)
		AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.endpoint_n = e.n AND d.order_n = o.n AND (d.created >= $4 OR d.state = 'pending'))
		ORDER BY o.n, e.n LIMIT $5`

	insertLink = `INSERT INTO links (delivery, used) VALUES ($1, $2) ON CONFLICT (delivery) DO NOTHING`
	selectLink = `SELECT used FROM links WHERE delivery = $1`

	countStates = `SELECT state, count(*) FROM endpoints WHERE scope = '' GROUP BY state ORDER BY state`
	// The oldest of each endpoint stands first in its index.
	selectPending = `SELECT count(*), coalesce(min(d.created), 0) FROM deliveries d
		JOIN endpoints e ON e.n = d.endpoint_n WHERE d.state = 'pending' AND e.state = 'active'`
)

// Resend makes deliveries pending again; see [webhook.Store].
func (db *DB) Resend(ctx context.Context, r webhook.Resend) (sent int64, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) error {
		e, err := endpointRowOf(ctx, c, lockEndpoint, r.Party, r.Endpoint)
		if err != nil {
			return err
		}
		if r.ID != "" {
			var n int64
			found, err := c.get(ctx, selectDeliveryN, []any{r.ID, e.n}, &n)
			if err != nil {
				return err
			}
			if !found {
				return noDelivery(r.ID)
			}
			if sent, err = c.exec(ctx, resendOne, db.running.of(r.Now), n); err != nil {
				return err
			}
		} else {
			failed := 0
			if r.Failed {
				failed = 1
			}
			sent, err = c.exec(ctx, resendMany, db.running.of(r.Now), e.n, db.running.of(r.Since), failed)
		}
		if err != nil {
			return err
		}
		_, err = c.exec(ctx, resendWakes, e.n)
		return err
	})
	return sent, err
}

// reminder is an order of which its receiver is to be reminded.
type reminder struct {
	endpoint, order int64
	event           webhook.Event
	party           order.PartyID
}

// Remind keeps reminders; see [webhook.Store].
func (db *DB) Remind(ctx context.Context, format string, before time.Time, limit int) (kept int64, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) error {
		now, f := db.running.moment()
		asked := f.of(before)
		var r reminder
		var due []reminder
		dest := []any{&r.endpoint, &r.order, &r.event.Order, &r.event.Number, &r.event.Change, &r.party}
		err := c.each(ctx, remindOrders, []any{format, micros(db.running.then(asked)), micros(now), asked, limit}, dest, func() { due = append(due, r) })
		if err != nil {
			return err
		}
		for _, r := range due {
			r.event.At, r.event.To, r.event.Side = db.now(), order.Sent, order.Receives
			if err := db.addDelivery(ctx, c, r.endpoint, r.order, r.party, webhook.OrderReminder, r.event); err != nil {
				return err
			}
		}
		kept = int64(len(due))
		return nil
	})
	return kept, err
}

// UseLink marks a link as used; see [webhook.Store].
func (db *DB) UseLink(ctx context.Context, delivery string, now time.Time) (first bool, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) error {
		n, err := c.exec(ctx, insertLink, delivery, micros(now))
		first = n == 1
		return err
	})
	return first, err
}

// LinkUsed tells when a link was used; see [webhook.Store].
func (db *DB) LinkUsed(ctx context.Context, delivery string) (at time.Time, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		var used int64
		_, err := c.get(ctx, selectLink, []any{delivery}, &used)
		at = fromMicros(used)
		return err
	})
	return at, err
}

// Standing gives the figures of all deliveries; see [webhook.Store].
func (db *DB) Standing(ctx context.Context) (s webhook.Standing, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		s.Endpoints = map[webhook.State]int64{}
		var state webhook.State
		var count, oldest int64
		if err := c.each(ctx, countStates, nil, []any{&state, &count}, func() { s.Endpoints[state] = count }); err != nil {
			return err
		}
		if _, err := c.get(ctx, selectPending, nil, &s.Pending, &oldest); err != nil {
			return err
		}
		s.Oldest = db.running.frame().clock(oldest)
		return nil
	})
	return s, err
}
