package store

import (
	"context"

	"github.com/bookgate/bookgate/order"
)

const (
	upsertParty = `INSERT INTO parties (id, name, scheme, profile, created) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, scheme = excluded.scheme, profile = excluded.profile`
	selectParty   = `SELECT id, name, scheme, profile FROM parties WHERE id = $1`
	selectParties = `SELECT id, name, scheme, profile FROM parties ORDER BY id`
)

// AddParty keeps a party and all its numbers; see [order.Directory].
func (db *DB) AddParty(ctx context.Context, p order.Party) error {
	if err := p.Check(); err != nil {
		return err
	}
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		for _, id := range p.Identifiers() {
			if err := checkFree(ctx, c, p.ID, id); err != nil {
				return err
			}
		}
		if _, err := c.exec(ctx, upsertParty, string(p.ID), p.Name, p.Scheme, p.Profile, micros(db.now())); err != nil {
			return err
		}
		return replaceIdentifiers(ctx, c, p)
	})
}

// Party gives a party; see [order.Directory].
func (db *DB) Party(ctx context.Context, id order.PartyID) (p order.Party, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) (err error) {
		p, err = loadParty(ctx, c, id)
		return err
	})
	return p, err
}

func loadParty(ctx context.Context, c *conn, id order.PartyID) (p order.Party, err error) {
	found, err := c.get(ctx, selectParty, []any{string(id)}, &p.ID, &p.Name, &p.Scheme, &p.Profile)
	if err != nil {
		return p, err
	}
	if !found {
		return p, noParty(id)
	}
	p.Aliases, err = selectAliases(ctx, c, id)
	return p, err
}

func noParty(id order.PartyID) *order.Error {
	return order.Errorf(order.NotFound, "party-not-found", "There is no party %s.", order.Cut(string(id))).
		WithHint("bookgate party list shows them; bookgate party add registers one.")
}

// checkParties refuses ids that are not parties, so that the words name the
// one at fault; the foreign keys stand behind it.
func checkParties(ctx context.Context, c *conn, ids ...order.PartyID) error {
	for _, id := range ids {
		var p order.Party
		found, err := c.get(ctx, selectParty, []any{string(id)}, &p.ID, &p.Name, &p.Scheme, &p.Profile)
		if err != nil {
			return err
		}
		if !found {
			return noParty(id)
		}
	}
	return nil
}

// Parties lists all parties by id; see [order.Directory].
func (db *DB) Parties(ctx context.Context) (parties []order.Party, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		var p order.Party
		err := c.each(ctx, selectParties, nil, []any{&p.ID, &p.Name, &p.Scheme, &p.Profile}, func() { parties = append(parties, p) })
		if err != nil {
			return err
		}
		return joinAliases(ctx, c, parties)
	})
	return parties, err
}
