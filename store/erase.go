package store

import (
	"context"
	"fmt"
	"time"

	"github.com/bookgate/bookgate/order"
)

const (
	markErased = `UPDATE orders SET erased = $1 WHERE n = $2`
	// Of those who acted, only the exchange itself and its operator have no
	// party. The reasons of erasures stay: they tell of no person.
	blankEvents = `UPDATE events SET text = '', actor = CASE WHEN party = '' THEN actor ELSE '' END
		WHERE order_n = $1 AND kind <> 'erased' AND (text <> '' OR actor <> '')`
	dropDocument = `UPDATE documents SET body = $1, dropped = $2 WHERE order_n = $3 AND dropped = 0`
	deleteDamage = `DELETE FROM damages WHERE order_n = $1`
)

// wipe takes out what an order holds beside its content: the bytes of its
// document, and the words and users of its history.
func wipe(ctx context.Context, c *conn, n, at int64) error {
	if _, err := c.exec(ctx, markErased, at, n); err != nil {
		return err
	}
	if _, err := drop(ctx, c, n, at); err != nil {
		return err
	}
	_, err := c.exec(ctx, blankEvents, n)
	return err
}

// drop takes the bytes of a document out of keeping, and what was found wrong
// with them; dropped is 1 when they were there.
func drop(ctx context.Context, c *conn, n, at int64) (dropped int64, err error) {
	if dropped, err = c.exec(ctx, dropDocument, []byte{}, at, n); err != nil || dropped == 0 {
		return dropped, err
	}
	_, err = c.exec(ctx, deleteDamage, n)
	return dropped, err
}

// Bounds of scrubbing: longer than any reader of a list takes for a page.
const (
	scrubPatience = 10 * time.Second
	scrubPause    = 100 * time.Millisecond
)

// Scrub makes sure that what was erased stands nowhere in the files of the
// store. SQLite overwrites it in the database at once, but older states lie in
// the log until that is cut. With whole the database is written anew as well,
// for bytes of a row that was once moved can stay in the free part of a page;
// nobody can write meanwhile, and there must be room for a second copy.
// PostgreSQL keeps old rows until its own VACUUM, which is the database
// administrator's.
func (db *DB) Scrub(ctx context.Context, whole bool) error {
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
	for deadline := time.Now().Add(scrubPatience); ; {
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
		case <-time.After(scrubPause):
		}
	}
}
