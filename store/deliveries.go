package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store/internal/sqldb"
)

const (
	deliveryColumns = `n, id, endpoint_n, party, type, state, attempts, due, created, finished,
		seq, order_id, number, event, at, line, from_status, to_status, side, text`
	selectListeners = `SELECT n, events, url FROM endpoints WHERE party = $1 AND scope IN ('', $2)
		AND state <> 'disabled' ORDER BY n`
	insertDelivery = `INSERT INTO deliveries (id, endpoint_n, party, type, state, attempts, due, lease, leased_by,
		created, finished, seq, order_n, order_id, number, event, at, line, from_status, to_status, side, text)
		VALUES ($1, $2, $3, $4, 'pending', 0, $5, 0, '', $5, 0, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	selectDelivery = `SELECT ` + deliveryColumns + ` FROM deliveries WHERE n = ` + nearestDelivery +
		` AND party = $2 AND endpoint_n = $3 AND id = $1`
	selectDeliveryN  = `SELECT n FROM deliveries WHERE n = ` + nearestDelivery + ` AND endpoint_n = $2 AND id = $1`
	selectDeliveries = `SELECT ` + deliveryColumns + ` FROM deliveries
		WHERE endpoint_n = $1 AND n < $2 AND ($3 = '' OR state = $3) ORDER BY n DESC LIMIT $4`
	selectAnyDelivery = `SELECT ` + deliveryColumns + ` FROM deliveries WHERE n = ` + nearestDelivery
	// As much is read for an id that is not there as for one of another party.
	nearestDelivery = `coalesce((SELECT n FROM deliveries WHERE id <= $1 ORDER BY id DESC LIMIT 1), 1)`
)

// deliveryRow is a row of deliveries. due and created are in running time: from
// its creation on it is waited for.
type deliveryRow struct {
	n, endpointN           int64
	id, party, kind, state string
	attempts, due, created int64
	finished, seq          int64
	orderID, number        string
	event, at, line        int64
	from, to               string
	side                   int64
	text                   string
}

func (r *deliveryRow) dest() []any {
	return []any{&r.n, &r.id, &r.endpointN, &r.party, &r.kind, &r.state, &r.attempts, &r.due, &r.created, &r.finished,
		&r.seq, &r.orderID, &r.number, &r.event, &r.at, &r.line, &r.from, &r.to, &r.side, &r.text}
}

// delivery is a row as the store with the given epoch has it.
func (r *deliveryRow) delivery(endpoint, epoch string, f frame) webhook.Delivery {
	d := webhook.Delivery{
		ID: r.id, Endpoint: endpoint, Party: order.PartyID(r.party), Type: webhook.Type(r.kind),
		State:    webhook.DeliveryState(r.state),
		Attempts: int(r.attempts), Due: f.clock(r.due), Created: f.clock(r.created),
		Finished: sqldb.FromMicros(r.finished),
		Event: webhook.Event{
			Change: r.seq, Order: order.ID(r.orderID), Number: r.number, Event: int(r.event),
			At: sqldb.FromMicros(r.at), Line: int(r.line),
			From: order.Status(r.from), To: order.Status(r.to), Role: order.Role(r.side), Text: r.text,
		},
	}
	if r.seq > 0 {
		d.Event.Epoch = epoch // a restore keeps the number of what it keeps
	}
	return d
}

// listener is an endpoint that may want an event.
type listener struct {
	n      int64
	filter webhook.Filter
	mail   bool // the deliveries are e-mails
}

// listeners are the endpoints of a party that are notified of an order.
func listeners(ctx context.Context, c *sqldb.Conn, party order.PartyID, id order.ID) (all []listener, err error) {
	var n int64
	var events, url string
	var faults error
	err = c.Each(ctx, selectListeners, []any{string(party), string(id)}, []any{&n, &events, &url}, func() {
		l := listener{n: n, mail: strings.HasPrefix(url, webhook.Mailto)}
		if err := json.Unmarshal([]byte(events), &l.filter); err != nil {
			faults = fmt.Errorf("read the filter of an endpoint of %s: %w", party, err)
		}
		all = append(all, l)
	})
	if err == nil {
		err = faults
	}
	return all, err
}

// deliver writes the deliveries of events to one party, whose change numbers
// begin at first.
func (db *DB) deliver(ctx context.Context, c *sqldb.Conn, n int64, o *order.Order, party order.PartyID,
	side order.Role, events []order.Event, first int64) error {
	all, err := listeners(ctx, c, party, o.ID)
	if err != nil || len(all) == 0 {
		return err
	}
	last := lastOfEach(events)
	for i, ev := range events {
		t, ok := webhook.TypeOf(ev.Kind, ev.To)
		if !ok {
			continue
		}
		event := webhook.Event{Change: first + int64(i), Order: o.ID, Number: o.Number, Event: ev.Number, At: ev.At,
			Line: ev.Line, From: ev.From, To: ev.To, Role: side}
		for _, l := range all {
			if !l.filter.Wants(t) || l.mail && last[mailedChange{t, ev.To}] != i {
				continue
			}
			if err := db.addDelivery(ctx, c, l.n, n, party, t, event); err != nil {
				return err
			}
		}
	}
	return nil
}

// mailedChange is what one e-mail says of a change.
type mailedChange struct {
	t  webhook.Type
	to order.Status
}

// lastOfEach returns the place of the last event of each step. A change of sixty
// lines is one e-mail, which shows the order as it stands.
func lastOfEach(events []order.Event) map[mailedChange]int {
	last := map[mailedChange]int{}
	for i, ev := range events {
		if t, ok := webhook.TypeOf(ev.Kind, ev.To); ok {
			last[mailedChange{t, ev.To}] = i
		}
	}
	return last
}

// addDelivery writes one delivery, due at once. orderN is nil in a test.
func (db *DB) addDelivery(ctx context.Context, c *sqldb.Conn, endpoint int64, orderN any, party order.PartyID,
	t webhook.Type, ev webhook.Event) error {
	now, f := db.running.moment()
	_, err := c.Exec(ctx, insertDelivery, newDeliveryID(now), endpoint, string(party), string(t), f.of(now),
		ev.Change, orderN, string(ev.Order), ev.Number, ev.Event, sqldb.Micros(ev.At), ev.Line, string(ev.From),
		string(ev.To), int64(ev.Role), ev.Text)
	return err
}

func noDelivery(id string) *order.Error {
	return order.Errorf(order.NotFound, "delivery-not-found", "There is no delivery %s here.", order.Truncate(id)).
		WithHint("Deliveries are retained for 30 days after their end.")
}

// Delivery returns a delivery of an endpoint; see [webhook.Store].
func (db *DB) Delivery(ctx context.Context, party order.PartyID, endpoint, id string) (d webhook.Delivery, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		e, err := endpointRowOf(ctx, c, selectEndpoint, party, endpoint)
		if err != nil {
			return err
		}
		var r deliveryRow
		found, err := c.Get(ctx, selectDelivery, []any{id, string(party), e.n}, r.dest()...)
		if err == nil && !found {
			return noDelivery(id)
		}
		d = r.delivery(endpoint, *db.epoch.Load(), db.running.frame())
		return err
	})
	if err != nil {
		return webhook.Delivery{}, err
	}
	return d, nil
}

// Deliveries lists an endpoint's deliveries; see [webhook.Store].
func (db *DB) Deliveries(ctx context.Context, q webhook.DeliveryQuery) (deliveries []webhook.Delivery, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		e, err := endpointRowOf(ctx, c, selectEndpoint, q.Party, q.Endpoint)
		if err != nil {
			return err
		}
		before := int64(maxRow)
		if q.Before != "" {
			found, err := c.Get(ctx, selectDeliveryN, []any{q.Before, e.n}, &before)
			if err != nil {
				return err
			}
			if !found {
				return noDelivery(q.Before)
			}
		}
		deliveries = nil
		var r deliveryRow
		f := db.running.frame()
		return c.Each(ctx, selectDeliveries, []any{e.n, before, string(q.State), q.Limit}, r.dest(), func() {
			deliveries = append(deliveries, r.delivery(q.Endpoint, *db.epoch.Load(), f))
		})
	})
	return deliveries, err
}

// maxRow is behind every row number.
const maxRow = 1<<63 - 1

// AddTest stores a test delivery; see [webhook.Store].
func (db *DB) AddTest(ctx context.Context, party order.PartyID, endpoint string) (d webhook.Delivery, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		e, err := endpointRowOf(ctx, c, lockEndpoint, party, endpoint)
		if err != nil {
			return err
		}
		if err := db.addDelivery(ctx, c, e.n, nil, party, webhook.EndpointTest,
			webhook.Event{At: db.now()}); err != nil {
			return err
		}
		var r deliveryRow
		if err := c.Each(ctx, selectDeliveries, []any{e.n, int64(maxRow), "", 1}, r.dest(), func() {}); err != nil {
			return err
		}
		d = r.delivery(endpoint, *db.epoch.Load(), db.running.frame())
		return nil
	})
	if err != nil {
		return webhook.Delivery{}, err
	}
	return d, nil
}

// newDeliveryID names a delivery, and with it the message that receivers see
// once however often it is sent.
func newDeliveryID(now time.Time) string { return "msg_" + string(order.NewID(now)) }

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
	selectReady = `WITH RECURSIVE few (n) AS (SELECT p.endpoint_n FROM deliveries p WHERE p.state = 'pending'
		AND p.due <= $1 ORDER BY p.due LIMIT ` + fewDue + `),
		waiting (n) AS (SELECT CAST(0 AS BIGINT) WHERE (SELECT count(*) FROM few) = ` + fewDue + ` UNION ALL
			SELECT (SELECT p.endpoint_n FROM deliveries p WHERE p.state = 'pending' AND p.endpoint_n > w.n
			ORDER BY p.endpoint_n LIMIT 1)
			FROM waiting w WHERE w.n IS NOT NULL),
		maybe (n) AS (SELECT n FROM few UNION SELECT n FROM waiting),
		held (party, leases) AS (SELECT l.party, count(*) FROM deliveries l
			WHERE l.lease > 0 AND l.lease >= $1 GROUP BY l.party),
		ready (n, party, success, place) AS (SELECT e.n, e.party, e.success,
			row_number() OVER (PARTITION BY e.party ORDER BY e.success, e.n)
		FROM maybe CROSS JOIN endpoints e WHERE e.n = maybe.n AND e.state IN ('active', 'failing') AND e.due <= $1
		AND EXISTS (SELECT 1 FROM deliveries d WHERE d.endpoint_n = maybe.n AND d.state = 'pending'
			AND d.due <= $1 AND d.lease < $1
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
			SELECT d.n FROM deliveries d WHERE d.endpoint_n = $3 AND d.state = 'pending' AND d.due <= $4
			AND d.lease < $4 AND ` + notBehind + ` ORDER BY d.due, d.n LIMIT $5)
		AND state = 'pending' AND lease < $4 RETURNING ` + deliveryColumns
	freeDeliveries   = `UPDATE deliveries SET lease = 0, leased_by = '' WHERE lease > 0 AND leased_by <> $1`
	selectEndpointOf = `SELECT endpoint_n FROM deliveries WHERE id = $1 AND party = $2`
	lockDelivery     = `UPDATE deliveries SET lease = 0, leased_by = ''
		WHERE id = $1 AND party = $2 RETURNING ` + deliveryColumns
	updateDelivery = `UPDATE deliveries SET state = $1, attempts = $2, due = $3, finished = $4 WHERE n = $5`
	// What waits behind a failed delivery need not be looked at before it.
	holdBack = `UPDATE deliveries SET due = $1 WHERE order_n = (SELECT order_n FROM deliveries WHERE n = $2)
		AND endpoint_n = $3 AND state = 'pending' AND due < $1`
	// What waited for an endpoint that is back has waited long enough.
	wakeDeliveries = `UPDATE deliveries SET due = $1 WHERE endpoint_n = $2 AND state = 'pending' AND due > $1`
)

// Claim leases what is due; see [webhook.Store].
func (db *DB) Claim(ctx context.Context, now, lease time.Time, b webhook.Bounds) (tasks []webhook.Task, err error) {
	ready, err := db.dueEndpoints(ctx, now, b)
	if err != nil || len(ready) == 0 {
		return nil, err
	}
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		tasks = tasks[:0]
		at := db.running.ofNow(now)
		w := endpointClaim{db: db, conn: c, now: at, lease: at + lease.Sub(now).Microseconds(), Bounds: b,
			held: map[order.PartyID]int{}}
		for _, n := range ready {
			claimed, err := w.forEndpoint(ctx, n)
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

// dueEndpoints returns the endpoints for which something is due, in the order in which
// claims lock them.
func (db *DB) dueEndpoints(ctx context.Context, now time.Time, b webhook.Bounds) (ready []int64, err error) {
	at := db.running.ofNow(now)
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		ready = ready[:0]
		var n int64
		if due, err := c.Get(ctx, selectDue, []any{at}, &n); err != nil || !due {
			return err
		}
		return c.Each(ctx, selectReady, []any{at, b.PerEndpoint, b.PerParty, b.Limit}, []any{&n},
			func() { ready = append(ready, n) })
	})
	slices.Sort(ready)
	return ready, err
}

// endpointClaim is one claim within its transaction.
type endpointClaim struct {
	webhook.Bounds // Limit is what is left of it
	db             *DB
	conn           *sqldb.Conn
	now, lease     int64                 // in running time
	held           map[order.PartyID]int // leased deliveries of each party that was met
}

// forEndpoint leases deliveries of one endpoint, as many as it and its party may have at
// once.
func (w *endpointClaim) forEndpoint(ctx context.Context, n int64) ([]webhook.Task, error) {
	var e endpointRow
	found, err := w.conn.Get(ctx, lockEndpointByN, []any{n}, e.dest()...)
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
	if _, err := w.conn.Get(ctx, countLeased, []any{n, w.now}, &leased); err != nil || leased >= most || e.due > w.now {
		return nil, err
	}
	left, err := w.leftOf(ctx, endpoint.Party)
	if err != nil || left <= 0 {
		return nil, err
	}
	var r deliveryRow
	var tasks []webhook.Task
	args := []any{w.lease, w.db.replica, n, w.now, min(most-leased, left, w.Limit)}
	err = w.conn.Each(ctx, leaseDeliveries, args, r.dest(), func() {
		tasks = append(tasks,
			webhook.Task{Delivery: r.delivery(endpoint.ID, *w.db.epoch.Load(), f), Endpoint: endpoint})
	})
	w.held[endpoint.Party] += len(tasks)
	return tasks, err
}

// leftOf is how many more deliveries a party may have leased.
func (w *endpointClaim) leftOf(ctx context.Context, party order.PartyID) (int, error) {
	held, met := w.held[party]
	if !met {
		if _, err := w.conn.Get(ctx, countHeld, []any{string(party), w.now}, &held); err != nil {
			return 0, err
		}
		w.held[party] = held
	}
	return w.PerParty - held, nil
}

// FreeDeliveries ends the leases that a process left behind which died: they
// would keep its deliveries for half a minute more. It is for the process that holds
// [DB.Lock]; in PostgreSQL, where others may be alive, it does nothing.
func (db *DB) FreeDeliveries(ctx context.Context) error {
	if db.dir == "" {
		return nil
	}
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, freeDeliveries, db.replica)
		return err
	})
}

// RecordAttempt stores the outcome of a try; see [webhook.Store].
func (db *DB) RecordAttempt(ctx context.Context, party order.PartyID, delivery string,
	settle func(*webhook.Endpoint, *webhook.Delivery) webhook.Attempt) error {
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		var n int64
		found, err := c.Get(ctx, selectEndpointOf, []any{delivery, string(party)}, &n)
		if err != nil || !found {
			return err
		}
		var e endpointRow // locked first, as claims do
		if found, err = c.Get(ctx, lockEndpointByN, []any{n}, e.dest()...); err != nil || !found {
			return err
		}
		var r deliveryRow
		if found, err = c.Get(ctx, lockDelivery, []any{delivery, string(party)}, r.dest()...); err != nil || !found {
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
func (db *DB) wake(ctx context.Context, c *sqldb.Conn, n int64, before, after webhook.State) error {
	if before == after || after != webhook.Active || plant.Enabled && plant.On(plant.DropWakeUp) {
		return nil
	}
	_, err := c.Exec(ctx, wakeDeliveries, db.running.present(), n)
	return err
}

func keepOutcome(ctx context.Context, c *sqldb.Conn, endpointN int64, was deliveryRow, e webhook.Endpoint,
	d webhook.Delivery, a webhook.Attempt, f frame) error {
	if err := saveEndpoint(ctx, c, endpointN, e, f); err != nil {
		return err
	}
	_, err := c.Exec(ctx, updateDelivery, string(d.State), d.Attempts, f.of(d.Due), sqldb.Micros(d.Finished), was.n)
	if err != nil {
		return err
	}
	if d.State == webhook.Pending {
		if _, err := c.Exec(ctx, holdBack, f.of(d.Due), was.n, endpointN); err != nil {
			return err
		}
	}
	if a.At.IsZero() {
		return nil
	}
	return insertAttemptRow(ctx, c, was.n, a)
}
