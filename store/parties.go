package store

import (
	"context"
	"time"

	"github.com/bookgate/bookgate/order"
)

const (
	upsertParty = `INSERT INTO parties (id, name, scheme, profile, language, created) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, scheme = excluded.scheme, profile = excluded.profile, language = excluded.language`
	selectParty   = `SELECT ` + partyColumns + ` FROM parties WHERE id = $1`
	selectParties = `SELECT ` + partyColumns + ` FROM parties ORDER BY id`

	partyColumns = `id, name, scheme, profile, language, erased`
)

// partyRow is a row of parties.
type partyRow struct {
	order.Party
	erased int64
}

func (r *partyRow) dest() []any {
	return []any{&r.ID, &r.Name, &r.Scheme, &r.Profile, &r.Language, &r.erased}
}

// party is the row without aliases.
func (r *partyRow) party() order.Party {
	p := r.Party
	p.Erased = fromMicros(r.erased)
	return p
}

// taken refuses to add anything to a party that was erased.
func (r *partyRow) taken() error {
	if r.erased == 0 {
		return nil
	}
	return order.Errorf(order.Conflict, "party-erased", "Party %s was taken out of this exchange at %s; its number stays taken.",
		r.ID, fromMicros(r.erased).Format(time.RFC3339)).
		WithHint("Add the firm under another number.")
}

// AddParty keeps a party and all its numbers; see [order.Directory].
func (db *DB) AddParty(ctx context.Context, p order.Party) error {
	if err := p.Check(); err != nil {
		return err
	}
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		if err := checkNotErased(ctx, c, p.ID); err != nil {
			return err
		}
		for _, id := range p.Identifiers() {
			if err := checkFree(ctx, c, p.ID, id); err != nil {
				return err
			}
		}
		if _, err := c.exec(ctx, upsertParty, string(p.ID), p.Name, p.Scheme, p.Profile, p.Language, micros(db.now())); err != nil {
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
	var r partyRow
	found, err := c.get(ctx, selectParty, []any{string(id)}, r.dest()...)
	if err != nil {
		return p, err
	}
	if !found {
		return p, noParty(id)
	}
	p = r.party()
	p.Aliases, err = selectAliases(ctx, c, id)
	return p, err
}

func noParty(id order.PartyID) *order.Error {
	return order.Errorf(order.NotFound, "party-not-found", "There is no party %s.", order.Cut(string(id))).
		WithHint("bookgate party list shows them; bookgate party add registers one.")
}

// checkParties refuses ids that are not parties of the exchange, so that the
// words name the one at fault; the foreign keys stand behind it.
func checkParties(ctx context.Context, c *conn, ids ...order.PartyID) error {
	for _, id := range ids {
		var r partyRow
		found, err := c.get(ctx, selectParty, []any{string(id)}, r.dest()...)
		if err != nil {
			return err
		}
		if !found {
			return noParty(id)
		}
		if err := r.taken(); err != nil {
			return err
		}
	}
	return nil
}

// checkNotErased refuses a party that was there before and was erased.
func checkNotErased(ctx context.Context, c *conn, id order.PartyID) error {
	var r partyRow
	if _, err := c.get(ctx, selectParty, []any{string(id)}, r.dest()...); err != nil {
		return err
	}
	return r.taken()
}

// Parties lists all parties by id; see [order.Directory].
func (db *DB) Parties(ctx context.Context) (parties []order.Party, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		var r partyRow
		err := c.each(ctx, selectParties, nil, r.dest(), func() { parties = append(parties, r.party()) })
		if err != nil {
			return err
		}
		return joinAliases(ctx, c, parties)
	})
	return parties, err
}
