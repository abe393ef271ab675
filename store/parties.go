package store

import (
	"context"
	"slices"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

const (
	upsertParty = `INSERT INTO parties (id, name, scheme, profile, language, created) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE
		SET name = excluded.name, scheme = excluded.scheme, profile = excluded.profile, language = excluded.language`
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
	p.Erased = sqldb.FromMicros(r.erased)
	return p
}

// taken refuses to add anything to a party that was erased.
func (r *partyRow) taken() error {
	if r.erased == 0 {
		return nil
	}
	return order.Errorf(order.Conflict, "party-erased",
		"Party %s was taken out of this exchange at %s; its number stays taken.",
		r.ID, sqldb.FromMicros(r.erased).Format(time.RFC3339)).
		WithHint("Add the firm under another number.")
}

// AddParty stores a party and all its numbers; see [order.Directory].
func (db *DB) AddParty(ctx context.Context, p order.Party) error {
	if err := p.Check(); err != nil {
		return err
	}
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if err := checkNotErased(ctx, c, p.ID); err != nil {
			return err
		}
		for _, id := range p.Identifiers() {
			if err := checkFree(ctx, c, p.ID, id); err != nil {
				return err
			}
		}
		if _, err := c.Exec(ctx, upsertParty, string(p.ID), p.Name, p.Scheme, p.Profile, p.Language,
			sqldb.Micros(db.now())); err != nil {
			return err
		}
		return replaceIdentifiers(ctx, c, p)
	})
}

// Party returns a party; see [order.Directory].
func (db *DB) Party(ctx context.Context, id order.PartyID) (p order.Party, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		p, err = loadParty(ctx, c, id)
		return err
	})
	return p, err
}

func loadParty(ctx context.Context, c *sqldb.Conn, id order.PartyID) (p order.Party, err error) {
	var r partyRow
	found, err := c.Get(ctx, selectParty, []any{string(id)}, r.dest()...)
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
	return order.Errorf(order.NotFound, "party-not-found", "There is no party %s.", order.Truncate(string(id))).
		WithHint("bookgate party list shows them; bookgate party add registers one.")
}

// checkParties refuses ids that are not parties of the exchange, so that the
// words name the one at fault; the foreign keys stand behind it.
func checkParties(ctx context.Context, c *sqldb.Conn, ids ...order.PartyID) error {
	for _, id := range ids {
		var r partyRow
		found, err := c.Get(ctx, selectParty, []any{string(id)}, r.dest()...)
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
func checkNotErased(ctx context.Context, c *sqldb.Conn, id order.PartyID) error {
	var r partyRow
	if _, err := c.Get(ctx, selectParty, []any{string(id)}, r.dest()...); err != nil {
		return err
	}
	return r.taken()
}

// Parties lists all parties by id; see [order.Directory].
func (db *DB) Parties(ctx context.Context) (parties []order.Party, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		parties = nil
		var r partyRow
		err := c.Each(ctx, selectParties, nil, r.dest(), func() { parties = append(parties, r.party()) })
		if err != nil {
			return err
		}
		return joinAliases(ctx, c, parties)
	})
	return parties, err
}

const (
	selectBearer = `SELECT p.id, p.name FROM identifiers i JOIN parties p ON p.id = i.party
		WHERE i.value = $1 AND i.type_key = $2`
	selectBearers = `SELECT DISTINCT party FROM identifiers WHERE value = $1 ORDER BY party`
	deleteNumbers = `DELETE FROM identifiers WHERE party = $1`
	insertNumber  = `INSERT INTO identifiers (value, type_key, party, place, type, type_name)
		VALUES ($1, $2, $3, $4, $5, $6)`
	selectNumbers      = `SELECT type, type_name, value FROM identifiers WHERE party = $1 AND place > 0 ORDER BY place`
	selectAliasesOfAll = `SELECT party, type, type_name, value FROM identifiers WHERE place > 0 ORDER BY party, place`
)

