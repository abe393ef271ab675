package store

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

const (
	clientColumns = `id, party, secret, created, revoked, old_secret, old_until`
	upsertClient  = `INSERT INTO clients (` + clientColumns + `) VALUES ($1, $2, $3, $4, 0, $5, 0)
		ON CONFLICT (id) DO UPDATE SET party = excluded.party, secret = excluded.secret, revoked = 0,
		old_secret = excluded.old_secret, old_until = 0`
	selectClient = `SELECT ` + clientColumns + ` FROM clients WHERE id = $1`
	// As much is read for an id that is not there: time does not tell which are.
	selectNearestClient = `SELECT ` + clientColumns + ` FROM clients WHERE id = coalesce(
		(SELECT id FROM clients WHERE id <= $1 ORDER BY id DESC LIMIT 1),
		(SELECT id FROM clients WHERE id >= $1 ORDER BY id LIMIT 1))`
	selectClients = `SELECT ` + clientColumns + ` FROM clients ORDER BY party, created, id`
	revokeClient  = `UPDATE clients SET revoked = CASE WHEN revoked = 0 THEN $1 ELSE revoked END
		WHERE id = $2 RETURNING ` + clientColumns
	rotateClient = `UPDATE clients SET old_secret = secret, old_until = $1, secret = $2
		WHERE id = $3 AND revoked = 0 RETURNING ` + clientColumns
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
	cl.Created, cl.Revoked, cl.OldUntil = sqldb.FromMicros(r.created), sqldb.FromMicros(r.revoked), f.clock(r.oldUntil)
	return cl
}

// AddClient stores a client; see [auth.Store]. The same id again changes party
// and secret and ends the client's tokens, as it does for users.
func (db *DB) AddClient(ctx context.Context, cl auth.Client) error {
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if err := checkParties(ctx, c, cl.Party); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, upsertClient, cl.ID, string(cl.Party), cl.Secret[:], sqldb.Micros(cl.Created),
			[]byte{}); err != nil {
			return err
		}
		_, err := endTickets(ctx, c, auth.KindToken, cl.ID)
		return err
	})
}

// Client returns a client by id; see [auth.Store].
func (db *DB) Client(ctx context.Context, id string) (cl auth.Client, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		cl, err = db.oneClient(ctx, c, id, selectNearestClient, id)
		return err
	})
	return cl, err
}

func (db *DB) oneClient(ctx context.Context, c *sqldb.Conn, id, query string, args ...any) (auth.Client, error) {
	var r clientRow
	found, err := c.Get(ctx, query, args, r.dest()...)
	if err != nil {
		return auth.Client{}, err
	}
	absent := order.Errorf(order.NotFound, "client-not-found", "There is no client %s.", order.Truncate(id)).
		WithHint("bookgate client list shows them.") // made at any rate, so that time does not tell
	if !found || r.ID != id {
		return auth.Client{}, absent
	}
	return r.client(db.running.frame()), nil
}

// Clients lists the clients; see [auth.Store].
func (db *DB) Clients(ctx context.Context) (clients []auth.Client, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		clients = nil
		var r clientRow
		f := db.running.frame()
		return c.Each(ctx, selectClients, nil, r.dest(), func() { clients = append(clients, r.client(f)) })
	})
	return clients, err
}

// RevokeClient ends a client; see [auth.Store].
func (db *DB) RevokeClient(ctx context.Context, id string, now time.Time) (cl auth.Client, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		if cl, err = db.oneClient(ctx, c, id, revokeClient, sqldb.Micros(now), id); err != nil {
			return err
		}
		_, err = endTickets(ctx, c, auth.KindToken, id)
		return err
	})
	return cl, err
}

// RotateClient replaces a client's secret; see [auth.Store].
func (db *DB) RotateClient(ctx context.Context, id string, secret [sha256.Size]byte,
	oldUntil time.Time) (cl auth.Client, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		if cl, err = db.oneClient(ctx, c, id, selectClient, id); err != nil {
			return err
		}
		if !cl.Revoked.IsZero() {
			return order.Errorf(order.Conflict, "client-revoked",
				"Client %s is revoked; its secret cannot be replaced.", id).
				WithHint("Add a new client: bookgate client add --party %s", cl.Party)
		}
		if cl, err = db.oneClient(ctx, c, id, rotateClient, db.running.of(oldUntil), secret[:], id); err != nil ||
			!oldUntil.IsZero() {
			return err
		}
		_, err = endTickets(ctx, c, auth.KindToken, id)
		return err
	})
	return cl, err
}

