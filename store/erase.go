package store

import "context"

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
// document, the words and users of its history, and who was to be told of it
// alone.
func wipe(ctx context.Context, c *conn, n, at int64) error {
	if _, err := c.exec(ctx, markErased, at, n); err != nil {
		return err
	}
	if _, err := drop(ctx, c, n, at); err != nil {
		return err
	}
	if _, err := c.exec(ctx, blankEvents, n); err != nil {
		return err
	}
	return dropCallbacks(ctx, c, n)
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
