package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

const (
	endpointColumns = `n, id, party, scope, url, description, events, format, headers, state, reason,
		secret, old_secrets, created, updated, failures, since, success, due`
	insertEndpoint = `INSERT INTO endpoints (id, party, scope, url, description, events, format, headers, state, reason,
		secret, old_secrets, created, updated, failures, since, success, due)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`
	countEndpoints = `SELECT count(*) FROM endpoints WHERE party = $1 AND scope = ''`
	selectEndpoint = `SELECT ` + endpointColumns + ` FROM endpoints WHERE n = ` + nearestEndpoint +
		` AND party = $2 AND id = $1`
	selectEndpointByN = `SELECT ` + endpointColumns + ` FROM endpoints WHERE n = $1`
	selectEndpoints   = `SELECT ` + endpointColumns + ` FROM endpoints WHERE party = $1 AND scope = '' ORDER BY n`
	// A change that changes nothing locks the row on either engine.
	lockEndpoint = `UPDATE endpoints SET due = due WHERE n = ` + nearestEndpoint +
		` AND party = $2 AND id = $1 RETURNING ` + endpointColumns
	lockEndpointByN = `UPDATE endpoints SET due = due WHERE n = $1 RETURNING ` + endpointColumns
	lockParty       = `UPDATE parties SET created = created WHERE id = $1`
	updateEndpoint  = `UPDATE endpoints
		SET url = $1, description = $2, events = $3, format = $4, headers = $5, state = $6, reason = $7,
		secret = $8, old_secrets = $9, updated = $10, failures = $11, since = $12, success = $13, due = $14
		WHERE n = $15`
	deleteAttemptsOf   = `DELETE FROM attempts WHERE delivery_n IN (SELECT n FROM deliveries WHERE endpoint_n = $1)`
	deleteDeliveriesOf = `DELETE FROM deliveries WHERE endpoint_n = $1`
	// As much is read for an id that is not there as for that of another party.
	nearestEndpoint = `coalesce((SELECT n FROM endpoints WHERE id <= $1 ORDER BY id DESC LIMIT 1), 1)`
	deleteEndpoint  = `DELETE FROM endpoints WHERE n = $1`
)

// endpointRow is a row of endpoints. What waits (since, success, due, and until of
// old_secrets) is in running time.
type endpointRow struct {
	n                                  int64
	id, party, scope, url, description string
	events, format, headers, state     string
	reason                             string
	secret                             []byte
	oldSecrets                         string
	created, updated, failures         int64
	since, success, due                int64
}

func (r *endpointRow) dest() []any {
	return []any{&r.n, &r.id, &r.party, &r.scope, &r.url, &r.description, &r.events, &r.format, &r.headers, &r.state,
		&r.reason, &r.secret, &r.oldSecrets, &r.created, &r.updated, &r.failures, &r.since, &r.success, &r.due}
}

func newEndpointRow(e webhook.Endpoint, f frame) (r endpointRow, err error) {
	events, err := json.Marshal(e.Events)
	if err != nil {
		return r, fmt.Errorf("write the filter of endpoint %s: %w", e.ID, err)
	}
	headers, err := json.Marshal(e.Headers)
	if err != nil {
		return r, fmt.Errorf("write the headers of endpoint %s: %w", e.ID, err)
	}
	oldSecrets, err := json.Marshal(newOldSecretRows(e.OldSecrets, f))
	if err != nil {
		return r, fmt.Errorf("write the old secrets of endpoint %s: %w", e.ID, err)
	}
	return endpointRow{
		id: e.ID, party: string(e.Party), scope: string(e.Scope), url: e.URL, description: e.Description,
		events: string(events), format: e.Format, headers: string(headers), state: string(e.State), reason: e.Reason,
		secret: notNull(e.Secret), oldSecrets: string(oldSecrets),
		created: sqldb.Micros(e.Created), updated: sqldb.Micros(e.Updated), failures: int64(e.Failures),
		since: f.of(e.Since), success: f.of(e.Success), due: f.of(e.Due),
	}, nil
}

