package store

import (
	"context"
	"encoding/json"
	"fmt"
	"net/textproto"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

const (
	insertAttempt = `INSERT INTO attempts (delivery_n, number, at, took, status, error, header, body)
		SELECT $1, 1 + coalesce(max(number), 0), $2, $3, $4, $5, $6, $7 FROM attempts WHERE delivery_n = $1`
	selectAttempts = `SELECT number, at, took, status, error, header, body FROM attempts WHERE delivery_n = $1 ORDER BY number`
	// Only what is due for good goes; a pending delivery keeps its attempts.
	// A letter stays longer, for its link leads to it.
	selectFinished = `SELECT n FROM deliveries WHERE state <> 'pending' AND finished < $1
		AND (finished < $2 OR NOT EXISTS (SELECT 1 FROM endpoints e WHERE e.n = deliveries.endpoint_n AND e.url LIKE $3))
		ORDER BY finished, n LIMIT $4`
	deleteLinkN     = `DELETE FROM links WHERE delivery = (SELECT id FROM deliveries WHERE n = $1)`
	deleteAttemptsN = `DELETE FROM attempts WHERE delivery_n = $1`
	deleteDeliveryN = `DELETE FROM deliveries WHERE n = $1`
)

func insertAttemptRow(ctx context.Context, c *conn, n int64, a webhook.Attempt) error {
	header, err := json.Marshal(a.Header)
	if err != nil {
		return fmt.Errorf("write the headers of an attempt: %w", err)
	}
	_, err = c.exec(ctx, insertAttempt, n, micros(a.At), a.Took.Microseconds(), a.Status, a.Error, string(header), notNull(a.Body))
	return err
}

// Attempts lists the attempts of a delivery; see [webhook.Store].
func (db *DB) Attempts(ctx context.Context, party order.PartyID, endpoint, delivery string) (attempts []webhook.Attempt, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		e, err := endpointRowOf(ctx, c, selectEndpoint, party, endpoint)
		if err != nil {
			return err
		}
		var n int64
		found, err := c.get(ctx, selectDeliveryN, []any{delivery, e.n}, &n)
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
func attemptsBy(ctx context.Context, c *conn, query string, n int64) (attempts []webhook.Attempt, err error) {
	var a webhook.Attempt
	var at, took int64
	var header string
	var body []byte
	var fault error
	err = c.each(ctx, query, []any{n}, []any{&a.Number, &at, &took, &a.Status, &a.Error, &header, &body}, func() {
		kept := a
		kept.At, kept.Took, kept.Body = fromMicros(at), time.Duration(took)*time.Microsecond, append([]byte{}, body...)
		var h textproto.MIMEHeader
		if err := json.Unmarshal([]byte(header), &h); err != nil {
			fault = fmt.Errorf("read the headers of an attempt: %w", err)
		}
		kept.Header = map[string][]string(h)
		attempts = append(attempts, kept)
	})
	if err == nil {
		err = fault
	}
	return attempts, err
}

// Trim drops what finished long ago; see [webhook.Store].
func (db *DB) Trim(ctx context.Context, before time.Time, limit int) (dropped int64, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) error {
		var rows []int64
		var n int64
		if err := c.each(ctx, selectFinished, []any{micros(before), micros(before.Add(-webhook.LinkLife)), webhook.Mailto + "%", limit}, []any{&n}, func() { rows = append(rows, n) }); err != nil {
			return err
		}
		for _, n := range rows {
			for _, query := range []string{deleteLinkN, deleteAttemptsN, deleteDeliveryN} {
				if _, err := c.exec(ctx, query, n); err != nil {
					return err
				}
			}
		}
		dropped = int64(len(rows))
		return nil
	})
	return dropped, err
}
