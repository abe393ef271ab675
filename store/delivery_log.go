package store

import (
	"context"
	"encoding/json"
	"fmt"
	"net/textproto"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store/internal/sqldb"
)

const (
	insertAttempt = `INSERT INTO attempts (delivery_n, number, at, took, status, error, header, body)
		SELECT $1, 1 + coalesce(max(number), 0), $2, $3, $4, $5, $6, $7 FROM attempts WHERE delivery_n = $1`
	selectAttempts = `SELECT number, at, took, status, error, header, body FROM attempts WHERE delivery_n = $1
		ORDER BY number`
	// Only what is due for good goes; a pending delivery keeps its attempts.
	// An e-mail stays longer, for its link leads to it.
	selectFinished = `SELECT n FROM deliveries WHERE state <> 'pending' AND finished < $1
		AND (finished < $2 OR NOT EXISTS
			(SELECT 1 FROM endpoints e WHERE e.n = deliveries.endpoint_n AND e.url LIKE $3))
		ORDER BY finished, n LIMIT $4`
	deleteLinkN     = `DELETE FROM links WHERE delivery = (SELECT id FROM deliveries WHERE n = $1)`
	deleteAttemptsN = `DELETE FROM attempts WHERE delivery_n = $1`
	deleteDeliveryN = `DELETE FROM deliveries WHERE n = $1`
)

func insertAttemptRow(ctx context.Context, c *sqldb.Conn, n int64, a webhook.Attempt) error {
	header, err := json.Marshal(a.Header)
	if err != nil {
		return fmt.Errorf("write the headers of an attempt: %w", err)
	}
	_, err = c.Exec(ctx, insertAttempt, n, sqldb.Micros(a.At), a.Took.Microseconds(), a.Status, a.Error,
		string(header), notNull(a.Body))
	return err
}

// Attempts lists the attempts of a delivery; see [webhook.Store].
func (db *DB) Attempts(ctx context.Context, party order.PartyID, endpoint,
	delivery string) (attempts []webhook.Attempt, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		e, err := endpointRowOf(ctx, c, selectEndpoint, party, endpoint)
		if err != nil {
			return err
		}
		var n int64
		found, err := c.Get(ctx, selectDeliveryN, []any{delivery, e.n}, &n)
		if err == nil && !found {
			return noDelivery(delivery)
		}
		if err != nil {
			return err
		}
		attempts, err = attemptsBy(ctx, c, selectAttempts, n)
		return err
	})
	return attempts, err
}

// attemptsBy reads attempts of a delivery by the given query.
func attemptsBy(ctx context.Context, c *sqldb.Conn, query string, n int64) (attempts []webhook.Attempt, err error) {
	var a webhook.Attempt
	var at, took int64
	var header string
	var body []byte
	var fault error
	err = c.Each(ctx, query, []any{n}, []any{&a.Number, &at, &took, &a.Status, &a.Error, &header, &body}, func() {
		attempt := a
		attempt.At, attempt.Took = sqldb.FromMicros(at), time.Duration(took)*time.Microsecond
		attempt.Body = append([]byte{}, body...)
		var h textproto.MIMEHeader
		if err := json.Unmarshal([]byte(header), &h); err != nil {
			fault = fmt.Errorf("read the headers of an attempt: %w", err)
		}
		attempt.Header = map[string][]string(h)
		attempts = append(attempts, attempt)
	})
	if err == nil {
		err = fault
	}
	return attempts, err
}

// PurgeFinished drops what finished long ago; see [webhook.Store].
func (db *DB) PurgeFinished(ctx context.Context, before time.Time, limit int) (dropped int64, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		var rows []int64
		var n int64
		if err := c.Each(ctx, selectFinished,
			[]any{sqldb.Micros(before), sqldb.Micros(before.Add(-webhook.LinkLife)), webhook.Mailto + "%", limit},
			[]any{&n}, func() { rows = append(rows, n) }); err != nil {
			return err
		}
		for _, n := range rows {
			for _, query := range []string{deleteLinkN, deleteAttemptsN, deleteDeliveryN} {
				if _, err := c.Exec(ctx, query, n); err != nil {
					return err
				}
			}
		}
		dropped = int64(len(rows))
		return nil
	})
	return dropped, err
}

