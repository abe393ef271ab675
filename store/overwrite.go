package store

import (
	"context"
	"fmt"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Bounds of overwriting: longer than any reader of a list takes for a page.
const (
	overwritePatience = 10 * time.Second
	overwritePause    = 100 * time.Millisecond
)

// Overwrite makes sure that what was erased stands nowhere in the files of the
// store. SQLite overwrites it in the database at once, but older states lie in
// the log until that is cut. With whole the database is written anew as well,
// for bytes of a row that was once moved can stay in the free part of a page;
// nobody can write meanwhile, and there must be room for a second copy.
// PostgreSQL keeps old rows until its own VACUUM, which is the database
// administrator's.
func (db *DB) Overwrite(ctx context.Context, whole bool) error {
	if db.engine.checkpoint == nil {
		return nil
	}
	c, err := db.engine.connect(ctx, keeping)
	if err != nil {
		return db.fault(err)
	}
	defer c.close()
	if whole {
		err := db.engine.patiently(ctx, func() error { _, err := c.exec(ctx, "VACUUM"); return err })
		if err != nil {
			return db.fault(fmt.Errorf("write the database anew: %w", err))
		}
	}
	return db.cutLog(ctx, c)
}

// cutLog waits until no reader needs the log and empties it.
func (db *DB) cutLog(ctx context.Context, c *conn) error {
	for deadline := time.Now().Add(overwritePatience); ; {
		left, err := db.engine.checkpoint(ctx, c, "TRUNCATE")
		switch {
		case err == nil && left == 0:
			return nil
		case err != nil && !db.engine.busy(err):
			return db.fault(err)
		case time.Now().After(deadline):
			return order.Errorf(order.Unavailable, "store-busy", "The log of the store is being read, so it could not be cut: what was erased may stand in %s-wal until the server is stopped.", db.engine.path).
				WithHint("Erase it once more when less is going on, or restart the server.")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(overwritePause):
		}
	}
}
