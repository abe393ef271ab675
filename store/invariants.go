package store

import (
	"context"

	"github.com/bookgate/bookgate/order"
)

// What holds between the tables of a store at any moment. A fault here was in
// the store already when the backup was taken, for all rows are compared with
// the manifest as well.
const (
	selectKeptDocuments = `SELECT o.id, d.media_type, d.sha256, d.size, d.body, d.dropped
		FROM documents d CROSS JOIN orders o WHERE o.n = d.order_n ORDER BY d.order_n`

	selectFeeds = `SELECT h.party, h.seq, count(f.seq), coalesce(min(f.seq), 0), coalesce(max(f.seq), 0)
		FROM heads h LEFT JOIN feed f ON f.party = h.party GROUP BY h.party, h.seq ORDER BY h.party`
	selectHeadless = `SELECT party, count(*) FROM feed WHERE party NOT IN (SELECT party FROM heads) GROUP BY party`
	countRetired   = `SELECT count(*) FROM orders WHERE retired > 0`

	selectHistories = `SELECT o.id, o.revision, count(e.number), coalesce(max(e.number), 0), coalesce(max(e.revision), 0)
		FROM orders o LEFT JOIN events e ON e.order_n = o.n WHERE o.retired = 0 GROUP BY o.n ORDER BY o.n`

	selectListed = `SELECT o.n, o.id, o.sender, o.buyer, o.seller, o.status, o.purpose, coalesce(l.party, ''), coalesce(l.side, 0)
		FROM orders o LEFT JOIN listing l ON l.order_n = o.n WHERE o.retired = 0 ORDER BY o.n, l.party`
	selectMisplaced = `SELECT party, count(*) FROM listing l WHERE NOT EXISTS
		(SELECT 1 FROM feed f WHERE f.party = l.party AND f.seq = l.seq AND f.order_n = l.order_n) GROUP BY party`
)

// documents unpacks every document and takes its digest anew.
func (v *verifier) documents(ctx context.Context) {
	v.progress.say("documents")
	var id string
	var k packed
	var digest []byte
	var dropped int64
	err := v.conn.each(ctx, selectKeptDocuments, nil, []any{&id, &k.mediaType, &digest, &k.size, &k.body, &dropped}, func() {
		if dropped != 0 {
			return // its size and digest alone are kept
		}
		if len(digest) != copy(k.sha256[:], digest) {
			v.fault("The digest of order %s's document has %d bytes; it should have %d.", id, len(digest), len(k.sha256))
			return
		}
		if _, err := k.unpack(); err != nil {
			v.fault("The document of order %s is not the one that came in: %v.", id, err)
		}
	})
	v.unreadable("The documents", err)
}

// feeds wants the changes of every party without a hole up to its newest. They
// begin at 1, or later where orders were taken out of keeping.
func (v *verifier) feeds(ctx context.Context) {
	v.progress.say("change numbers")
	var retired int64
	if _, err := v.conn.get(ctx, countRetired, nil, &retired); err != nil {
		v.unreadable("The orders", err)
		return
	}
	var party string
	var head, count, first, last int64
	err := v.conn.each(ctx, selectFeeds, nil, []any{&party, &head, &count, &first, &last}, func() {
		switch {
		case last != head:
			v.fault("The changes of party %s end at %d; its newest is %d.", party, last, head)
		case first > 1 && retired == 0:
			v.fault("The changes of party %s begin at %d; they should begin at 1.", party, first)
		case count != last-first+1:
			v.fault("Of the changes %d to %d of party %s there are %d; there should be %d.", first, last, party, count, last-first+1)
		}
	})
	v.unreadable("The changes", err)
	err = v.conn.each(ctx, selectHeadless, nil, []any{&party, &count}, func() {
		v.fault("Party %s has %d changes and no newest one.", party, count)
	})
	v.unreadable("The changes", err)
}

// orders wants the events of every order, without a hole and up to its
// revision.
func (v *verifier) orders(ctx context.Context) {
	v.progress.say("histories")
	var id string
	var revision, count, last, told int64
	err := v.conn.each(ctx, selectHistories, nil, []any{&id, &revision, &count, &last, &told}, func() {
		switch {
		case count == 0:
			v.fault("Order %s has no events.", id)
		case count != last:
			v.fault("Order %s has %d events, the last of which is number %d.", id, count, last)
		case told != revision:
			v.fault("The events of order %s end at revision %d; the order has revision %d.", id, told, revision)
		}
	})
	v.unreadable("The histories", err)
}

// lists wants every order in the lists of those who see it and of nobody else.
func (v *verifier) lists(ctx context.Context) {
	v.progress.say("lists")
	var r, now orderRow
	var party string
	var side int64
	places := map[order.PartyID]order.Side{}
	dest := []any{&r.n, &r.id, &r.sender, &r.buyer, &r.seller, &r.status, &r.purpose, &party, &side}
	err := v.conn.each(ctx, selectListed, nil, dest, func() {
		if r.n != now.n {
			v.listed(now, places)
			now = r
			clear(places)
		}
		if party != "" {
			places[order.PartyID(party)] = order.Side(side)
		}
	})
	v.listed(now, places)
	v.unreadable("The lists", err)
	err = v.conn.each(ctx, selectMisplaced, nil, []any{&party, &side}, func() {
		v.fault("The list of party %s has %d orders in places that no change gave them.", party, side)
	})
	v.unreadable("The lists", err)
}

// listed compares the places of one order with its audience.
func (v *verifier) listed(r orderRow, places map[order.PartyID]order.Side) {
	if r.id == "" {
		return
	}
	o := r.outline()
	audience := o.Audience()
	for _, party := range audience {
		if want, got := o.Side(party), places[party]; got != want {
			v.fault("Order %s is on side %d of the list of party %s; it should be on side %d.", r.id, got, party, want)
		}
	}
	if len(places) > len(audience) {
		v.fault("Order %s is in the lists of %d parties; %d see it.", r.id, len(places), len(audience))
	}
}
