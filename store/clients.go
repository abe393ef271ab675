package store

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

const (
	clientColumns = `id, party, secret, created, revoked, old_secret, old_until`
	upsertClient  = `INSERT INTO clients (` + clientColumns + `) VALUES ($1, $2, $3, $4, 0, $5, 0)
		ON CONFLICT (id) DO UPDATE SET party = excluded.party, secret = excluded.secret, revoked = 0, old_secret = excluded.old_secret, old_until = 0`
	selectClient = `SELECT ` + clientColumns + ` FROM clients WHERE id = $1`
	// As much is read for an id that is not there: time does not tell which are.
	selectNearestClient = `SELECT ` + clientColumns + ` FROM clients WHERE id = coalesce(
		(SELECT id FROM clients WHERE id <= $1 ORDER BY id DESC LIMIT 1), (SELECT id FROM clients WHERE id >= $1 ORDER BY id LIMIT 1))`
	selectClients = `SELECT ` + clientColumns + ` FROM clients ORDER BY party, created, id`
	revokeClient  = `UPDATE clients SET revoked = CASE WHEN revoked = 0 THEN $1 ELSE revoked END WHERE id = $2 RETURNING ` + clientColumns
	rotateClient  = `UPDATE clients SET old_secret = secret, old_until = $1, secret = $2 WHERE id = $3 AND revoked = 0 RETURNING ` + clientColumns
)

// clientRow is a row of clients. oldUntil is in running time.
type clientRow struct {
	auth.Client
	secret, oldSecret          []byte
	created, revoked, oldUntil int64
}

func (r *clientRow) dest() []any {
	return []any{&r.ID, &r.Party, &r.secret, &r.created, &r.revoked, &r.oldSecret, &r.oldUntil}
}

func (r *clientRow) client(f frame) auth.Client {
	cl := r.Client
	copy(cl.Secret[:], r.secret)
	copy(cl.OldSecret[:], r.oldSecret)
	cl.Created, cl.Revoked, cl.OldUntil = fromMicros(r.created), fromMicros(r.revoked), f.clock(r.oldUntil)
	return cl
}

// AddClient keeps a client; see [auth.Store]. The same id again changes party
// and secret and ends the client's tokens, as it does for users.
func (db *DB) AddClient(ctx context.Context, cl auth.Client) error {
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		if err := checkParties(ctx, c, cl.Party); err != nil {
			return err
		}
		if _, err := c.exec(ctx, upsertClient, cl.ID, string(cl.Party), cl.Secret[:], micros(cl.Created), []byte{}); err != nil {
			return err
		}
		_, err := endTickets(ctx, c, auth.KindToken, cl.ID)
		return err
	})
}

// Client returns a client by id; see [auth.Store].
func (db *DB) Client(ctx context.Context, id string) (cl auth.Client, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) (err error) {
		cl, err = db.oneClient(ctx, c, id, selectNearestClient, id)
		return err
	})
	return cl, err
}

func (db *DB) oneClient(ctx context.Context, c *conn, id, query string, args ...any) (auth.Client, error) {
	var r clientRow
	found, err := c.get(ctx, query, args, r.dest()...)
	if err != nil {
		return auth.Client{}, err
	}
	absent := order.Errorf(order.NotFound, "client-not-found", "There is no client %s.", order.Cut(id)).
		WithHint("bookgate client list shows them.") // made at any rate, so that time does not tell
	if !found || r.ID != id {
		return auth.Client{}, absent
	}
	return r.client(db.running.frame()), nil
}

// Clients lists the clients; see [auth.Store].
func (db *DB) Clients(ctx context.Context) (clients []auth.Client, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		clients = nil
		var r clientRow
		f := db.running.frame()
		return c.each(ctx, selectClients, nil, r.dest(), func() { clients = append(clients, r.client(f)) })
	})
	return clients, err
}

// RevokeClient ends a client; see [auth.Store].
func (db *DB) RevokeClient(ctx context.Context, id string, now time.Time) (cl auth.Client, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) (err error) {
		if cl, err = db.oneClient(ctx, c, id, revokeClient, micros(now), id); err != nil {
			return err
		}
		_, err = endTickets(ctx, c, auth.KindToken, id)
		return err
	})
	return cl, err
}

// RotateClient replaces a client's secret; see [auth.Store].
func (db *DB) RotateClient(ctx context.Context, id string, secret [sha256.Size]byte, oldUntil time.Time) (cl auth.Client, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) (err error) {
		if cl, err = db.oneClient(ctx, c, id, selectClient, id); err != nil {
			return err
		}
		if !cl.Revoked.IsZero() {
			return order.Errorf(order.Conflict, "client-revoked", "Client %s is revoked; its secret cannot be replaced.", id).
				WithHint("Add a new client: bookgate client add --party %s", cl.Party)
		}
		if cl, err = db.oneClient(ctx, c, id, rotateClient, db.running.of(oldUntil), secret[:], id); err != nil || !oldUntil.IsZero() {
			return err
		}
		_, err = endTickets(ctx, c, auth.KindToken, id)
		return err
	})
	return cl, err
}