const (
	keyColumns = `id, digest, name, party, dialect, mode, permissions, created, used, revoked`
	insertKey  = `INSERT INTO keys (` + keyColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)`
	// As much is read for a digest that is not there: time does not tell whether a
	// key was one once, or is one of another dialect.
	selectKey = `SELECT ` + keyColumns + ` FROM keys WHERE digest = coalesce(
		(SELECT digest FROM keys WHERE digest <= $1 ORDER BY digest DESC LIMIT 1),
		(SELECT digest FROM keys WHERE digest >= $1 ORDER BY digest LIMIT 1))`
	selectKeys = `SELECT ` + keyColumns + ` FROM keys ORDER BY party, dialect, mode, created, id`
	countKeys  = `SELECT count(*) FROM keys WHERE party = $1 AND dialect = $2 AND mode = $3 AND revoked = 0`
	revokeKey  = `UPDATE keys SET revoked = CASE WHEN revoked = 0 THEN $1 ELSE revoked END
		WHERE id = $2 RETURNING ` + keyColumns
	useKey = `UPDATE keys SET used = $1 WHERE id = $2 AND used < $1`
)

// keyRow is a row of keys.
type keyRow struct {
	auth.Key
	digest                 []byte
	permissions            string
	created, used, revoked int64
}

func (r *keyRow) dest() []any {
	return []any{&r.ID, &r.digest, &r.Name, &r.Party, &r.Dialect, &r.Mode, &r.permissions, &r.created, &r.used,
		&r.revoked}
}

func (r *keyRow) key() (auth.Key, error) {
	k := r.Key
	copy(k.Digest[:], r.digest)
	k.Created, k.Used, k.Revoked = sqldb.FromMicros(r.created), sqldb.FromMicros(r.used), sqldb.FromMicros(r.revoked)
	return k, fromJSON(r.permissions, &k.Permissions)
}

// AddKey stores a new key; see [auth.Store]. The party's row is locked first, so
// that keys that are added side by side are counted one after the other.
func (db *DB) AddKey(ctx context.Context, k auth.Key, most int) error {
	permissions, err := toJSON(k.Permissions)
	if err != nil {
		return err
	}
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if _, err := c.Exec(ctx, lockParty, string(k.Party)); err != nil {
			return err
		}
		if err := checkParties(ctx, c, k.Party); err != nil {
			return err
		}
		var active int
		if _, err := c.Get(ctx, countKeys, []any{string(k.Party), k.Dialect, k.Mode}, &active); err != nil {
			return err
		}
		if active >= most {
			return order.Errorf(order.Conflict, "keys-many",
				"Party %s has %d %s keys for %s already, and %d are allowed.",
				k.Party, active, k.Mode, k.Dialect, most).
				WithHint("Revoke one that is not used any more: bookgate key list, bookgate key revoke ID.")
		}
		_, err := c.Exec(ctx, insertKey, k.ID, k.Digest[:], k.Name, string(k.Party), k.Dialect, k.Mode, permissions,
			sqldb.Micros(k.Created))
		return err
	})
}

// Key returns a key by its digest; see [auth.Store].
func (db *DB) Key(ctx context.Context, digest [sha256.Size]byte) (k auth.Key, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		absent := noKey() // made at any rate, so that time does not tell
		if k, err = oneKey(ctx, c, selectKey, digest[:]); err == nil && k.Digest != digest {
			err = absent
		}
		return err
	})
	if err != nil {
		return auth.Key{}, err
	}
	return k, nil
}

func oneKey(ctx context.Context, c *sqldb.Conn, query string, args ...any) (k auth.Key, err error) {
	var r keyRow
	found, err := c.Get(ctx, query, args, r.dest()...)
	if err != nil {
		return k, err
	}
	if !found {
		return k, noKey()
	}
	return r.key()
}

func noKey() error {
	return order.Errorf(order.NotFound, "key-not-found", "There is no such key.").
		WithHint("bookgate key list shows them.")
}

// Keys lists all keys; see [auth.Store].
func (db *DB) Keys(ctx context.Context) (keys []auth.Key, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		keys = nil
		var rows []keyRow
		var r keyRow
		if err := c.Each(ctx, selectKeys, nil, r.dest(), func() { rows = append(rows, r) }); err != nil {
			return err
		}
		for i := range rows {
			k, err := rows[i].key()
			if err != nil {
				return err
			}
			keys = append(keys, k)
		}
		return nil
	})
	return keys, err
}

// RevokeKey ends a key; see [auth.Store].
func (db *DB) RevokeKey(ctx context.Context, id string, now time.Time) (k auth.Key, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		k, err = oneKey(ctx, c, revokeKey, sqldb.Micros(now), id)
		return err
	})
	if err != nil {
		return auth.Key{}, err
	}
	return k, nil
}

// UseKey records when a key was last used; see [auth.Store].
func (db *DB) UseKey(ctx context.Context, id string, now time.Time) error {
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, useKey, sqldb.Micros(now), id)
		return err
	})
}
