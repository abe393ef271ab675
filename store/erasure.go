package store

import (
	"context"
	"fmt"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

const (
	eraseParty = `UPDATE parties SET name = $1, profile = '', erased = $2 WHERE id = $3`
	deleteFor  = ` WHERE party = $1`

	deleteUsersOf      = `DELETE FROM users` + deleteFor
	deleteClientsOf    = `DELETE FROM clients` + deleteFor
	deleteTicketsOf    = `DELETE FROM tickets` + deleteFor
	deleteKeysOf       = `DELETE FROM keys` + deleteFor
	deleteTariffsOf    = `DELETE FROM tariffs` + deleteFor
	deleteAllowedOf    = `DELETE FROM allowed WHERE sender = $1 OR buyer = $1`
	deleteRoutesOf     = `DELETE FROM routes WHERE seller = $1`
	deleteTriesFor     = `DELETE FROM attempts WHERE delivery_n IN (SELECT n FROM deliveries WHERE party = $1)`
	deleteSendsFor     = `DELETE FROM deliveries WHERE party = $1`
	deleteEndpointsFor = `DELETE FROM endpoints WHERE party = $1`
	deleteDefaultsOf   = `DELETE FROM default_sellers WHERE sender = $1 OR seller = $1`
	blankAcknowledged  = `UPDATE acknowledgements SET actor = '' WHERE party = $1 AND actor <> ''`

	// A party's first change of an order has no place before it.
	selectSeen = `SELECT f.seq, f.order_n, o.id, o.sender, o.buyer FROM feed f JOIN orders o ON o.n = f.order_n
		WHERE f.party = $1 AND f.seq > $2 AND f.prev_seq IS NULL AND o.retired = 0 ORDER BY f.seq LIMIT $3`
	blankEventsOf = `UPDATE events SET text = '', actor = '' WHERE order_n = $1 AND party = $2
		AND (text <> '' OR actor <> '')`
)

// EraseParty takes a party out of the exchange; see [order.Directory].
func (db *DB) EraseParty(ctx context.Context, id order.PartyID) (p order.Party, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		if p, err = loadParty(ctx, c, id); err != nil {
			return err
		}
		if p.Erased.IsZero() {
			p = p.Erase(sqldb.RoundToMicros(db.now()))
			if _, err := c.Exec(ctx, eraseParty, p.Name, sqldb.Micros(p.Erased), string(id)); err != nil {
				return err
			}
			if err := replaceIdentifiers(ctx, c, p); err != nil {
				return err
			}
		}
		return disconnect(ctx, c, id)
	})
	if err != nil {
		return order.Party{}, err
	}
	return p, nil
}

// disconnect takes out all by which a party could act or be found.
func disconnect(ctx context.Context, c *sqldb.Conn, id order.PartyID) error {
	for _, query := range []string{deleteTicketsOf, deleteUsersOf, deleteClientsOf, deleteKeysOf, deleteTariffsOf,
		deleteAllowedOf, deleteRoutesOf, deleteDefaultsOf, blankAcknowledged,
		deleteTriesFor, deleteSendsFor, deleteEndpointsFor} {
		if _, err := c.Exec(ctx, query, string(id)); err != nil {
			return err
		}
	}
	return nil
}

// feedOrder is an order that a party has in its feed.
type feedOrder struct {
	seq, n            int64
	id, sender, buyer string
}

// Forget takes an erased party out of the histories; see [order.Store].
func (db *DB) Forget(ctx context.Context, party order.PartyID, after int64, limit int) (sent []order.ID, next int64,
	err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		sent, next, err = forget(ctx, c, party, after, limit)
		return err
	})
	return sent, next, err
}

