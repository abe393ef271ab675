package store

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/bookgate/bookgate/order"
)

const (
	selectMeta = `SELECT value FROM meta WHERE name = $1`
	insertMeta = `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`
	upsertMeta = `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
)

// secretSize is 256 bits, the strength of the keyed digests made with them.
const secretSize = 32

// Secret gives the 32 random bytes kept under a name. They are made when they
// are first asked for and never change, so that what was made with them stays
// good across restarts and replicas.
func (db *DB) Secret(ctx context.Context, name string) (secret []byte, err error) {
	key := "secret:" + name
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		_, err := c.get(ctx, selectMeta, []any{key}, &secret)
		return err
	})
	if err != nil || len(secret) == secretSize {
		return secret, err
	}
	fresh := make([]byte, secretSize)
	rand.Read(fresh)
	err = db.write(ctx, func(ctx context.Context, c *conn) error {
		if _, err := c.exec(ctx, insertMeta, key, fresh); err != nil {
			return err
		}
		_, err := c.get(ctx, selectMeta, []any{key}, &secret)
		return err
	})
	return secret, err
}

// Ready reports whether the store can serve: it writes and commits a mark, and
// reads back that the schema is still ours. A store in which damage was met is
// not ready, whatever it can still do.
func (db *DB) Ready(ctx context.Context) error {
	if err := db.refuseDamaged(); err != nil {
		return err
	}
	if err := db.refuseFull(); err != nil {
		return err
	}
	var have int
	var differ []Divergence
	err := db.write(ctx, func(ctx context.Context, c *conn) (err error) {
		if _, err := c.exec(ctx, upsertMeta, "probed", []byte(db.now().UTC().Format(time.RFC3339Nano))); err != nil {
			return err
		}
		if have, err = db.engine.schemaVersion(ctx, c); err != nil {
			return err
		}
		differ, _, err = db.engine.divergences(ctx, c, have)
		return err
	})
	if err == nil && len(differ) > 0 {
		return diverged(order.Unavailable, "The store", differ)
	}
	if err == nil && have != db.SchemaVersion() {
		return order.Errorf(order.Unavailable, "store-newer", "The store has schema %d now, and this program serves schema %d.", have, db.SchemaVersion())
	}
	return err
}
