package store

import (
	"context"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

const (
	userColumns = `name, party, password, created, disabled`
	upsertUser  = `INSERT INTO users (` + userColumns + `) VALUES ($1, $2, $3, $4, 0)
		ON CONFLICT (name) DO UPDATE SET party = excluded.party, password = excluded.password, disabled = 0`
	selectUser  = `SELECT ` + userColumns + ` FROM users WHERE name = $1`
	selectUsers = `SELECT ` + userColumns + ` FROM users ORDER BY party, name`
	disableUser = `UPDATE users SET disabled = CASE WHEN disabled = 0 THEN $1 ELSE disabled END WHERE name = $2 RETURNING ` + userColumns
	enableUser  = `UPDATE users SET disabled = 0 WHERE name = $1 RETURNING ` + userColumns
	deleteUser  = `DELETE FROM users WHERE name = $1`
)

// userRow is a row of users.
type userRow struct {
	auth.User
	created, disabled int64
}

func (r *userRow) dest() []any {
	return []any{&r.Name, &r.Party, &r.Password, &r.created, &r.disabled}
}

func (r *userRow) user() auth.User {
	u := r.User
	u.Created, u.Disabled = fromMicros(r.created), fromMicros(r.disabled)
	return u
}

// AddUser keeps a user; see [auth.Store].
func (db *DB) AddUser(ctx context.Context, u auth.User) error {
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		if err := checkParties(ctx, c, u.Party); err != nil {
			return err
		}
		if _, err := c.exec(ctx, upsertUser, u.Name, string(u.Party), u.Password, micros(u.Created)); err != nil {
			return err
		}
		_, err := endTickets(ctx, c, auth.KindTicket, u.Name)
		return err
	})
}

// User gives a user by name; see [auth.Store].
func (db *DB) User(ctx context.Context, name string) (u auth.User, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) (err error) {
		u, err = oneUser(ctx, c, name, selectUser, name)
		return err
	})
	return u, err
}

func oneUser(ctx context.Context, c *conn, name, query string, args ...any) (auth.User, error) {
	var r userRow
	found, err := c.get(ctx, query, args, r.dest()...)
	if err != nil {
		return auth.User{}, err
	}
	if !found {
		return auth.User{}, noUser(name)
	}
	return r.user(), nil
}

func noUser(name string) error {
	return order.Errorf(order.NotFound, "user-not-found", "There is no user %s.", order.Cut(name)).WithHint("bookgate user list shows them.")
}

// Users lists the users; see [auth.Store].
func (db *DB) Users(ctx context.Context) (users []auth.User, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		users = nil
		var r userRow
		return c.each(ctx, selectUsers, nil, r.dest(), func() { users = append(users, r.user()) })
	})
	return users, err
}

// DisableUser ends a user's access; see [auth.Store].
func (db *DB) DisableUser(ctx context.Context, name string, now time.Time) (u auth.User, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) (err error) {
		if u, err = oneUser(ctx, c, name, disableUser, micros(now), name); err != nil {
			return err
		}
		_, err = endTickets(ctx, c, auth.KindTicket, name)
		return err
	})
	return u, err
}

// EnableUser takes a disabling back; see [auth.Store].
func (db *DB) EnableUser(ctx context.Context, name string) (u auth.User, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) (err error) {
		u, err = oneUser(ctx, c, name, enableUser, name)
		return err
	})
	return u, err
}

// RemoveUser removes a user; see [auth.Store].
func (db *DB) RemoveUser(ctx context.Context, name string) error {
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		n, err := c.exec(ctx, deleteUser, name)
		if err == nil && n == 0 {
			return noUser(name)
		}
		if err != nil {
			return err
		}
		_, err = endTickets(ctx, c, auth.KindTicket, name)
		return err
	})
}
