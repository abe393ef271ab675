package store

import (
	"context"
	"slices"
	"time"

	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

const (
	// A delivery stays behind while an earlier one of its order is pending.
	notBehind = `NOT EXISTS (SELECT 1 FROM deliveries b WHERE b.order_n = d.order_n AND b.endpoint_n = d.endpoint_n
			AND b.state = 'pending' AND b.n < d.n LIMIT 1 OFFSET 0)`
	// fewDue deliveries that are due are walked: some hundreds of looks at an index are a
	// fraction of a millisecond, and a leap costs as much as several of them.
	fewDue = "300"
	// The endpoints that were served longest ago come first, so that a busy one
	// cannot push the others aside. One that could be given nothing now is left
	// out: those that hang never succeed, and would fill the list. So are those
	// beyond what their party may still have (held counts what it has).
	//
	// Neither endpoints with nothing pending nor the length of a backlog cost
	// anything. few are those of the deliveries that are due, if these are so few
	// that they can be walked. Else waiting leaps in the index from each endpoint
	// with something pending to the next; the null at its end meets no endpoint.
	// OFFSET keeps PostgreSQL from turning the look at each endpoint into one at
	// all that is pending.
	selectReady = `WITH RECURSIVE few (n) AS (SELECT p.endpoint_n FROM deliveries p WHERE p.state = 'pending' AND p.due <= $1 ORDER BY p.due LIMIT ` + fewDue + `),
		waiting (n) AS (SELECT CAST(0 AS BIGINT) WHERE (SELECT count(*) FROM few) = ` + fewDue + ` UNION ALL
			SELECT (SELECT p.endpoint_n FROM deliveries p WHERE p.state = 'pending' AND p.endpoint_n > w.n ORDER BY p.endpoint_n LIMIT 1)
			FROM waiting w WHERE w.n IS NOT NULL),
		maybe (n) AS (SELECT n FROM few UNION SELECT n FROM waiting),
		held (party, leases) AS (SELECT l.party, count(*) FROM deliveries l WHERE l.lease > 0 AND l.lease >= $1 GROUP BY l.party),
		ready (n, party, success, place) AS (SELECT e.n, e.party, e.success, row_number() OVER (PARTITION BY e.party ORDER BY e.success, e.n)
		FROM maybe CROSS JOIN endpoints e WHERE e.n = maybe.n AND e.state IN ('active', 'failing') AND e.due <= $1
		AND EXISTS (SELECT 1 FROM deliveries d WHERE d.endpoint_n = maybe.n AND d.state = 'pending' AND d.due <= $1 AND d.lease < $1
			AND ` + notBehind + ` ORDER BY d.due LIMIT 1 OFFSET 0)
		AND (SELECT count(*) FROM deliveries l WHERE l.endpoint_n = maybe.n AND l.lease > 0 AND l.lease >= $1)
			< CASE e.state WHEN 'failing' THEN 1 ELSE $2 END)
		SELECT r.n FROM ready r LEFT JOIN held h ON h.party = r.party WHERE r.place <= $3 - COALESCE(h.leases, 0)
		ORDER BY r.success, r.n LIMIT $4`
	// Most looks find nothing, and come after every change.
	selectDue       = `SELECT 1 FROM deliveries WHERE state = 'pending' AND due <= $1 ORDER BY due LIMIT 1`
	countHeld       = `SELECT count(*) FROM deliveries WHERE party = $1 AND lease > 0 AND lease >= $2`
	countLeased     = `SELECT count(*) FROM deliveries WHERE endpoint_n = $1 AND lease > 0 AND lease >= $2`
	leaseDeliveries = `UPDATE deliveries SET lease = $1, leased_by = $2 WHERE n IN (
			SELECT d.n FROM deliveries d WHERE d.endpoint_n = $3 AND d.state = 'pending' AND d.due <= $4 AND d.lease < $4
			AND ` + notBehind + ` ORDER BY d.due, d.n LIMIT $5)
		AND state = 'pending' AND lease < $4 RETURNING ` + deliveryColumns
	freeDeliveries   = `UPDATE deliveries SET lease = 0, leased_by = '' WHERE lease > 0 AND leased_by <> $1`
	selectEndpointOf = `SELECT endpoint_n FROM deliveries WHERE id = $1 AND party = $2`
	lockDelivery     = `UPDATE deliveries SET lease = 0, leased_by = '' WHERE id = $1 AND party = $2 RETURNING ` + deliveryColumns
	updateDelivery   = `UPDATE deliveries SET state = $1, attempts = $2, due = $3, finished = $4 WHERE n = $5`
	// What waits behind a failed delivery need not be looked at before it.
	holdBack = `UPDATE deliveries SET due = $1 WHERE order_n = (SELECT order_n FROM deliveries WHERE n = $2)
		AND endpoint_n = $3 AND state = 'pending' AND due < $1`
	// What waited for an endpoint that is back has waited long enough.
	wakeDeliveries = `UPDATE deliveries SET due = $1 WHERE endpoint_n = $2 AND state = 'pending' AND due > $1`
)

// Claim leases what is due; see [webhook.Store].
func (db *DB) Claim(ctx context.Context, now, lease time.Time, b webhook.Bounds) (tasks []webhook.Task, err error) {
	ready, err := db.ready(ctx, now, b)
	if err != nil || len(ready) == 0 {
		return nil, err
	}
	err = db.write(ctx, func(ctx context.Context, c *conn) error {
		tasks = tasks[:0]
		at := db.running.ofNow(now)
		w := claim{db: db, conn: c, now: at, lease: at + lease.Sub(now).Microseconds(), Bounds: b, held: map[order.PartyID]int{}}
		for _, n := range ready {
			claimed, err := w.of(ctx, n)
			if err != nil {
				return err
			}
			tasks = append(tasks, claimed...)
			if w.Limit -= len(claimed); w.Limit <= 0 {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return tasks, nil
}

// ready gives the endpoints for which something is due, in the order in which
// claims lock them.
func (db *DB) ready(ctx context.Context, now time.Time, b webhook.Bounds) (ready []int64, err error) {
	at := db.running.ofNow(now)
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		ready = ready[:0]
		var n int64
		if due, err := c.get(ctx, selectDue, []any{at}, &n); err != nil || !due {
			return err
		}
		return c.each(ctx, selectReady, []any{at, b.PerEndpoint, b.PerParty, b.Limit}, []any{&n}, func() { ready = append(ready, n) })
	})
	slices.Sort(ready)
	return ready, err
}

// claim is one claim within its transaction.
type claim struct {
	webhook.Bounds // Limit is what is left of it
	db             *DB
	conn           *conn
	now, lease     int64                 // in running time
	held           map[order.PartyID]int // leased deliveries of each party that was met
}

// of leases deliveries of one endpoint, as many as it and its party may have at
// once.
func (w *claim) of(ctx context.Context, n int64) ([]webhook.Task, error) {
	var e endpointRow
	found, err := w.conn.get(ctx, lockEndpointByN, []any{n}, e.dest()...)
	if err != nil || !found {
		return nil, err
	}
	f := w.db.running.frame()
	endpoint, err := e.endpoint(f)
	if err != nil {
		return nil, err
	}
	most := w.PerEndpoint
	if endpoint.State == webhook.Failing {
		most = 1
	}
	var leased int
	if _, err := w.conn.get(ctx, countLeased, []any{n, w.now}, &leased); err != nil || leased >= most || e.due > w.now {
		return nil, err
	}
	left, err := w.leftOf(ctx, endpoint.Party)
	if err != nil || left <= 0 {
		return nil, err
	}
	var r deliveryRow
	var tasks []webhook.Task
	args := []any{w.lease, w.db.replica, n, w.now, min(most-leased, left, w.Limit)}
	err = w.conn.each(ctx, leaseDeliveries, args, r.dest(), func() {
		tasks = append(tasks, webhook.Task{Delivery: r.delivery(endpoint.ID, *w.db.epoch.Load(), f), Endpoint: endpoint})
	})
	w.held[endpoint.Party] += len(tasks)
	return tasks, err
}

// leftOf is how many more deliveries a party may have leased.
func (w *claim) leftOf(ctx context.Context, party order.PartyID) (int, error) {
	held, met := w.held[party]
	if !met {
		if _, err := w.conn.get(ctx, countHeld, []any{string(party), w.now}, &held); err != nil {
			return 0, err
		}
		w.held[party] = held
	}
	return w.PerParty - held, nil
}

// FreeDeliveries ends the leases that a process left behind which died: they
// would keep its deliveries for half a minute more. It is for whoever holds
// [DB.Lock]; in PostgreSQL, where others may be alive, it does nothing.
func (db *DB) FreeDeliveries(ctx context.Context) error {
	if db.dir == "" {
		return nil
	}
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, freeDeliveries, db.replica)
		return err
	})
}

