package store

import (
	"context"

	"github.com/bookgate/bookgate/order"
)

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
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		if err := checkParties(ctx, c, sender, buyer); err != nil {
			return err
		}
		_, err := c.exec(ctx, insertAllowed, string(sender), string(buyer))
		return err
	})
}

// Allowed reports what Allow has set; see [order.Directory].
func (db *DB) Allowed(ctx context.Context, sender, buyer order.PartyID) (allowed bool, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) (err error) {
		allowed, err = c.get(ctx, selectAllowed, []any{string(sender), string(buyer)}, new(int))
		return err
	})
	return allowed, err
}

// Buyers lists in whose names a party may send.
func (db *DB) Buyers(ctx context.Context, sender order.PartyID) (buyers []order.PartyID, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		buyers = nil
		var buyer order.PartyID
		return c.each(ctx, selectBuyers, []any{string(sender)}, []any{&buyer}, func() { buyers = append(buyers, buyer) })
	})
	return buyers, err
}

// AddRoute keeps a route; see [order.Directory].
func (db *DB) AddRoute(ctx context.Context, r order.Route) error {
	if err := r.Check(); err != nil {
		return err
	}
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		if err := checkParties(ctx, c, r.Seller); err != nil {
			return err
		}
		_, err := c.exec(ctx, upsertRoute, r.Prefix, string(r.Seller))
		return err
	})
}

// Routes lists the routes by prefix; see [order.Directory].
func (db *DB) Routes(ctx context.Context) (routes []order.Route, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		var r order.Route
		return c.each(ctx, selectRoutes, nil, []any{&r.Prefix, &r.Seller}, func() { routes = append(routes, r) })
	})
	return routes, err
}

// prefixLen is the length of the longest prefix, that of an EAN.
const prefixLen = 13

// RouteFor gives the route with the longest prefix of ean; see
// [order.Directory].
func (db *DB) RouteFor(ctx context.Context, ean string) (r order.Route, ok bool, err error) {
	prefixes := make([]any, prefixLen)
	for i := range prefixes {
		prefixes[i] = digitPrefix(ean, i+1)
	}
	err = db.read(ctx, func(ctx context.Context, c *conn) (err error) {
		ok, err = c.get(ctx, selectRoute, prefixes, &r.Prefix, &r.Seller)
		return err
	})
	return r, ok, err
}

// digitPrefix is the first n characters of s if they are digits, else "",
// which is no prefix.
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
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		if err := checkParties(ctx, c, sender, seller); err != nil {
			return err
		}
		_, err := c.exec(ctx, upsertDefaultSeller, string(sender), string(seller))
		return err
	})
}

// DefaultSeller gives that receiver, or ""; see [order.Directory].
func (db *DB) DefaultSeller(ctx context.Context, sender order.PartyID) (seller order.PartyID, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		_, err := c.get(ctx, selectDefaultSeller, []any{string(sender)}, &seller)
		return err
	})
	return seller, err
}

// DefaultSellers gives all of them, by sender; see [order.Directory].
func (db *DB) DefaultSellers(ctx context.Context) (map[order.PartyID]order.PartyID, error) {
	sellers := map[order.PartyID]order.PartyID{}
	err := db.read(ctx, func(ctx context.Context, c *conn) error {
		var sender, seller order.PartyID
		return c.each(ctx, selectDefaultSellers, nil, []any{&sender, &seller}, func() { sellers[sender] = seller })
	})
	return sellers, err
}
