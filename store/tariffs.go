package store

import (
	"context"
	"fmt"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

const (
	selectTariffs   = `SELECT months, percent FROM tariffs WHERE party = $1 ORDER BY months`
	insertTariff    = `INSERT INTO tariffs (party, months, percent) VALUES ($1, $2, $3)`
	selectEndpointN = `SELECT n FROM endpoints WHERE party = $1 AND format = $2 AND scope = '' AND state <> 'disabled'
		ORDER BY n`
)

// Tariffs returns what a party's customers pay for what they lease, in per cent by
// months; empty when nothing was set.
func (db *DB) Tariffs(ctx context.Context, party order.PartyID) (table map[int]order.Decimal, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		table, err = readTariffs(ctx, c, party)
		return err
	})
	return table, err
}

func readTariffs(ctx context.Context, c *sqldb.Conn, party order.PartyID) (map[int]order.Decimal, error) {
	table := map[int]order.Decimal{}
	var months int
	var percent string
	var faults error
	err := c.Each(ctx, selectTariffs, []any{string(party)}, []any{&months, &percent}, func() {
		d, err := order.ParseDecimal(percent)
		if err != nil {
			faults = fmt.Errorf("read the tariff of %s for %d months: %w", party, months, err)
		}
		table[months] = d
	})
	if err == nil {
		err = faults
	}
	return table, err
}

// SetTariffs puts a table in the place of the one before, and stores what is sent
// of it in the same transaction. The party's row is locked first, so that of two
// tables one is stored whole.
func (db *DB) SetTariffs(ctx context.Context, party order.PartyID, table map[int]order.Decimal,
	n webhook.Broadcast) error {
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if _, err := c.Exec(ctx, lockParty, string(party)); err != nil {
			return err
		}
		if err := checkParties(ctx, c, party); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, deleteTariffsOf, string(party)); err != nil {
			return err
		}
		for months, percent := range table {
			if _, err := c.Exec(ctx, insertTariff, string(party), months, percent.String()); err != nil {
				return err
			}
		}
		return db.notify(ctx, c, party, n)
	})
}

// notify writes the deliveries of a notice. It is of no order, so it waits for
// none.
func (db *DB) notify(ctx context.Context, c *sqldb.Conn, party order.PartyID, n webhook.Broadcast) error {
	for _, format := range n.Formats {
		var endpoint int64
		var all []int64
		err := c.Each(ctx, selectEndpointN, []any{string(party), format}, []any{&endpoint},
			func() { all = append(all, endpoint) })
		if err != nil {
			return err
		}
		for _, endpoint := range all {
			if err := db.addDelivery(ctx, c, endpoint, nil, party, n.Type, n.Event); err != nil {
				return err
			}
		}
	}
	return nil
}