// Settle keeps the outcome of a try; see [webhook.Store].
func (db *DB) Settle(ctx context.Context, party order.PartyID, delivery string, settle func(*webhook.Endpoint, *webhook.Delivery) webhook.Attempt) error {
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		var n int64
		found, err := c.get(ctx, selectEndpointOf, []any{delivery, string(party)}, &n)
		if err != nil || !found {
			return err
		}
		var e endpointRow // locked first, as claims do
		if found, err = c.get(ctx, lockEndpointByN, []any{n}, e.dest()...); err != nil || !found {
			return err
		}
		var r deliveryRow
		if found, err = c.get(ctx, lockDelivery, []any{delivery, string(party)}, r.dest()...); err != nil || !found {
			return err
		}
		var endpoint webhook.Endpoint
		var d webhook.Delivery
		var attempt webhook.Attempt
		f, err := db.running.framed(func(f frame) (err error) {
			if endpoint, err = e.endpoint(f); err != nil {
				return err
			}
			d = r.delivery(endpoint.ID, *db.epoch.Load(), f)
			attempt = settle(&endpoint, &d)
			return nil
		})
		if err != nil {
			return err
		}
		if err := keepOutcome(ctx, c, e.n, r, endpoint, d, attempt, f); err != nil {
			return err
		}
		return db.wake(ctx, c, e.n, webhook.State(e.state), endpoint.State)
	})
}

// wake makes due what waits for an endpoint that became active.
func (db *DB) wake(ctx context.Context, c *conn, n int64, before, after webhook.State) error {
	if before == after || after != webhook.Active || plant.On(plant.DropWakeUp) {
		return nil
	}
	_, err := c.exec(ctx, wakeDeliveries, db.running.present(), n)
	return err
}

func keepOutcome(ctx context.Context, c *conn, endpointN int64, was deliveryRow, e webhook.Endpoint, d webhook.Delivery, a webhook.Attempt, f frame) error {
	if err := keepEndpoint(ctx, c, endpointN, e, f); err != nil {
		return err
	}
	if _, err := c.exec(ctx, updateDelivery, string(d.State), d.Attempts, f.of(d.Due), micros(d.Finished), was.n); err != nil {
		return err
	}
	if d.State == webhook.Pending {
		if _, err := c.exec(ctx, holdBack, f.of(d.Due), was.n, endpointN); err != nil {
			return err
		}
	}
	if a.At.IsZero() {
		return nil
	}
	return insertAttemptRow(ctx, c, was.n, a)
}
