package store

import (
	"bytes"
	"context"

	"github.com/bookgate/bookgate/order"
)

const (
	selectInterchange = `SELECT sha256, last FROM interchanges WHERE sender = $1 AND type = $2 AND number = $3 AND reference = $4`
	selectLastNumber  = `SELECT number FROM interchanges WHERE sender = $1 AND type = $2 ORDER BY number DESC LIMIT 1`
	insertInterchange = `INSERT INTO interchanges (sender, type, number, reference, sha256, last, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`
)

// Interchange keeps that a message came in; see [order.Store].
func (db *DB) Interchange(ctx context.Context, i order.Interchange) (s order.Sequence, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) (err error) {
		s, err = db.interchange(ctx, c, i)
		return err
	})
	return s, err
}

func (db *DB) interchange(ctx context.Context, c *conn, i order.Interchange) (s order.Sequence, err error) {
	var digest []byte
	s.Repeated, err = c.get(ctx, selectInterchange, []any{string(i.Sender), i.Type, i.Number, i.Reference}, &digest, &s.Last)
	if err != nil || s.Repeated {
		s.Differs = s.Repeated && !bytes.Equal(digest, i.SHA256[:])
		return s, err
	}
	if _, err := c.get(ctx, selectLastNumber, []any{string(i.Sender), i.Type}, &s.Last); err != nil {
		return s, err
	}
	_, err = c.exec(ctx, insertInterchange, string(i.Sender), i.Type, i.Number, i.Reference, i.SHA256[:], s.Last, micros(db.now()))
	return s, err
}
