package store

import (
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
)

// crowd is how many endpoints and deliveries of each kind a store has.
type crowd struct {
	idle    int // endpoints of one order each, which was delivered long ago
	ready   int // those with something due
	resting int // those whose next try is an hour away
	backlog int // what is due at one more endpoint, of an order each
}

const (
	oneToN = ` WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < $1) `

	crowdParty  = `INSERT INTO parties (id, name, scheme, profile, created) VALUES ('7045', 'Shop', 'NBSN', '', 1)`
	crowdOrders = `INSERT INTO orders (id, sender, number, buyer, seller, status, purpose, source, revision, created, updated, routing, reason, summary, header, kept)` +
		oneToN + `SELECT 'order-' || i, '7045', CAST(i AS TEXT), '7045', '', 'SENT', '', '', 1, i, i, '', '', '', '', '' FROM i`
	crowdEndpoints = `INSERT INTO endpoints (id, party, scope, url, description, events, format, headers, state, reason,
			secret, created, updated, failures, since, success, due)` +
		oneToN + `SELECT 'ep_' || i, '7045', CASE WHEN i <= $2 THEN 'order-' || i ELSE '' END, 'https://shop.example/' || i, '', '[]', 'hark', '{}', 'active', '',
			$3, i, i, 0, 0, i, 0 FROM i`
	crowdDeliveries = `INSERT INTO deliveries (id, endpoint_n, party, type, state, attempts, due, lease, leased_by, created, finished,
			seq, order_n, order_id, number, event, at, line, from_status, to_status, side, text)` +
		oneToN + `SELECT 'msg_' || i, CASE WHEN i <= $2 THEN i ELSE $2 + 1 END, '7045', 'order.moved', CASE WHEN i <= $3 THEN 'delivered' ELSE 'pending' END, 0,
			CASE WHEN i > $4 AND i <= $2 THEN 3600000000 ELSE 0 END, 0, '', i, 0, i, i, 'order-' || i, '1', 1, i, 0, '', '', 1, '' FROM i`
)

// crowded is a store with a crowd, at the beginning of time.
func crowded(t testing.TB, where string, of crowd) *DB {
	t.Helper()
	db := openIn(t, where, Options{Now: func() time.Time { return time.UnixMicro(1) }})
	scoped := of.idle + of.ready + of.resting
	statement(t, db, crowdParty)
	statement(t, db, crowdOrders, scoped+of.backlog)
	statement(t, db, crowdEndpoints, scoped+1, scoped, []byte("0123456789abcdef"))
	statement(t, db, crowdDeliveries, scoped+of.backlog, scoped, of.idle, of.idle+of.ready)
	statement(t, db, `ANALYZE`)
	return db
}

// TestClaimsFindEveryEndpoint has few due deliveries, many, and many of one
// endpoint before those of the others.
func TestClaimsFindEveryEndpoint(t *testing.T) {
	for name, c := range map[string]struct {
		of   crowd
		want int
	}{
		"few":            {crowd{idle: 20, ready: 100, resting: 20}, 100},
		"many":           {crowd{idle: 20, ready: 400, resting: 20}, 400},
		"as few as many": {crowd{ready: 300}, 300},
		"a backlog":      {crowd{idle: 20, ready: 10, resting: 20, backlog: 400}, 11},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, where string) {
				now := time.UnixMicro(1)
				tasks, err := crowded(t, where, c.of).Claim(t.Context(), now, now.Add(time.Minute), webhook.Bounds{PerEndpoint: 1, PerParty: 1000, Limit: 1000})
				if err != nil || len(tasks) != c.want {
					t.Errorf("claimed %d, %v, want one of each of %d endpoints", len(tasks), err, c.want)
				}
			})
		})
	}
}

// BenchmarkClaim shows what a look for due deliveries costs, which a dispatcher
// takes five times a second and after every try. The leases end at once.
func BenchmarkClaim(b *testing.B) {
	for _, c := range []struct {
		name string
		of   crowd
		want int
	}{
		{"nothing", crowd{idle: 1}, 0},
		{"idle", crowd{idle: 100_000}, 0},
		{"idle+ready", crowd{idle: 100_000, ready: 100}, 64},
		{"backlog", crowd{idle: 1, backlog: 100_000}, 2},
		{"idle+resting", crowd{idle: 100_000, resting: 10_000}, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			benchEach(b, func(b *testing.B, place func(testing.TB) string) {
				benchmarkClaim(b, crowded(b, place(b), c.of), c.want)
			})
		})
	}
}

func benchmarkClaim(b *testing.B, db *DB, want int) {
	now := time.UnixMicro(1_000_000)
	for b.Loop() {
		now = now.Add(time.Microsecond)
		tasks, err := db.Claim(b.Context(), now, now, webhook.Bounds{PerEndpoint: 2, PerParty: 64, Limit: 64})
		if err != nil || len(tasks) != want {
			b.Fatalf("%d tasks, %v", len(tasks), err)
		}
	}
}
