package store

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

const (
	keyColumns = `id, digest, name, party, dialect, mode, permissions, created, used, revoked`
	insertKey  = `INSERT INTO keys (` + keyColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)`
	// As much is read for a digest that is not there: time does not tell whether a
	// key was one once, or is one of another dialect.
	selectKey = `SELECT ` + keyColumns + ` FROM keys WHERE digest = coalesce(
		(SELECT digest FROM keys WHERE digest <= $1 ORDER BY digest DESC LIMIT 1), (SELECT digest FROM keys WHERE digest >= $1 ORDER BY digest LIMIT 1))`
	selectKeys = `SELECT ` + keyColumns + ` FROM keys ORDER BY party, dialect, mode, created, id`
	countKeys  = `SELECT count(*) FROM keys WHERE party = $1 AND dialect = $2 AND mode = $3 AND revoked = 0`
	revokeKey  = `UPDATE keys SET revoked = CASE WHEN revoked = 0 THEN $1 ELSE revoked END WHERE id = $2 RETURNING ` + keyColumns
	useKey     = `UPDATE keys SET used = $1 WHERE id = $2 AND used < $1`
)

// keyRow is a row of keys.
type keyRow struct {
	auth.Key
	digest                 []byte
	permissions            string
	created, used, revoked int64
}

func (r *keyRow) dest() []any {
	return []any{&r.ID, &r.digest, &r.Name, &r.Party, &r.Dialect, &r.Mode, &r.permissions, &r.created, &r.used, &r.revoked}
}

func (r *keyRow) key() (auth.Key, error) {
	k := r.Key
	copy(k.Digest[:], r.digest)
	k.Created, k.Used, k.Revoked = fromMicros(r.created), fromMicros(r.used), fromMicros(r.revoked)
	return k, fromJSON(r.permissions, &k.Permissions)
}

// AddKey keeps a new key; see [auth.Store]. The party's row is locked first, so
// that keys that are added side by side are counted one after the other.
func (db *DB) AddKey(ctx context.Context, k auth.Key, most int) error {
	permissions, err := toJSON(k.Permissions)
	if err != nil {
		return err
	}
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		if _, err := c.exec(ctx, lockParty, string(k.Party)); err != nil {
			return err
		}
		if err := checkParties(ctx, c, k.Party); err != nil {
			return err
		}
		var active int
		if _, err := c.get(ctx, countKeys, []any{string(k.Party), k.Dialect, k.Mode}, &active); err != nil {
			return err
		}
		if active >= most {
			return order.Errorf(order.Conflict, "keys-many", "Party %s has %d %s keys for %s already, and %d are allowed.", k.Party, active, k.Mode, k.Dialect, most).
				WithHint("Revoke one that is not used any more: bookgate key list, bookgate key revoke ID.")
		}
		_, err := c.exec(ctx, insertKey, k.ID, k.Digest[:], k.Name, string(k.Party), k.Dialect, k.Mode, permissions, micros(k.Created))
		return err
	})
}

// Key gives a key by its digest; see [auth.Store].
func (db *DB) Key(ctx context.Context, digest [sha256.Size]byte) (k auth.Key, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) (err error) {
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

func oneKey(ctx context.Context, c *conn, query string, args ...any) (k auth.Key, err error) {
	var r keyRow
	found, err := c.get(ctx, query, args, r.dest()...)
	if err != nil {
		return k, err
	}
	if !found {
		return k, noKey()
	}
	return r.key()
}

func noKey() error {
	return order.Errorf(order.NotFound, "key-not-found", "There is no such key.").WithHint("bookgate key list shows them.")
}

// Keys lists all keys; see [auth.Store].
func (db *DB) Keys(ctx context.Context) (keys []auth.Key, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		keys = nil
		var rows []keyRow
		var r keyRow
		if err := c.each(ctx, selectKeys, nil, r.dest(), func() { rows = append(rows, r) }); err != nil {
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
	err = db.write(ctx, func(ctx context.Context, c *conn) (err error) {
		k, err = oneKey(ctx, c, revokeKey, micros(now), id)
		return err
	})
	if err != nil {
		return auth.Key{}, err
	}
	return k, nil
}

// UseKey keeps when a key was last used; see [auth.Store].
func (db *DB) UseKey(ctx context.Context, id string, now time.Time) error {
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, useKey, micros(now), id)
		return err
	})
}