// checkFree refuses a number that another party bears, and names that party.
func checkFree(ctx context.Context, c *sqldb.Conn, party order.PartyID, id order.Identifier) error {
	var other, name string
	key := id.Key()
	found, err := c.Get(ctx, selectBearer, []any{key.Value, key.Type}, &other, &name)
	if err != nil || !found || other == string(party) {
		return err
	}
	return order.Errorf(order.Conflict, "party-taken", "%s is a number of party %s (%s).", order.Truncate(id.String()),
		other, name).
		WithHint("A number belongs to one party; take it from %s first, or use another.", other).
		WithField(order.Field{Parameter: "alias", Value: id.String()})
}

// replaceIdentifiers stores the numbers of a party instead of those it had. A
// number that is named twice is stored once.
func replaceIdentifiers(ctx context.Context, c *sqldb.Conn, p order.Party) error {
	if _, err := c.Exec(ctx, deleteNumbers, string(p.ID)); err != nil {
		return err
	}
	var seen []order.Identifier
	for place, id := range p.Identifiers() {
		key := id.Key()
		if slices.Contains(seen, key) {
			continue
		}
		seen = append(seen, key)
		if _, err := c.Exec(ctx, insertNumber, key.Value, key.Type, string(p.ID), place, id.Type,
			id.TypeName); err != nil {
			return err
		}
	}
	return nil
}

func selectAliases(ctx context.Context, c *sqldb.Conn, party order.PartyID) (aliases []order.Identifier, err error) {
	var id order.Identifier
	dest := []any{&id.Type, &id.TypeName, &id.Value}
	err = c.Each(ctx, selectNumbers, []any{string(party)}, dest, func() { aliases = append(aliases, id) })
	return aliases, err
}

// joinAliases adds their aliases to all parties, which are in the order of their
// ids, in one pass.
func joinAliases(ctx context.Context, c *sqldb.Conn, parties []order.Party) error {
	at := 0
	var party order.PartyID
	var id order.Identifier
	return c.Each(ctx, selectAliasesOfAll, nil, []any{&party, &id.Type, &id.TypeName, &id.Value}, func() {
		for at < len(parties) && parties[at].ID < party {
			at++
		}
		if at < len(parties) && parties[at].ID == party {
			parties[at].Aliases = append(parties[at].Aliases, id)
		}
	})
}

// Resolve returns the party that bears a number; see [order.Directory].
func (db *DB) Resolve(ctx context.Context, id order.Identifier) (p order.Party, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		bearer, err := findBearer(ctx, c, id)
		if err != nil {
			return err
		}
		p, err = loadParty(ctx, c, bearer)
		return err
	})
	return p, err
}

func findBearer(ctx context.Context, c *sqldb.Conn, id order.Identifier) (order.PartyID, error) {
	key := id.Key()
	var found []order.PartyID
	var p order.PartyID
	query, args, dest := selectBearers, []any{key.Value}, []any{&p}
	if key.Type != "" {
		query, args, dest = selectBearer, append(args, key.Type), append(dest, new(string))
	}
	err := c.Each(ctx, query, args, dest, func() { found = append(found, p) })
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", order.Errorf(order.NotFound, "party-not-found", "No party bears the number %s.",
			order.Truncate(id.String()))
	case len(found) > 1:
		return "", order.Errorf(order.Invalid, "party-ambiguous", "%s is a number of several parties: %s.",
			order.Truncate(id.Value), joinParties(found)).
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

const (
	insertAllowed = `INSERT INTO allowed (sender, buyer) VALUES ($1, $2) ON CONFLICT (sender, buyer) DO NOTHING`
	selectBuyers  = `SELECT buyer FROM allowed WHERE sender = $1 ORDER BY buyer`
	selectAllowed = `SELECT 1 FROM allowed WHERE sender = $1 AND buyer = $2`

	upsertRoute = `INSERT INTO routes (prefix, seller) VALUES ($1, $2)
		ON CONFLICT (prefix) DO UPDATE SET seller = excluded.seller`
	selectRoutes = `SELECT prefix, seller FROM routes ORDER BY prefix`
	// One parameter for each length that a prefix can have: at most 13 looks
	// into the key, however many routes there are.
	selectRoute = `SELECT prefix, seller FROM routes
		WHERE prefix IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ORDER BY length(prefix) DESC LIMIT 1`

	upsertDefaultSeller = `INSERT INTO default_sellers (sender, seller) VALUES ($1, $2)
		ON CONFLICT (sender) DO UPDATE SET seller = excluded.seller`
	selectDefaultSeller  = `SELECT seller FROM default_sellers WHERE sender = $1`
	selectDefaultSellers = `SELECT sender, seller FROM default_sellers`
)

