package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

const (
	deliveryColumns = `n, id, endpoint_n, party, type, state, attempts, due, created, finished,
		seq, order_id, number, event, at, line, from_status, to_status, side, text`
	selectListeners = `SELECT n, events, url FROM endpoints WHERE party = $1 AND scope IN ('', $2) AND state <> 'disabled' ORDER BY n`
	insertDelivery  = `INSERT INTO deliveries (id, endpoint_n, party, type, state, attempts, due, lease, leased_by, created, finished,
		seq, order_n, order_id, number, event, at, line, from_status, to_status, side, text)
		VALUES ($1, $2, $3, $4, 'pending', 0, $5, 0, '', $5, 0, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	selectDelivery   = `SELECT ` + deliveryColumns + ` FROM deliveries WHERE n = ` + nearestDelivery + ` AND party = $2 AND endpoint_n = $3 AND id = $1`
	selectDeliveryN  = `SELECT n FROM deliveries WHERE n = ` + nearestDelivery + ` AND endpoint_n = $2 AND id = $1`
	selectDeliveries = `SELECT ` + deliveryColumns + ` FROM deliveries
		WHERE endpoint_n = $1 AND n < $2 AND ($3 = '' OR state = $3) ORDER BY n DESC LIMIT $4`
	selectLetter = `SELECT ` + deliveryColumns + ` FROM deliveries WHERE n = ` + nearestDelivery
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
		ID: r.id, Endpoint: endpoint, Party: order.PartyID(r.party), Type: webhook.Type(r.kind), State: webhook.DeliveryState(r.state),
		Attempts: int(r.attempts), Due: f.clock(r.due), Created: f.clock(r.created), Finished: fromMicros(r.finished),
		Event: webhook.Event{
			Change: r.seq, Order: order.ID(r.orderID), Number: r.number, Event: int(r.event), At: fromMicros(r.at), Line: int(r.line),
			From: order.Status(r.from), To: order.Status(r.to), Side: order.Side(r.side), Text: r.text,
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
	mail   bool // it is a person who is told
}

// listeners are the endpoints of a party that are told of an order.
func listeners(ctx context.Context, c *conn, party order.PartyID, id order.ID) (all []listener, err error) {
	var n int64
	var events, url string
	var faults error
	err = c.each(ctx, selectListeners, []any{string(party), string(id)}, []any{&n, &events, &url}, func() {
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
func (db *DB) deliver(ctx context.Context, c *conn, n int64, o *order.Order, party order.PartyID, side order.Side, events []order.Event, first int64) error {
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
		told := webhook.Event{Change: first + int64(i), Order: o.ID, Number: o.Number, Event: ev.Number, At: ev.At,
			Line: ev.Line, From: ev.From, To: ev.To, Side: side}
		for _, l := range all {
			if !l.filter.Wants(t) || l.mail && last[news{t, ev.To}] != i {
				continue
			}
			if err := db.addDelivery(ctx, c, l.n, n, party, t, told); err != nil {
				return err
			}
		}
	}
	return nil
}

// news is what a person is told of a change at once.
type news struct {
	t  webhook.Type
	to order.Status
}

// lastOfEach returns the place of the last event of each step. A change of sixty
// lines is one e-mail, which shows the order as it stands.
func lastOfEach(events []order.Event) map[news]int {
	last := map[news]int{}
	for i, ev := range events {
		if t, ok := webhook.TypeOf(ev.Kind, ev.To); ok {
			last[news{t, ev.To}] = i
		}
	}
	return last
}

// addDelivery writes one delivery, due at once. orderN is nil in a trial.
func (db *DB) addDelivery(ctx context.Context, c *conn, endpoint int64, orderN any, party order.PartyID, t webhook.Type, ev webhook.Event) error {
	now, f := db.running.moment()
	_, err := c.exec(ctx, insertDelivery, newDeliveryID(now), endpoint, string(party), string(t), f.of(now),
		ev.Change, orderN, string(ev.Order), ev.Number, ev.Event, micros(ev.At), ev.Line, string(ev.From), string(ev.To), int64(ev.Side), ev.Text)
	return err
}

func noDelivery(id string) *order.Error {
	return order.Errorf(order.NotFound, "delivery-not-found", "There is no delivery %s here.", order.Cut(id)).
		WithHint("They are kept for 30 days after their end.")
}

// Delivery gives a delivery of an endpoint; see [webhook.Store].
func (db *DB) Delivery(ctx context.Context, party order.PartyID, endpoint, id string) (d webhook.Delivery, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		e, err := endpointRowOf(ctx, c, selectEndpoint, party, endpoint)
		if err != nil {
			return err
		}
		var r deliveryRow
		found, err := c.get(ctx, selectDelivery, []any{id, string(party), e.n}, r.dest()...)
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
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		e, err := endpointRowOf(ctx, c, selectEndpoint, q.Party, q.Endpoint)
		if err != nil {
			return err
		}
		before := int64(maxRow)
		if q.Before != "" {
			found, err := c.get(ctx, selectDeliveryN, []any{q.Before, e.n}, &before)
			if err != nil {
				return err
			}
			if !found {
				return noDelivery(q.Before)
			}
		}
		var r deliveryRow
		f := db.running.frame()
		return c.each(ctx, selectDeliveries, []any{e.n, before, string(q.State), q.Limit}, r.dest(), func() {
			deliveries = append(deliveries, r.delivery(q.Endpoint, *db.epoch.Load(), f))
		})
	})
	return deliveries, err
}

// maxRow is behind every row number.
const maxRow = 1<<63 - 1

// AddTest keeps a trial; see [webhook.Store].
func (db *DB) AddTest(ctx context.Context, party order.PartyID, endpoint string) (d webhook.Delivery, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) error {
		e, err := endpointRowOf(ctx, c, lockEndpoint, party, endpoint)
		if err != nil {
			return err
		}
		if err := db.addDelivery(ctx, c, e.n, nil, party, webhook.EndpointTest, webhook.Event{At: db.now()}); err != nil {
			return err
		}
		var r deliveryRow
		if err := c.each(ctx, selectDeliveries, []any{e.n, int64(maxRow), "", 1}, r.dest(), func() {}); err != nil {
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

// Letter gives what a link belongs to; see [webhook.Store].
func (db *DB) Letter(ctx context.Context, delivery string) (t webhook.Task, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		var r deliveryRow
		found, err := c.get(ctx, selectLetter, []any{delivery}, r.dest()...)
		if err == nil && found {
			t, err = db.taskOf(ctx, c, selectEndpointByN, r)
		}
		absent := noDelivery(delivery) // made at any rate, and as late as for a link with a wrong signature
		if err == nil && t.Delivery.ID != delivery {
			err = absent
		}
		return err
	})
	if err != nil {
		return webhook.Task{}, err
	}
	return t, nil
}

// taskOf joins a delivery with its endpoint, read by the given query.
func (db *DB) taskOf(ctx context.Context, c *conn, query string, r deliveryRow) (t webhook.Task, err error) {
	var e endpointRow
	if _, err := c.get(ctx, query, []any{r.endpointN}, e.dest()...); err != nil {
		return t, err
	}
	f := db.running.frame()
	if t.Endpoint, err = e.endpoint(f); err != nil {
		return t, err
	}
	t.Delivery = r.delivery(t.Endpoint.ID, *db.epoch.Load(), f)
	return t, nil
}

// newDeliveryID names a delivery, and with it the message that receivers see
// once however often it is sent.
func newDeliveryID(now time.Time) string { return "msg_" + string(order.NewID(now)) }
