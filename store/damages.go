package store

import (
	"context"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Damage is a stored document whose bytes are not those that came in. It is
// never served.
type Damage struct {
	Order  order.ID      `json:"order"`
	Sender order.PartyID `json:"sender"`
	Number string        `json:"number"`
	Found  time.Time     `json:"found"`
	Text   string        `json:"text"` // what is wrong with it
}

const (
	selectDamages  = `SELECT o.id, o.sender, o.number, d.found, d.text FROM damages d JOIN orders o ON o.n = d.order_n ORDER BY d.order_n`
	selectDamaged  = `SELECT order_n FROM damages`
	selectIdentity = `SELECT id, sender, number FROM orders WHERE n = $1`
	insertDamage   = `INSERT INTO damages (order_n, found, text) VALUES ($1, $2, $3) ON CONFLICT (order_n) DO NOTHING`
	unlistDamage   = `DELETE FROM damages WHERE order_n = $1`
	// A document that was taken out of keeping cannot be damaged.
	deleteGone = `DELETE FROM damages WHERE NOT EXISTS (SELECT 1 FROM documents d WHERE d.order_n = damages.order_n AND d.dropped = 0)`
)

// Damages lists the documents that were found damaged and not repaired since,
// by the age of their orders.
func (db *DB) Damages(ctx context.Context) (damages []Damage, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		damages = nil
		var d Damage
		var found int64
		dest := []any{&d.Order, &d.Sender, &d.Number, &found, &d.Text}
		return c.each(ctx, selectDamages, nil, dest, func() {
			d.Found = fromMicros(found)
			damages = append(damages, d)
		})
	})
	return damages, err
}

// knownDamages gives the orders whose documents are on the list.
func (db *DB) knownDamages(ctx context.Context) (known map[int64]bool, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		known = map[int64]bool{}
		var n int64
		return c.each(ctx, selectDamaged, nil, []any{&n}, func() { known[n] = true })
	})
	return known, err
}

// addDamage puts a document on the list; isNew is false when it stood there
// already, or its order has been taken out of keeping meanwhile.
func (db *DB) addDamage(ctx context.Context, n int64, text string) (d Damage, isNew bool, err error) {
	d.Found, d.Text = db.now(), text
	err = db.write(ctx, func(ctx context.Context, c *conn) error {
		found, err := c.get(ctx, selectIdentity, []any{n}, &d.Order, &d.Sender, &d.Number)
		if err != nil || !found {
			return err
		}
		added, err := c.exec(ctx, insertDamage, n, micros(d.Found), d.Text)
		isNew = added > 0
		return err
	})
	return d, isNew, err
}

// removeDamage takes a document off the list that is whole again.
func (db *DB) removeDamage(ctx context.Context, n int64) error {
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, unlistDamage, n)
		return err
	})
}

// removeGone takes documents off the list that are kept no longer.
func (db *DB) removeGone(ctx context.Context) error {
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, deleteGone)
		return err
	})
}
