package store

import (
	"context"
	"slices"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/order"
)

// selectFeed takes the sides of the order as it is now, because they decide
// whether the party still sees it. The events of an order that was taken out
// of keeping may be gone; its changes keep their numbers.
const selectFeed = `SELECT f.seq, f.event, f.kind, f.at, f.side, o.id, o.number, o.sender, o.buyer, o.seller,
	o.status, o.purpose, o.retired, COALESCE(e.line, 0), COALESCE(e.from_status, ''), COALESCE(e.to_status, '')
	FROM feed f CROSS JOIN orders o LEFT JOIN events e ON e.order_n = f.order_n AND e.number = f.event
	WHERE f.party = $1 AND f.seq > $2 AND o.n = f.order_n ORDER BY f.seq LIMIT $3`

// feedRow is a row of the feed with what is needed of its order and event.
type feedRow struct {
	order  orderRow
	change order.Change
	at     int64

	retired int64 // when the order was taken out of storage, or 0
}

func (r *feedRow) dest() []any {
	o, c := &r.order, &r.change
	return []any{&c.Number, &c.Event, &c.Kind, &r.at, &c.Side, &o.id, &o.number, &o.sender, &o.buyer, &o.seller,
		&o.status, &o.purpose, &r.retired, &c.Line, &c.From, &c.To}
}

// shown is the change as the party may see it now.
func (r *feedRow) shown(party order.PartyID) order.Change {
	at := sqldb.FromMicros(r.at)
	if o := r.order.outline(); o.Role(party) == order.RoleNone {
		return order.Change{Number: r.change.Number, Kind: order.EventHidden, At: at}
	}
	c := r.change
	c.Order, c.OrderNumber, c.At, c.Retired = order.ID(r.order.id), r.order.number, at, r.retired != 0
	return c
}

// Feed returns a page of a party's changes; see [order.Store].
func (db *DB) Feed(ctx context.Context, q order.FeedQuery) (page order.FeedPage, err error) {
	if q.Limit < 1 || q.Limit > order.MaxPage {
		return page, order.Errorf(order.Invalid, "pagesize-invalid",
			"A page of %d changes was asked for; 1 to %d can be had.", q.Limit, order.MaxPage)
	}
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		page, err = feedPage(ctx, c, q)
		return err
	})
	return page, err
}

// feedPage costs a reader that has everything two looks into an index.
func feedPage(ctx context.Context, c *sqldb.Conn, q order.FeedQuery) (page order.FeedPage, err error) {
	party := string(q.Party)
	if _, err := c.Get(ctx, selectHead, []any{party}, &page.Head); err != nil {
		return page, err
	}
	if _, err := c.Get(ctx, selectAcknowledged, []any{party}, &page.Acknowledged, new(int64)); err != nil ||
		q.After >= page.Head {
		return page, err
	}
	var row feedRow
	err = c.Each(ctx, selectFeed, []any{party, q.After, q.Limit}, row.dest(), func() {
		page.Changes = append(page.Changes, row.shown(q.Party))
	})
	if n := len(page.Changes); n > 0 {
		page.More = page.Changes[n-1].Number < page.Head
	}
	return page, err
}

const (
	insertFeed = `INSERT INTO feed (party, seq, order_n, event, kind, at, side, prev_seq, prev_side)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	insertListing = `INSERT INTO listing
		(party, side, seq, order_n, id, number, buyer, seller, status, created, updated)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	moveListing = `UPDATE listing SET side = $1, seq = $2, buyer = $3, seller = $4, status = $5, updated = $6
		WHERE order_n = $7 AND party = $8`
	deleteListing = `DELETE FROM listing WHERE order_n = $1 AND party = $2`
	selectListing = `SELECT party, seq, side FROM listing WHERE order_n = $1 ORDER BY party`
)

// listing is where an order stands in a party's lists.
type listing struct {
	party order.PartyID
	seq   int64
	side  order.Role
}

func selectListings(ctx context.Context, c *sqldb.Conn, n int64) (places []listing, err error) {
	var p listing
	dest := []any{&p.party, &p.seq, &p.side}
	err = c.Each(ctx, selectListing, []any{n}, dest, func() { places = append(places, p) })
	return places, err
}

func listingOf(places []listing, party order.PartyID) *listing {
	i := slices.IndexFunc(places, func(p listing) bool { return p.party == party })
	if i < 0 {
		return nil
	}
	return &places[i]
}