// notNull distinguishes an empty value from none.
func notNull(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func (r *endpointRow) endpoint(f frame) (e webhook.Endpoint, err error) {
	e = webhook.Endpoint{
		ID: r.id, Party: order.PartyID(r.party), Scope: order.ID(r.scope), URL: r.url, Description: r.description,
		Format: r.format, State: webhook.State(r.state), Reason: r.reason,
		Secret:  r.secret,
		Created: sqldb.FromMicros(r.created), Updated: sqldb.FromMicros(r.updated), Failures: int(r.failures),
		Since: f.clock(r.since), Success: f.clock(r.success), Due: f.clock(r.due),
	}
	if err := json.Unmarshal([]byte(r.events), &e.Events); err != nil {
		return e, fmt.Errorf("read the filter of endpoint %s: %w", r.id, err)
	}
	if err := json.Unmarshal([]byte(r.headers), &e.Headers); err != nil {
		return e, fmt.Errorf("read the headers of endpoint %s: %w", r.id, err)
	}
	var old []oldSecretRow
	if err := json.Unmarshal([]byte(r.oldSecrets), &old); err != nil {
		return e, fmt.Errorf("read the old secrets of endpoint %s: %w", r.id, err)
	}
	for _, o := range old {
		secret, err := hex.DecodeString(o.Secret)
		if err != nil {
			return e, fmt.Errorf("read the old secrets of endpoint %s: %w", r.id, err)
		}
		e.OldSecrets = append(e.OldSecrets, webhook.OldSecret{Secret: secret, Until: f.clock(o.Until)})
	}
	return e, nil
}

// oldSecretRow is an item of old_secrets. The secret is in hexadecimal digits,
// which both engines can write in a schema step.
type oldSecretRow struct {
	Secret string `json:"secret"`
	Until  int64  `json:"until"`
}

func newOldSecretRows(old []webhook.OldSecret, f frame) []oldSecretRow {
	rows := make([]oldSecretRow, len(old))
	for i, o := range old {
		rows[i] = oldSecretRow{hex.EncodeToString(o.Secret), f.of(o.Until)}
	}
	return rows
}

// AddEndpoint stores a new endpoint; see [webhook.Store].
func (db *DB) AddEndpoint(ctx context.Context, e webhook.Endpoint, most int) error {
	r, err := newEndpointRow(e, db.running.frame())
	if err != nil {
		return err
	}
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		found, err := c.Exec(ctx, lockParty, r.party) // so that two cannot both be the last one allowed
		if err != nil {
			return err
		}
		if found == 0 {
			return noParty(e.Party)
		}
		if e.Scope == "" {
			var have int
			if _, err := c.Get(ctx, countEndpoints, []any{r.party}, &have); err != nil {
				return err
			}
			if have >= most {
				return order.Errorf(order.Conflict, "webhook-too-many",
					"Party %s has %d endpoints, and no more are allowed.", e.Party, have).
					WithHint("Delete one that is no longer used.")
			}
		}
		_, err = c.Exec(ctx, insertEndpoint, r.id, r.party, r.scope, r.url, r.description, r.events, r.format,
			r.headers, r.state, r.reason, r.secret, r.oldSecrets, r.created, r.updated, r.failures, r.since, r.success,
			r.due)
		return err
	})
}

func noEndpoint(id string) *order.Error {
	return order.Errorf(order.NotFound, "webhook-not-found", "There is no endpoint %s.", order.Truncate(id)).
		WithHint("The endpoints of your party are listed at /v2/webhooks.")
}

// Endpoint returns a party's endpoint; see [webhook.Store].
func (db *DB) Endpoint(ctx context.Context, party order.PartyID, id string) (e webhook.Endpoint, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		r, err := endpointRowOf(ctx, c, selectEndpoint, party, id)
		if err == nil {
			e, err = r.endpoint(db.running.frame())
		}
		return err
	})
	return e, err
}

// endpointRowOf reads the row of one endpoint of a party by the given query.
func endpointRowOf(ctx context.Context, c *sqldb.Conn, query string, party order.PartyID, id string) (r endpointRow,
	err error) {
	found, err := c.Get(ctx, query, []any{id, string(party)}, r.dest()...)
	if err == nil && !found {
		err = noEndpoint(id)
	}
	return r, err
}

// Endpoints lists a party's endpoints; see [webhook.Store].
func (db *DB) Endpoints(ctx context.Context, party order.PartyID) (endpoints []webhook.Endpoint, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		var r endpointRow
		var rows []endpointRow
		if err := c.Each(ctx, selectEndpoints, []any{string(party)}, r.dest(), func() {
			row := r
			row.secret = append([]byte{}, r.secret...)
			rows = append(rows, row)
		}); err != nil {
			return err
		}
		endpoints = make([]webhook.Endpoint, len(rows))
		for i := range rows {
			if endpoints[i], err = rows[i].endpoint(db.running.frame()); err != nil {
				return err
			}
		}
		return nil
	})
	return endpoints, err
}