func forget(ctx context.Context, c *sqldb.Conn, party order.PartyID, after int64, limit int) (sent []order.ID,
	next int64, err error) {
	p, err := loadParty(ctx, c, party)
	if err != nil {
		return nil, 0, err
	}
	if p.Erased.IsZero() {
		return nil, 0, fmt.Errorf("party %s is not erased, so nothing of it is forgotten", party)
	}
	orders, err := selectSeenOrders(ctx, c, party, after, limit)
	if err != nil {
		return nil, 0, err
	}
	for _, o := range orders {
		if o.sender == string(party) || o.buyer == string(party) {
			sent = append(sent, order.ID(o.id))
		}
		if _, err := c.Exec(ctx, blankEventsOf, o.n, string(party)); err != nil {
			return nil, 0, err
		}
	}
	if len(orders) == limit {
		next = orders[limit-1].seq
	}
	return sent, next, nil
}

func selectSeenOrders(ctx context.Context, c *sqldb.Conn, party order.PartyID, after int64,
	limit int) (orders []feedOrder, err error) {
	var o feedOrder
	err = c.Each(ctx, selectSeen, []any{string(party), after, limit}, []any{&o.seq, &o.n, &o.id, &o.sender, &o.buyer},
		func() { orders = append(orders, o) })
	return orders, err
}

const (
	markErased = `UPDATE orders SET erased = $1 WHERE n = $2`
	// Of those who acted, only the exchange itself and its operator have no
	// party. The reasons of erasures stay: they tell of no person.
	blankEvents = `UPDATE events SET text = '', actor = CASE WHEN party = '' THEN actor ELSE '' END
		WHERE order_n = $1 AND kind <> 'erased' AND (text <> '' OR actor <> '')`
	dropDocument    = `UPDATE documents SET body = $1, dropped = $2 WHERE order_n = $3 AND dropped = 0`
	deleteCorruptOf = `DELETE FROM damages WHERE order_n = $1`
)

// drop takes the bytes of a document out of keeping, and what was found wrong
// with them; dropped is 1 when they were there.
func drop(ctx context.Context, c *sqldb.Conn, n, at int64) (dropped int64, err error) {
	if dropped, err = c.Exec(ctx, dropDocument, []byte{}, at, n); err != nil || dropped == 0 {
		return dropped, err
	}
	_, err = c.Exec(ctx, deleteCorruptOf, n)
	return dropped, err
}

// Bounds of overwriting: longer than any reader of a list takes for a page.
const (
	overwritePatience = 10 * time.Second
	overwritePause    = 100 * time.Millisecond
)

// Overwrite makes sure that what was erased stands nowhere in the files of the
// store. SQLite overwrites it in the database at once, but older states lie in
// the log until that is cut. With whole the database is written anew as well,
// for bytes of a row that was once moved can stay in the free part of a page;
// no other connection can write meanwhile, and there must be space for a second copy.
// PostgreSQL keeps old rows until its own VACUUM, which is the database
// administrator's.
func (db *DB) Overwrite(ctx context.Context, whole bool) error {
	if db.engine.Checkpoint == nil {
		return nil
	}
	c, err := db.engine.Connect(ctx, sqldb.Checkpointing)
	if err != nil {
		return db.fault(err)
	}
	defer c.Close()
	if whole {
		err := db.engine.RetryBusy(ctx, func() error { _, err := c.Exec(ctx, "VACUUM"); return err })
		if err != nil {
			return db.fault(fmt.Errorf("write the database anew: %w", err))
		}
	}
	return db.cutLog(ctx, c)
}

// cutLog waits until no reader needs the log and empties it.
func (db *DB) cutLog(ctx context.Context, c *sqldb.Conn) error {
	for deadline := time.Now().Add(overwritePatience); ; {
		left, err := db.engine.Checkpoint(ctx, c, "TRUNCATE")
		switch {
		case err == nil && left == 0:
			return nil
		case err != nil && !db.engine.Busy(err):
			return db.fault(err)
		case time.Now().After(deadline):
			return order.Errorf(order.Unavailable, "store-busy",
				"The log of the store is being read, so it could not be cut: what was erased may stand in %s-wal "+
					"until the server is stopped.", db.engine.Path).
				WithHint("Erase it once more when less is going on, or restart the server.")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(overwritePause):
		}
	}
}