const (
	// A delivery that a worker holds keeps its lease, and becomes pending again
	// only when its outcome is stored.
	resendOne  = `UPDATE deliveries SET state = 'pending', attempts = 0, due = $1, finished = 0 WHERE n = $2`
	resendMany = `UPDATE deliveries SET state = 'pending', attempts = 0, due = $1, finished = 0
		WHERE endpoint_n = $2 AND created >= $3 AND ($4 = 0 OR state = 'failed')`
	// An endpoint that waits because of its failures is tried at once.
	resendWakes = `UPDATE endpoints SET due = 0 WHERE n = $1`

	// A change that is stamped ahead of the clock says nothing of its age; then
	// the e-mails alone do.
	//
	// The e-mails about an order that lies unanswered: the newest shows when
	// its receiver was last written to.
	remindOrders = `SELECT e.n, o.n, o.id, o.number, l.seq, e.party FROM endpoints e
		JOIN listing l ON l.party = e.party AND l.side >= 2 AND l.status = 'SENT'
		JOIN orders o ON o.n = l.order_n
		WHERE e.format = $1 AND e.state = 'active' AND e.scope = '' AND (l.updated < $2 OR l.updated > $3)
		AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.endpoint_n = e.n AND d.order_n = o.n
		AND (d.created >= $4 OR d.state = 'pending'))
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
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		e, err := endpointRowOf(ctx, c, lockEndpoint, r.Party, r.Endpoint)
		if err != nil {
			return err
		}
		if r.ID != "" {
			var n int64
			found, err := c.Get(ctx, selectDeliveryN, []any{r.ID, e.n}, &n)
			if err != nil {
				return err
			}
			if !found {
				return noDelivery(r.ID)
			}
			if sent, err = c.Exec(ctx, resendOne, db.running.of(r.Now), n); err != nil {
				return err
			}
		} else {
			failed := 0
			if r.Failed {
				failed = 1
			}
			sent, err = c.Exec(ctx, resendMany, db.running.of(r.Now), e.n, db.running.of(r.Since), failed)
		}
		if err != nil {
			return err
		}
		_, err = c.Exec(ctx, resendWakes, e.n)
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

// Remind stores reminders; see [webhook.Store].
func (db *DB) Remind(ctx context.Context, format string, before time.Time, limit int) (stored int64, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		now, f := db.running.moment()
		asked := f.of(before)
		var r reminder
		var due []reminder
		dest := []any{&r.endpoint, &r.order, &r.event.Order, &r.event.Number, &r.event.Change, &r.party}
		args := []any{format, sqldb.Micros(db.running.then(asked)), sqldb.Micros(now), asked, limit}
		err := c.Each(ctx, remindOrders, args, dest, func() { due = append(due, r) })
		if err != nil {
			return err
		}
		for _, r := range due {
			r.event.At, r.event.To, r.event.Role = db.now(), order.Sent, order.RoleReceiver
			if err := db.addDelivery(ctx, c, r.endpoint, r.order, r.party, webhook.OrderReminder, r.event); err != nil {
				return err
			}
		}
		stored = int64(len(due))
		return nil
	})
	return stored, err
}

// UseLink marks a link as used; see [webhook.Store].
func (db *DB) UseLink(ctx context.Context, delivery string, now time.Time) (first bool, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		n, err := c.Exec(ctx, insertLink, delivery, sqldb.Micros(now))
		first = n == 1
		return err
	})
	return first, err
}

// LinkUsed returns when a link was used; see [webhook.Store].
func (db *DB) LinkUsed(ctx context.Context, delivery string) (at time.Time, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		var used int64
		_, err := c.Get(ctx, selectLink, []any{delivery}, &used)
		at = sqldb.FromMicros(used)
		return err
	})
	return at, err
}

// QueueStats returns the figures of all deliveries; see [webhook.Store].
func (db *DB) QueueStats(ctx context.Context) (s webhook.QueueStats, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		s.Endpoints = map[webhook.State]int64{}
		var state webhook.State
		var count, oldest int64
		if err := c.Each(ctx, countStates, nil, []any{&state, &count},
			func() { s.Endpoints[state] = count }); err != nil {
			return err
		}
		if _, err := c.Get(ctx, selectPending, nil, &s.Pending, &oldest); err != nil {
			return err
		}
		s.Oldest = db.running.frame().clock(oldest)
		return nil
	})
	return s, err
}

const (
	// The channel of an endpoint is spelled as webhook.Endpoint.Channel has it.
	selectUndelivered = `SELECT d.n, d.id, d.endpoint_n, d.party, d.type, d.state, d.attempts, d.due, d.created,
		d.finished, d.seq, d.order_id, d.number, d.event, d.at, d.line, d.from_status, d.to_status, d.side, d.text
		FROM deliveries d JOIN endpoints e ON e.n = d.endpoint_n
		WHERE d.n < $1 AND ($2 = 'all' OR d.state <> 'delivered' AND ($2 = '' OR d.state = $2))
		AND ($3 = '' OR d.party = $3)
		AND ($4 = '' OR $4 = CASE WHEN e.url LIKE 'mailto:%' THEN 'e-mail'
			WHEN e.scope <> '' THEN 'callback' ELSE 'webhook' END)
		ORDER BY d.n DESC LIMIT $5`
	selectDeliveryPlace = `SELECT n FROM deliveries WHERE id = $1`
	selectLastAttempt   = `SELECT number, at, took, status, error, header, body FROM attempts WHERE delivery_n = $1
		ORDER BY number DESC LIMIT 1`

	// What was skipped has an attempt without an answer.
	selectThread = `SELECT b.id FROM deliveries d JOIN deliveries b ON b.endpoint_n = d.endpoint_n
		AND b.order_n = d.order_n AND b.n < d.n
		WHERE d.id = $1 AND b.state = 'delivered' AND b.type <> 'endpoint.test'
		AND EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_n = b.n AND a.error = '' AND a.status > 0) ORDER BY b.n`
)

// Undelivered lists deliveries of all parties; see [webhook.Store].
func (db *DB) Undelivered(ctx context.Context, q webhook.UndeliveredQuery) (all []webhook.Undelivered, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		all = nil
		before := int64(maxRow)
		if q.Before != "" {
			found, err := c.Get(ctx, selectDeliveryPlace, []any{q.Before}, &before)
			if err != nil {
				return err
			}
			if !found {
				return noDelivery(q.Before)
			}
		}
		var r deliveryRow
		var rows []deliveryRow
		args := []any{before, string(q.State), string(q.Party), string(q.Channel), q.Limit}
		err := c.Each(ctx, selectUndelivered, args, r.dest(), func() { rows = append(rows, r) })
		if err != nil {
			return err
		}
		for _, r := range rows {
			u := webhook.Undelivered{}
			if u.Task, err = db.taskOf(ctx, c, selectEndpointByN, r); err != nil {
				return err
			}
			last, err := attemptsBy(ctx, c, selectLastAttempt, r.n)
			if err != nil {
				return err
			}
			if len(last) > 0 {
				u.Last = last[0]
			}
			all = append(all, u)
		}
		return nil
	})
	return all, err
}

// Thread lists what was delivered of an order before; see [webhook.Store].
func (db *DB) Thread(ctx context.Context, delivery string) (ids []string, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		ids = nil
		var id string
		return c.Each(ctx, selectThread, []any{delivery}, []any{&id}, func() { ids = append(ids, id) })
	})
	return ids, err
}

// MailTask returns what a link belongs to; see [webhook.Store].
func (db *DB) MailTask(ctx context.Context, delivery string) (t webhook.Task, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		var r deliveryRow
		found, err := c.Get(ctx, selectAnyDelivery, []any{delivery}, r.dest()...)
		if err == nil && found {
			t, err = db.taskOf(ctx, c, selectEndpointByN, r)
		}
		absent := noDelivery(delivery) // made at any rate, and as late as for a link with a wrong signature
		if err == nil && t.Delivery.ID != delivery {
			err = absent
		}
		return err
	})
	if err != nil {
		return webhook.Task{}, err
	}
	return t, nil
}

// taskOf joins a delivery with its endpoint, read by the given query.
func (db *DB) taskOf(ctx context.Context, c *sqldb.Conn, query string, r deliveryRow) (t webhook.Task, err error) {
	var e endpointRow
	if _, err := c.Get(ctx, query, []any{r.endpointN}, e.dest()...); err != nil {
		return t, err
	}
	f := db.running.frame()
	if t.Endpoint, err = e.endpoint(f); err != nil {
		return t, err
	}
	t.Delivery = r.delivery(t.Endpoint.ID, *db.epoch.Load(), f)
	return t, nil
}