// publish records the events for every party in the order's audience: in the feed
// under the numbers raised for them, and by moving the order to its new place
// in the lists, and by the deliveries that its endpoints want. was are the
// places that it had; a party that sees it no longer loses its place.
func (db *DB) publish(ctx context.Context, c *sqldb.Conn, n int64, o *order.Order, events []order.Event, r numbers,
	was []listing) error {
	for i, party := range r.parties {
		before := listingOf(was, party)
		side := o.Role(party)
		if err := insertFeedRows(ctx, c, n, events, r, i, side, before); err != nil {
			return err
		}
		if err := db.deliver(ctx, c, n, o, party, side, events, r.number(i, 0)); err != nil {
			return err
		}
		now := listing{party, r.heads[i], side}
		if err := now.write(ctx, c, n, o, before == nil); err != nil {
			return err
		}
	}
	for _, p := range was {
		if slices.Contains(r.parties, p.party) {
			continue
		}
		if _, err := c.Exec(ctx, deleteListing, n, string(p.party)); err != nil {
			return err
		}
	}
	return nil
}

// insertFeedRows records the events for one party. Each row names the place that
// the order left with it, so that a list can be read as it stood before.
func insertFeedRows(ctx context.Context, c *sqldb.Conn, n int64, events []order.Event, r numbers, party int,
	side order.Role, before *listing) error {
	for e, ev := range events {
		var prevSeq, prevSide any
		if before != nil {
			prevSeq, prevSide = before.seq, int64(before.side)
		}
		now := listing{r.parties[party], r.number(party, e), side}
		_, err := c.Exec(ctx, insertFeed, string(now.party), now.seq, n, ev.Number, string(ev.Kind),
			sqldb.Micros(ev.At), int64(side), prevSeq, prevSide)
		if err != nil {
			return err
		}
		before = &now
	}
	return nil
}

func (p listing) write(ctx context.Context, c *sqldb.Conn, n int64, o *order.Order, fresh bool) (err error) {
	if fresh {
		_, err = c.Exec(ctx, insertListing, string(p.party), int64(p.side), p.seq, n, string(o.ID), o.Number,
			string(o.Buyer), o.SellerName(), string(o.Status), sqldb.Micros(o.Created), sqldb.Micros(o.Updated))
		return err
	}
	_, err = c.Exec(ctx, moveListing, int64(p.side), p.seq, string(o.Buyer), o.SellerName(), string(o.Status),
		sqldb.Micros(o.Updated), n, string(p.party))
	return err
}

