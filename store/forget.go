package store

import (
	"context"
	"fmt"

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
	blankEventsOf = `UPDATE events SET text = '', actor = '' WHERE order_n = $1 AND party = $2 AND (text <> '' OR actor <> '')`
)

// EraseParty takes a party out of the exchange; see [order.Directory].
func (db *DB) EraseParty(ctx context.Context, id order.PartyID) (p order.Party, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) (err error) {
		if p, err = loadParty(ctx, c, id); err != nil {
			return err
		}
		if p.Erased.IsZero() {
			p = p.Erase(kept(db.now()))
			if _, err := c.exec(ctx, eraseParty, p.Name, micros(p.Erased), string(id)); err != nil {
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
func disconnect(ctx context.Context, c *conn, id order.PartyID) error {
	for _, query := range []string{deleteTicketsOf, deleteUsersOf, deleteClientsOf, deleteKeysOf, deleteTariffsOf, deleteAllowedOf, deleteRoutesOf, deleteDefaultsOf, blankAcknowledged,
		deleteTriesFor, deleteSendsFor, deleteEndpointsFor} {
		if _, err := c.exec(ctx, query, string(id)); err != nil {
			return err
		}
	}
	return nil
}

// seen is an order that a party has in its feed.
type seen struct {
	seq, n            int64
	id, sender, buyer string
}

// Forget takes an erased party out of the histories; see [order.Store].
func (db *DB) Forget(ctx context.Context, party order.PartyID, after int64, limit int) (sent []order.ID, next int64, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) (err error) {
		sent, next, err = forget(ctx, c, party, after, limit)
		return err
	})
	return sent, next, err
}

func forget(ctx context.Context, c *conn, party order.PartyID, after int64, limit int) (sent []order.ID, next int64, err error) {
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
		if _, err := c.exec(ctx, blankEventsOf, o.n, string(party)); err != nil {
			return nil, 0, err
		}
	}
	if len(orders) == limit {
		next = orders[limit-1].seq
	}
	return sent, next, nil
}

func selectSeenOrders(ctx context.Context, c *conn, party order.PartyID, after int64, limit int) (orders []seen, err error) {
	var o seen
	err = c.each(ctx, selectSeen, []any{string(party), after, limit}, []any{&o.seq, &o.n, &o.id, &o.sender, &o.buyer}, func() { orders = append(orders, o) })
	return orders, err
}
