package store

import (
	"context"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

const (
	upsertUser = `INSERT INTO users (name, party, password, created) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET party = excluded.party, password = excluded.password`
	selectUser = `SELECT name, party, password, created FROM users WHERE name = $1`

	upsertClient = `INSERT INTO clients (id, party, secret, created) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET party = excluded.party, secret = excluded.secret`
	selectClient = `SELECT id, party, secret, created FROM clients WHERE id = $1`
)

// AddUser keeps a user; see [auth.Store].
func (db *DB) AddUser(ctx context.Context, u auth.User) error {
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		if err := checkParties(ctx, c, u.Party); err != nil {
			return err
		}
		if _, err := c.exec(ctx, upsertUser, u.Name, string(u.Party), u.Password, micros(u.Created)); err != nil {
			return err
		}
		return endTickets(ctx, c, auth.KindTicket, u.Name)
	})
}

// User gives a user by name; see [auth.Store].
func (db *DB) User(ctx context.Context, name string) (u auth.User, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		var created int64
		found, err := c.get(ctx, selectUser, []any{name}, &u.Name, &u.Party, &u.Password, &created)
		if err == nil && !found {
			return order.Errorf(order.NotFound, "user-not-found", "There is no user %s.", order.Cut(name))
		}
		u.Created = fromMicros(created)
		return err
	})
	return u, err
}

// AddClient keeps a client; see [auth.Store]. The same id again changes party
// and secret and ends the client's tokens, as it does for users.
func (db *DB) AddClient(ctx context.Context, cl auth.Client) error {
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		if err := checkParties(ctx, c, cl.Party); err != nil {
			return err
		}
		if _, err := c.exec(ctx, upsertClient, cl.ID, string(cl.Party), cl.Secret[:], micros(cl.Created)); err != nil {
			return err
		}
		return endTickets(ctx, c, auth.KindToken, cl.ID)
	})
}

// Client gives a client by id; see [auth.Store].
func (db *DB) Client(ctx context.Context, id string) (cl auth.Client, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		var created int64
		var secret []byte
		found, err := c.get(ctx, selectClient, []any{id}, &cl.ID, &cl.Party, &secret, &created)
		if err == nil && !found {
			return order.Errorf(order.NotFound, "client-not-found", "There is no client %s.", order.Cut(id))
		}
		copy(cl.Secret[:], secret)
		cl.Created = fromMicros(created)
		return err
	})
	return cl, err
}