const (
	advanceHead = `INSERT INTO heads (party, seq, at) VALUES ($1, $2, $3) ON CONFLICT (party) DO UPDATE
		SET seq = heads.seq + $2, at = CASE WHEN heads.at + $2 > $3 THEN heads.at + $2 ELSE $3 END RETURNING seq, at`
	stampHead  = `UPDATE heads SET at = $1 WHERE party = $2`
	selectHead = `SELECT seq FROM heads WHERE party = $1`

	// Few parties are looked up one by one, many read as the range that they
	// lie in, which is one walk along the key.
	selectHeads = `SELECT party, seq FROM heads
		WHERE party IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	selectHeadRange = `SELECT party, seq FROM heads WHERE party >= $1 AND party <= $2`
)

// fewParties is how many parties selectHeads looks up.
const fewParties = 16

// numbers is a run of change numbers, one for each event and party.
type numbers struct {
	parties []order.PartyID
	heads   []int64 // the last number of each party
	count   int64   // how many numbers each party got
	at      int64   // the time of the first; each further one is a microsecond later
}

func (r numbers) last() int64 { return r.at + r.count - 1 }

// number is party p's change number of event e, both counted from 0.
func (r numbers) number(p, e int) int64 { return r.heads[p] - r.count + 1 + int64(e) }

// stamp sets what the store decides about events.
func (r numbers) stamp(events []order.Event, before int, revision int64) {
	for i := range events {
		events[i].Number, events[i].Revision, events[i].At = before+i+1, revision, sqldb.FromMicros(r.at+int64(i))
	}
}

// nextNumbers assigns parties their next change numbers, one per event. Raising a head
// locks it until the commit, so a higher number is never seen before a lower
// one; parties come in a fixed order (order.Audience), so no writers wait in a
// ring.
//
// All parties get the same time. It lies behind the last one of each, even
// when the clock has been set back: then two changes of a party never share an
// instant, and a reader that goes on behind the newest time it has seen misses
// nothing.
func (db *DB) nextNumbers(ctx context.Context, c *sqldb.Conn, parties []order.PartyID, events int) (numbers, error) {
	behind := 0
	r := numbers{parties: parties, heads: make([]int64, len(parties)), count: int64(events), at: sqldb.Micros(db.now())}
	for i, p := range parties {
		var last int64
		if _, err := c.Get(ctx, advanceHead, []any{string(p), r.count, r.last()}, &r.heads[i], &last); err != nil {
			return r, err
		}
		if last > r.last() && !(plant.Enabled && plant.On(plant.StampsGoBack)) { // those raised before get the later time as well
			r.at = last - r.count + 1
			behind = i
		}
	}
	for _, p := range parties[:behind] {
		if _, err := c.Exec(ctx, stampHead, r.last(), string(p)); err != nil {
			return r, err
		}
	}
	return r, nil
}

// Heads returns the newest change numbers of many parties; see [order.Store].
func (db *DB) Heads(ctx context.Context, parties []order.PartyID) (heads map[order.PartyID]int64, err error) {
	if len(parties) == 0 {
		return nil, nil
	}
	asked := make(map[order.PartyID]bool, len(parties))
	for _, p := range parties {
		asked[p] = true
	}
	query, args := headsQuery(parties)
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		heads = make(map[order.PartyID]int64, len(parties))
		var party order.PartyID
		var head int64
		return c.Each(ctx, query, args, []any{&party, &head}, func() {
			if asked[party] {
				heads[party] = head
			}
		})
	})
	return heads, err
}

// headsQuery chooses how many parties are asked for at once. Where there are
// fewer than the query has parameters for, the last one stands for the rest.
func headsQuery(parties []order.PartyID) (query string, args []any) {
	if len(parties) > fewParties {
		return selectHeadRange, []any{string(slices.Min(parties)), string(slices.Max(parties))}
	}
	args = make([]any, fewParties)
	for i := range args {
		args[i] = string(parties[min(i, len(parties)-1)])
	}
	return selectHeads, args
}

const (
	// lockHead reads a party's head and locks it, and with it any other writer that
	// acknowledges for the party, until the commit.
	lockHead = `UPDATE heads SET seq = seq WHERE party = $1 RETURNING seq, at`

	selectAcknowledged    = `SELECT through, at FROM acknowledgements WHERE party = $1 ORDER BY through DESC LIMIT 1`
	insertAcknowledgement = `INSERT INTO acknowledgements (party, through, at, actor, via) VALUES ($1, $2, $3, $4, $5)`

	// When a party acknowledged what it was shown of the events of an order, 0
	// for what it has not. The time of an event is its place in the feed.
	selectFetched = `SELECT e.number, COALESCE((SELECT a.at FROM acknowledgements a
			WHERE a.party = $1 AND a.through >= f.seq ORDER BY a.through LIMIT 1), 0)
		FROM events e CROSS JOIN feed f
		WHERE e.order_n = $2 AND f.party = $1 AND f.at = e.at AND f.order_n = e.order_n AND f.event = e.number`
)

// Acknowledge stores how far a party has read its feed; see [order.Store].
func (db *DB) Acknowledge(ctx context.Context, a order.Acknowledgement) error {
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error { return acknowledge(ctx, c, a) })
}

// acknowledge stores a time that is behind the changes and the acknowledgements
// before it, also when a clock has been set back.
func acknowledge(ctx context.Context, c *sqldb.Conn, a order.Acknowledgement) error {
	var head, changed int64
	if _, err := c.Get(ctx, lockHead, []any{string(a.Party)}, &head, &changed); err != nil {
		return err
	}
	if a.Through > head {
		return order.Errorf(order.Invalid, "ack-ahead",
			"Number %d was acknowledged, and the newest change of party %s has number %d.", a.Through, a.Party, head).
			WithHint("Acknowledge the number of the last change that you have read. The store may have been "+
				"restored from a backup: then read the feed again with after=%d.", head).
			WithField(order.Field{Pointer: "/through"})
	}
	var last, at int64
	if _, err := c.Get(ctx, selectAcknowledged, []any{string(a.Party)}, &last, &at); err != nil || a.Through <= last {
		return err
	}
	_, err := c.Exec(ctx, insertAcknowledgement, string(a.Party), a.Through, max(sqldb.Micros(a.At), changed, at),
		a.Actor, a.Via)
	return err
}

// markFetched sets when a receiver acknowledged each of an order's events.
func markFetched(ctx context.Context, c *sqldb.Conn, n int64, receiver order.PartyID, events []order.Event) error {
	var number int
	var at int64
	fetched := make(map[int]int64, len(events))
	err := c.Each(ctx, selectFetched, []any{string(receiver), n}, []any{&number, &at}, func() { fetched[number] = at })
	for i := range events {
		events[i].Fetched = sqldb.FromMicros(fetched[events[i].Number])
	}
	return err
}
