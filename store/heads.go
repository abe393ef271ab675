package store

import (
	"context"
	"slices"

	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/order"
)

const (
	raiseHead = `INSERT INTO heads (party, seq, at) VALUES ($1, $2, $3) ON CONFLICT (party) DO UPDATE
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

// raised is a run of change numbers, one for each event and party.
type raised struct {
	parties []order.PartyID
	heads   []int64 // the last number of each party
	count   int64   // how many numbers each party got
	at      int64   // the time of the first; each further one is a microsecond later
}

func (r raised) last() int64 { return r.at + r.count - 1 }

// number is party p's change number of event e, both counted from 0.
func (r raised) number(p, e int) int64 { return r.heads[p] - r.count + 1 + int64(e) }

// stamp sets what the store decides about events.
func (r raised) stamp(events []order.Event, before int, revision int64) {
	for i := range events {
		events[i].Number, events[i].Revision, events[i].At = before+i+1, revision, fromMicros(r.at+int64(i))
	}
}

// raise gives parties their next change numbers, one per event. Raising a head
// locks it until the commit, so a higher number is never seen before a lower
// one; parties come in a fixed order (order.Audience), so nobody waits in a
// ring.
//
// All parties get the same time. It lies behind the last one of each, even
// when the clock has been set back: then two changes of a party never share an
// instant, and a reader that goes on behind the newest time it has seen misses
// nothing.
func (db *DB) raise(ctx context.Context, c *conn, parties []order.PartyID, events int) (raised, error) {
	behind := 0
	r := raised{parties: parties, heads: make([]int64, len(parties)), count: int64(events), at: micros(db.now())}
	for i, p := range parties {
		var last int64
		if _, err := c.get(ctx, raiseHead, []any{string(p), r.count, r.last()}, &r.heads[i], &last); err != nil {
			return r, err
		}
		if last > r.last() && !plant.On(plant.StampsGoBack) { // those raised before get the later time as well
			r.at = last - r.count + 1
			behind = i
		}
	}
	for _, p := range parties[:behind] {
		if _, err := c.exec(ctx, stampHead, r.last(), string(p)); err != nil {
			return r, err
		}
	}
	return r, nil
}

// Head gives a party's newest change number; see [order.Store].
func (db *DB) Head(ctx context.Context, party order.PartyID) (head int64, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		_, err := c.get(ctx, selectHead, []any{string(party)}, &head)
		return err
	})
	return head, err
}

// Heads gives the newest change numbers of many parties; see [order.Store].
func (db *DB) Heads(ctx context.Context, parties []order.PartyID) (heads map[order.PartyID]int64, err error) {
	if len(parties) == 0 {
		return nil, nil
	}
	asked := make(map[order.PartyID]bool, len(parties))
	for _, p := range parties {
		asked[p] = true
	}
	query, args := headsQuery(parties)
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		heads = make(map[order.PartyID]int64, len(parties))
		var party order.PartyID
		var head int64
		return c.each(ctx, query, args, []any{&party, &head}, func() {
			if asked[party] {
				heads[party] = head
			}
		})
	})
	return heads, err
}

// headsQuery chooses how many parties are asked for at once. Where there are
// fewer than the query has room for, the last one stands for the rest.
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
