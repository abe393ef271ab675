//go:build all

package chaos

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

const (
	quickPairs = 3
	pairOrders = 60 // of a pair: what a sweep takes at once, and is busy with for a while

	// The survivor leaves orders alone for so long: long enough that only the
	// victim leases them, and less than a lease.
	survivorDelay = "20s"

	// A survivor that never looks for what others left behind.
	idleDelay = "24h"

	takeoverPromised = 5 * time.Second // after the end of the lease
	watchPause       = time.Millisecond
	watchLimit       = 2 * time.Minute // for a busy machine
)

// TestDeadHolder kills one of two replicas over PostgreSQL, many pairs at once:
// first while it takes orders, so that it dies with acknowledged orders that
// only it has in memory, and then, started again, while it holds leases of
// orders that it has not processed. The other one processes them all, once.
//
// A lease runs for 30 s. That time is left to the other tests: pairs die before
// the parallel tests begin, and are looked at when it is over.
func TestDeadHolder(t *testing.T) {
	deadHolders(t, quickPairs, func(left time.Duration) {
		end := time.Now().Add(left)
		t.Parallel()
		time.Sleep(time.Until(end))
	})
}

func deadHolders(t *testing.T, n int, wait func(time.Duration)) {
	var pairs []*pair
	for range n {
		pairs = append(pairs, newPair(t, survivorDelay))
	}
	control := newPair(t, idleDelay)
	for _, p := range append(pairs, control) {
		defer p.survivor.Stop()
		p.dieWithOrders(t)
		p.dieWithLeases(t)
	}
	wait(time.Until(control.until) + takeoverPromised)
	var held, unsettled, acknowledged int
	latest := time.Duration(-1 << 62)
	for _, p := range pairs {
		latest = max(latest, p.check(t))
		held, unsettled, acknowledged = held+p.held, unsettled+p.unsettled, acknowledged+len(p.book.acked)
	}
	figures(t, "%d pairs of replicas, one of each killed twice; %d orders acknowledged, %d in the memory of the dead alone and then %d under their leases: "+
		"0 lost, 0 doubled, 0 left (%s); the last was processed %s after the end of its lease, promised are %s",
		n, acknowledged, unsettled, held, bound(n), latest.Round(time.Millisecond), takeoverPromised)
	left := control.waiting(t, `lease >= 0`)
	figures(t, "control, a survivor that looks after no other: %d of %d orders left", left, len(control.book.acked))
	if left < control.held || compare(t, login(t, control.survivor, control.scene.Receiver), "SENT_TO_ME", control.book) == "" {
		t.Error("control: a survivor that looks after no other was not caught")
	}
}

// pair is two replicas over one database, of which one dies.
type pair struct {
	scene           harness.Scene
	db              *sql.DB
	book            *ledger
	survivor        *harness.Gateway
	unsettled, held int
	until           time.Time // the end of the last lease of the dead
}

func newPair(t *testing.T, delay string) *pair {
	t.Helper()
	p := &pair{scene: newScene(t, postgres), book: newLedger()}
	p.db = openStore(t, p.scene)
	t.Cleanup(func() { p.db.Close() })
	p.survivor = start(t, p.scene, "--log-level", "warn", "--processing-delay", delay)
	return p
}

// dieWithOrders kills a replica under load that has not processed an order.
func (p *pair) dieWithOrders(t *testing.T) {
	t.Helper()
	victim := start(t, p.scene, "--log-level", "warn", "--processing-delay", idleDelay)
	before := len(p.book.acked)
	underLoad(login(t, victim, p.scene.Sender), p.book, fmt.Sprintf("from%d", before), func() {
		for end := time.Now().Add(watchLimit); len(p.book.entries()) < before+pairOrders && time.Now().Before(end); {
			time.Sleep(watchPause)
		}
		victim.Kill()
	})
	if p.unsettled = p.waiting(t, `lease = 0`); p.unsettled < pairOrders {
		t.Fatalf("the replica left %d orders behind, wanted at least %d", p.unsettled, pairOrders)
	}
	resend(t, p.survivor, p.scene, p.book)
}

// dieWithLeases starts the replica again, and kills it as soon as it holds
// leases. One that has processed everything by then is given more to do.
func (p *pair) dieWithLeases(t *testing.T) {
	t.Helper()
	for {
		victim := start(t, p.scene, quiet...)
		for end := time.Now().Add(watchLimit); p.waiting(t, `lease > 0`) == 0 && time.Now().Before(end); {
			time.Sleep(watchPause)
		}
		victim.Kill()
		var until int64
		err := p.db.QueryRowContext(t.Context(), `SELECT count(*), coalesce(max(lease), 0) FROM orders WHERE status = 'UNPROCESSED' AND lease > 0`).Scan(&p.held, &until)
		if err != nil {
			t.Fatal(err)
		}
		if p.until = time.UnixMicro(until); p.held > 0 {
			return
		}
		p.dieWithOrders(t)
	}
}

// waiting counts the unprocessed orders of which something holds.
func (p *pair) waiting(t *testing.T, condition string) (n int) {
	t.Helper()
	if err := p.db.QueryRowContext(t.Context(), `SELECT count(*) FROM orders WHERE status = 'UNPROCESSED' AND `+condition).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// check demands that every order was processed once, and reports how long after
// the end of the dead replica's leases the last was.
func (p *pair) check(t *testing.T) time.Duration {
	t.Helper()
	if fault := settled(t, p.survivor, p.scene, p.book, settleLimit); fault != "" {
		t.Fatalf("%s\n%s", fault, p.survivor.Log())
	}
	checkHistories(t, p.survivor, p.scene, p.book)
	var last int64
	if err := p.db.QueryRowContext(t.Context(), `SELECT max(at) FROM events WHERE kind = 'processed'`).Scan(&last); err != nil {
		t.Fatal(err)
	}
	return time.UnixMicro(last).Sub(p.until)
}
