package store

import (
	"context"
	"slices"

	"github.com/bookgate/bookgate/order"
)

const (
	selectBearer       = `SELECT p.id, p.name FROM identifiers i JOIN parties p ON p.id = i.party WHERE i.value = $1 AND i.type_key = $2`
	selectBearers      = `SELECT DISTINCT party FROM identifiers WHERE value = $1 ORDER BY party`
	deleteNumbers      = `DELETE FROM identifiers WHERE party = $1`
	insertNumber       = `INSERT INTO identifiers (value, type_key, party, place, type, type_name) VALUES ($1, $2, $3, $4, $5, $6)`
	selectNumbers      = `SELECT type, type_name, value FROM identifiers WHERE party = $1 AND place > 0 ORDER BY place`
	selectAliasesOfAll = `SELECT party, type, type_name, value FROM identifiers WHERE place > 0 ORDER BY party, place`
)

// checkFree refuses a number that another party bears, and names that party.
func checkFree(ctx context.Context, c *conn, party order.PartyID, id order.Identifier) error {
	var other, name string
	key := id.Key()
	found, err := c.get(ctx, selectBearer, []any{key.Value, key.Type}, &other, &name)
	if err != nil || !found || other == string(party) {
		return err
	}
	return order.Errorf(order.Conflict, "party-taken", "%s is a number of party %s (%s).", order.Cut(id.String()), other, name).
		WithHint("A number belongs to one party; take it from %s first, or use another.", other).
		WithField(order.Field{Parameter: "alias", Value: id.String()})
}

// replaceIdentifiers keeps the numbers of a party instead of those it had. A
// number that is named twice is kept once.
func replaceIdentifiers(ctx context.Context, c *conn, p order.Party) error {
	if _, err := c.exec(ctx, deleteNumbers, string(p.ID)); err != nil {
		return err
	}
	var seen []order.Identifier
	for place, id := range p.Identifiers() {
		key := id.Key()
		if slices.Contains(seen, key) {
			continue
		}
		seen = append(seen, key)
		if _, err := c.exec(ctx, insertNumber, key.Value, key.Type, string(p.ID), place, id.Type, id.TypeName); err != nil {
			return err
		}
	}
	return nil
}

func selectAliases(ctx context.Context, c *conn, party order.PartyID) (aliases []order.Identifier, err error) {
	var id order.Identifier
	dest := []any{&id.Type, &id.TypeName, &id.Value}
	err = c.each(ctx, selectNumbers, []any{string(party)}, dest, func() { aliases = append(aliases, id) })
	return aliases, err
}

// joinAliases gives all parties, which are in order of their ids, their
// aliases in one pass.
func joinAliases(ctx context.Context, c *conn, parties []order.Party) error {
	at := 0
	var party order.PartyID
	var id order.Identifier
	return c.each(ctx, selectAliasesOfAll, nil, []any{&party, &id.Type, &id.TypeName, &id.Value}, func() {
		for at < len(parties) && parties[at].ID < party {
			at++
		}
		if at < len(parties) && parties[at].ID == party {
			parties[at].Aliases = append(parties[at].Aliases, id)
		}
	})
}

// Resolve gives the party that bears a number; see [order.Directory].
func (db *DB) Resolve(ctx context.Context, id order.Identifier) (p order.Party, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		bearer, err := findBearer(ctx, c, id)
		if err != nil {
			return err
		}
		p, err = loadParty(ctx, c, bearer)
		return err
	})
	return p, err
}

func findBearer(ctx context.Context, c *conn, id order.Identifier) (order.PartyID, error) {
	key := id.Key()
	var found []order.PartyID
	var p order.PartyID
	query, args, dest := selectBearers, []any{key.Value}, []any{&p}
	if key.Type != "" {
		query, args, dest = selectBearer, append(args, key.Type), append(dest, new(string))
	}
	err := c.each(ctx, query, args, dest, func() { found = append(found, p) })
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", order.Errorf(order.NotFound, "party-not-found", "No party bears the number %s.", order.Cut(id.String()))
	case len(found) > 1:
		return "", order.Errorf(order.Invalid, "party-ambiguous", "%s is a number of several parties: %s.", order.Cut(id.Value), joinParties(found)).
			WithHint("Name the scheme of the number, for example NBSN or GLN.")
	}
	return found[0], nil
}

func joinParties(ids []order.PartyID) string {
	s := ""
	for i, id := range ids {
		if i > 0 {
			s += ", "
		}
		s += string(id)
	}
	return s
}