// Allow lets sender send in the name of buyer; see [order.Directory].
func (db *DB) Allow(ctx context.Context, sender, buyer order.PartyID) error {
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if err := checkParties(ctx, c, sender, buyer); err != nil {
			return err
		}
		_, err := c.Exec(ctx, insertAllowed, string(sender), string(buyer))
		return err
	})
}

// Allowed reports what Allow has set; see [order.Directory].
func (db *DB) Allowed(ctx context.Context, sender, buyer order.PartyID) (allowed bool, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		allowed, err = c.Get(ctx, selectAllowed, []any{string(sender), string(buyer)}, new(int))
		return err
	})
	return allowed, err
}

// Buyers lists in whose names a party may send.
func (db *DB) Buyers(ctx context.Context, sender order.PartyID) (buyers []order.PartyID, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		buyers = nil
		var buyer order.PartyID
		return c.Each(ctx, selectBuyers, []any{string(sender)}, []any{&buyer},
			func() { buyers = append(buyers, buyer) })
	})
	return buyers, err
}

// AddRoute stores a route; see [order.Directory].
func (db *DB) AddRoute(ctx context.Context, r order.Route) error {
	if err := r.Check(); err != nil {
		return err
	}
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if err := checkParties(ctx, c, r.Seller); err != nil {
			return err
		}
		_, err := c.Exec(ctx, upsertRoute, r.Prefix, string(r.Seller))
		return err
	})
}

// Routes lists the routes by prefix; see [order.Directory].
func (db *DB) Routes(ctx context.Context) (routes []order.Route, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		routes = nil
		var r order.Route
		return c.Each(ctx, selectRoutes, nil, []any{&r.Prefix, &r.Seller}, func() { routes = append(routes, r) })
	})
	return routes, err
}

// prefixLen is the length of the longest prefix, that of an EAN.
const prefixLen = 13

// RouteFor returns the route with the longest prefix of ean; see
// [order.Directory].
func (db *DB) RouteFor(ctx context.Context, ean string) (r order.Route, ok bool, err error) {
	prefixes := make([]any, prefixLen)
	for i := range prefixes {
		prefixes[i] = digitPrefix(ean, i+1)
	}
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		ok, err = c.Get(ctx, selectRoute, prefixes, &r.Prefix, &r.Seller)
		return err
	})
	return r, ok, err
}

// digitPrefix is the first n characters of s if they are digits, else "",
// which is not a prefix.
func digitPrefix(s string, n int) string {
	if len(s) < n {
		return ""
	}
	for i := range n {
		if s[i] < '0' || s[i] > '9' {
			return ""
		}
	}
	return s[:n]
}

// SetDefaultSeller names the receiver of last resort; see [order.Directory].
func (db *DB) SetDefaultSeller(ctx context.Context, sender, seller order.PartyID) error {
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if err := checkParties(ctx, c, sender, seller); err != nil {
			return err
		}
		_, err := c.Exec(ctx, upsertDefaultSeller, string(sender), string(seller))
		return err
	})
}

// DefaultSeller returns that receiver, or ""; see [order.Directory].
func (db *DB) DefaultSeller(ctx context.Context, sender order.PartyID) (seller order.PartyID, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Get(ctx, selectDefaultSeller, []any{string(sender)}, &seller)
		return err
	})
	return seller, err
}

// DefaultSellers returns all of them, by sender; see [order.Directory].
func (db *DB) DefaultSellers(ctx context.Context) (map[order.PartyID]order.PartyID, error) {
	sellers := map[order.PartyID]order.PartyID{}
	err := db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		var sender, seller order.PartyID
		return c.Each(ctx, selectDefaultSellers, nil, []any{&sender, &seller}, func() { sellers[sender] = seller })
	})
	return sellers, err
}
