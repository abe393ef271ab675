package store

import (
	"context"

	"github.com/bookgate/bookgate/internal/webhook"
)

const (
	// The channel of an endpoint is spelled as webhook.Endpoint.Channel has it.
	selectUndelivered = `SELECT d.n, d.id, d.endpoint_n, d.party, d.type, d.state, d.attempts, d.due, d.created, d.finished,
		d.seq, d.order_id, d.number, d.event, d.at, d.line, d.from_status, d.to_status, d.side, d.text
		FROM deliveries d JOIN endpoints e ON e.n = d.endpoint_n
		WHERE d.n < $1 AND ($2 = 'all' OR d.state <> 'delivered' AND ($2 = '' OR d.state = $2)) AND ($3 = '' OR d.party = $3)
		AND ($4 = '' OR $4 = CASE WHEN e.url LIKE 'mailto:%' THEN 'e-mail' WHEN e.scope <> '' THEN 'callback' ELSE 'webhook' END)
		ORDER BY d.n DESC LIMIT $5`
	selectDeliveryPlace = `SELECT n FROM deliveries WHERE id = $1`
	selectLastAttempt   = `SELECT number, at, took, status, error, header, body FROM attempts WHERE delivery_n = $1 ORDER BY number DESC LIMIT 1`

	// What was skipped has an attempt without an answer.
	selectThread = `SELECT b.id FROM deliveries d JOIN deliveries b ON b.endpoint_n = d.endpoint_n AND b.order_n = d.order_n AND b.n < d.n
		WHERE d.id = $1 AND b.state = 'delivered' AND b.type <> 'endpoint.test'
		AND EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_n = b.n AND a.error = '' AND a.status > 0) ORDER BY b.n`
)

// Undelivered lists deliveries of all parties; see [webhook.Store].
func (db *DB) Undelivered(ctx context.Context, q webhook.UndeliveredQuery) (all []webhook.Undelivered, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		all = nil
		before := int64(maxRow)
		if q.Before != "" {
			found, err := c.get(ctx, selectDeliveryPlace, []any{q.Before}, &before)
			if err != nil {
				return err
			}
			if !found {
				return noDelivery(q.Before)
			}
		}
		var r deliveryRow
		var rows []deliveryRow
		err := c.each(ctx, selectUndelivered, []any{before, string(q.State), string(q.Party), string(q.Channel), q.Limit}, r.dest(), func() { rows = append(rows, r) })
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
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		ids = nil
		var id string
		return c.each(ctx, selectThread, []any{delivery}, []any{&id}, func() { ids = append(ids, id) })
	})
	return ids, err
}
