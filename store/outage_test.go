//go:build all

package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/postgrestest"
	"github.com/bookgate/bookgate/order"
)

// ledger is what was acknowledged, recorded outside the store.
type ledger struct {
	mu   sync.Mutex
	ids  []order.ID
	last time.Time
}

func (l *ledger) add(id order.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ids, l.last = append(l.ids, id), time.Now()
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ids)
}

func (l *ledger) newest() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// longestGap is how long after a restart the first order may come: a pause of
// the pool and a new connection, with time to spare for a busy machine.
const longestGap = 5 * time.Second

func TestKilledServerLosesNothing(t *testing.T) {
	server := postgrestest.Start(t)
	db := openIn(t, server.Database(t), Options{})
	var l ledger
	var all sync.WaitGroup
	var stop atomic.Bool
	for w := range 8 {
		all.Go(func() {
			for i := 0; !stop.Load(); i++ {
				o := addOrder(t, db, fmt.Sprintf("K-%d-%d", w, i)) // an error is a failure: the store waits for the server
				l.add(o.ID)
			}
		})
	}
	for range 3 {
		time.Sleep(300 * time.Millisecond)
		before := l.count()
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := server.Restart(); err != nil {
			t.Fatal(err)
		}
		ready := time.Now()
		for !l.newest().After(ready) && time.Since(ready) < 10*time.Second {
			time.Sleep(5 * time.Millisecond)
		}
		gap := time.Since(ready)
		t.Logf("killed after %d orders; the first %s after the server was back", before, gap.Round(time.Millisecond))
		if gap > longestGap {
			t.Errorf("no order for %s after the server was back", gap)
		}
	}
	stop.Store(true)
	all.Wait()
	wantStored(t, db, l.ids)
	wantSound(t, db, len(l.ids)) // as many as were acknowledged: none twice
}

func TestServerThatStaysAwayIsReportedInTime(t *testing.T) {
	server := postgrestest.Start(t)
	db := openIn(t, server.Database(t), Options{})
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func(context.Context) error{
		"read":  func(ctx context.Context) error { _, err := db.Head(ctx, buyer); return err },
		"write": db.Ready,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
		begun := time.Now()
		err := call(ctx)
		cancel()
		if order.CodeOf(err) != "store-busy" || order.KindOf(err) != order.Unavailable || time.Since(begun) > 3*time.Second {
			t.Errorf("%s: %v after %s", name, err, time.Since(begun))
		}
	}
	writes := db.works.Writes.(*sqldb.Pool)
	patience := writes.Patience
	writes.Patience = 300 * time.Millisecond
	err := db.Ready(t.Context())
	wantRetryAfter(t, err)
	writes.Patience = patience
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	addOrder(t, db, "A-1")
}

func wantRetryAfter(t *testing.T, err error) {
	t.Helper()
	e, ok := err.(*order.Error)
	if !ok || e.Code != "store-busy" || e.RetryAfter <= 0 {
		t.Errorf("got %v", err)
		return
	}
	for _, word := range []string{"dial", "127.0.0.1", "SQL", "pgx", "conn"} {
		if strings.Contains(e.Detail+e.Hint, word) {
			t.Errorf("the detail %q says %q", e.Detail, word)
		}
	}
}

// TestChangeIsDoneOnceWhateverBecomesOfTheAnswer cuts the connection at the
// commit: before the server got it, after, and without a word at all.
func TestChangeIsDoneOnceWhateverBecomesOfTheAnswer(t *testing.T) {
	for name, f := range map[string]fate{"not sent": notSent, "answer lost": answerLost, "silence": silence} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			where := postgrestest.Schema(t)
			relay := newRelay(t, postgrestest.Shared(t).Port())
			db := openIn(t, relay.address(where), Options{})
			db.works.Writes.(*sqldb.Pool).Answer = 300 * time.Millisecond
			id := addOrder(t, db, "A-1").ID
			k := ticket("t", "kari", "ticket", noon)
			addTicket(t, db, k, 5)
			for what, change := range brokenChanges(db, id, k.Digest) {
				relay.strike(f)
				if err := change(t); err != nil {
					t.Errorf("%s: %v", what, err)
				}
				if !relay.struck() {
					t.Errorf("%s: no commit was cut", what)
				}
			}
			o, err := db.Order(t.Context(), buyer, id)
			if err != nil || o.Revision != 2 || o.Lines[0].Quantity != 2 {
				t.Errorf("revision %d, quantity %d, %v; want each change once", o.Revision, o.Lines[0].Quantity, err)
			}
			if events, err := db.History(t.Context(), buyer, id); err != nil || len(events) != 2 {
				t.Errorf("%d events, %v", len(events), err)
			}
			wantSound(t, db, 2)
		})
	}
}

// brokenChanges are changes that would show if they were done twice.
func brokenChanges(db *DB, id order.ID, digest [32]byte) map[string]func(*testing.T) error {
	return map[string]func(*testing.T) error{
		"Add": func(t *testing.T) error {
			addOrder(t, db, "A-2") // checks that it is called new
			return nil
		},
		"Update": func(t *testing.T) error {
			o, err := db.Update(t.Context(), id, func(o *order.Order) ([]order.Event, error) {
				o.Lines[0].Quantity++
				return []order.Event{{Kind: order.EventMarked}}, nil
			})
			if err == nil && o.Revision != 2 {
				return fmt.Errorf("revision %d", o.Revision)
			}
			return err
		},
		"Interchange": func(t *testing.T) error {
			s, err := db.Interchange(t.Context(), order.Interchange{Sender: buyer, Type: "Order", Number: 7, Reference: "a"})
			if err == nil && s.Repeated {
				return fmt.Errorf("called repeated")
			}
			return err
		},
		"DeleteTicket": func(t *testing.T) error { return db.DeleteTicket(t.Context(), digest) },
	}
}

func TestServerThatBecameAStandbyIsLeft(t *testing.T) {
	db := openIn(t, postgrestest.Schema(t), Options{})
	var backends []int
	err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		var pid int
		if _, err := c.Get(ctx, "SELECT pg_backend_pid()", nil, &pid); err != nil {
			return err
		}
		backends = append(backends, pid)
		if len(backends) == 1 {
			if _, err := c.Control(ctx, "SET TRANSACTION READ ONLY"); err != nil {
				return err
			}
		}
		_, err := c.Exec(ctx, sqldb.UpsertMeta, "x", []byte("y"))
		return err
	})
	if err != nil || len(backends) != 2 || backends[0] == backends[1] {
		t.Errorf("ran on %v, %v; want twice, on two connections", backends, err)
	}
}

func TestTransactionThatLivesTooLongIsEnded(t *testing.T) {
	t.Parallel()
	db := openIn(t, postgrestest.Schema(t), Options{})
	db.works.Writes.(*sqldb.Pool).Patience = time.Second
	begun := time.Now()
	err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Get(ctx, "SELECT pg_sleep(20)::text", nil, new(string))
		return err
	})
	if order.CodeOf(err) != "store-busy" || time.Since(begun) > 4*time.Second {
		t.Errorf("%v after %s", err, time.Since(begun))
	}
}