// ChangeEndpoint alters an endpoint; see [webhook.Store].
func (db *DB) ChangeEndpoint(ctx context.Context, party order.PartyID, id string,
	change func(*webhook.Endpoint) error) (stored webhook.Endpoint, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		r, err := endpointRowOf(ctx, c, lockEndpoint, party, id)
		if err != nil {
			return err
		}
		var e webhook.Endpoint
		f, err := db.running.framed(func(f frame) (err error) {
			if e, err = r.endpoint(f); err != nil {
				return err
			}
			return change(&e)
		})
		if err != nil {
			return err
		}
		before, failures := webhook.State(r.state), r.failures
		stored = e
		if err := saveEndpoint(ctx, c, r.n, e, f); err != nil {
			return err
		}
		if failures > 0 && e.Failures == 0 {
			before = "" // it begins anew, though it may have been active
		}
		return db.wake(ctx, c, r.n, before, e.State)
	})
	if err != nil {
		return webhook.Endpoint{}, err
	}
	return stored, nil
}

func saveEndpoint(ctx context.Context, c *sqldb.Conn, n int64, e webhook.Endpoint, f frame) error {
	r, err := newEndpointRow(e, f)
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, updateEndpoint, r.url, r.description, r.events, r.format, r.headers, r.state, r.reason,
		r.secret, r.oldSecrets, r.updated, r.failures, r.since, r.success, r.due, n)
	return err
}

// DeleteEndpoint takes an endpoint away; see [webhook.Store].
func (db *DB) DeleteEndpoint(ctx context.Context, party order.PartyID, id string) error {
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		r, err := endpointRowOf(ctx, c, lockEndpoint, party, id)
		if err != nil {
			return err
		}
		return dropEndpoint(ctx, c, r.n)
	})
}

// Endpoints of one order alone go with it: their addresses, and the answers
// that came from there, may tell of a person.
const (
	selectCallbacks = `SELECT n FROM endpoints WHERE scope = (SELECT id FROM orders WHERE n = $1) ORDER BY n`
	selectStrays    = `SELECT n FROM endpoints WHERE scope <> '' AND created >= $1 AND created < $2
		AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = endpoints.scope) ORDER BY created LIMIT $3`
	deleteLinksOf = `DELETE FROM links WHERE delivery IN (SELECT id FROM deliveries WHERE endpoint_n = $1)`
)

// dropCallbacks deletes the endpoints of one order, given by its row.
func dropCallbacks(ctx context.Context, c *sqldb.Conn, orderN int64) error {
	rows, err := endpointRows(ctx, c, selectCallbacks, orderN)
	if err != nil {
		return err
	}
	return dropEndpoints(ctx, c, rows)
}

// PurgeOrphans deletes endpoints whose order never came; see [webhook.Store].
func (db *DB) PurgeOrphans(ctx context.Context, since, before time.Time, limit int) (dropped int64, err error) {
	var strays []int64
	find := func(ctx context.Context, c *sqldb.Conn) (err error) {
		strays, err = endpointRows(ctx, c, selectStrays, sqldb.Micros(since), sqldb.Micros(before), limit)
		return err
	}
	// There are hardly ever any, and looking for them keeps no writer waiting.
	if err := db.read(ctx, find); err != nil || len(strays) == 0 {
		return 0, err
	}
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if err := find(ctx, c); err != nil {
			return err
		}
		dropped = int64(len(strays))
		return dropEndpoints(ctx, c, strays)
	})
	if err != nil {
		return 0, err
	}
	return dropped, nil
}

// endpointRows returns the rows of endpoints that a query finds, in the order in
// which claims lock them.
func endpointRows(ctx context.Context, c *sqldb.Conn, query string, args ...any) (rows []int64, err error) {
	var n int64
	err = c.Each(ctx, query, args, []any{&n}, func() { rows = append(rows, n) })
	slices.Sort(rows)
	return rows, err
}

// dropEndpoints locks endpoints, as claims do before they touch a delivery, and
// deletes them.
func dropEndpoints(ctx context.Context, c *sqldb.Conn, rows []int64) error {
	for _, n := range rows {
		var e endpointRow
		if _, err := c.Get(ctx, lockEndpointByN, []any{n}, e.dest()...); err != nil {
			return err
		}
		if err := dropEndpoint(ctx, c, n); err != nil {
			return err
		}
	}
	return nil
}

// dropEndpoint deletes a locked endpoint and all that belongs to it.
func dropEndpoint(ctx context.Context, c *sqldb.Conn, n int64) error {
	for _, query := range []string{deleteLinksOf, deleteAttemptsOf, deleteDeliveriesOf, deleteEndpoint} {
		if _, err := c.Exec(ctx, query, n); err != nil {
			return err
		}
	}
	return nil
}
