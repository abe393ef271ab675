//go:build all

package store

import (
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/postgrestest"
	"github.com/bookgate/bookgate/order"
)

// TestCommitIsNeverCancelled lets a server wait for a standby that is not
// there, and the gateway give up the connection that waits, or lose it. What no
// standby has must neither become visible by that nor be acknowledged.
func TestCommitIsNeverCancelled(t *testing.T) {
	for name, loss := range map[string]struct {
		abandon time.Duration
		spoil   func(*relay)
	}{
		"abandoned":       {500 * time.Millisecond, func(*relay) {}},
		"connection lost": {sqldb.AbandonAfter, (*relay).cut},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := postgrestest.Start(t)
			where := server.Database(t)
			relay := newRelay(t, server.Port())
			db := openIn(t, relay.address(where), Options{})
			pool := db.works.Writes.(*sqldb.Pool)
			pool.Answer, pool.Abandon = 200*time.Millisecond, loss.abandon
			awaitStandby(t, server, where)
			acknowledged := make(chan error, 1)
			go func() {
				_, added, err := db.Add(t.Context(), newOrder("A-1"), order.NewDocument("application/xml", body), order.Event{Kind: order.EventReceived})
				if err == nil && !added {
					t.Error("the order was called a repeated one")
				}
				acknowledged <- err
			}()
			eventually(t, "a commit waits", func() bool { return waiting(t, where) > 0 })
			loss.spoil(relay)
			select {
			case err := <-acknowledged:
				t.Fatalf("acknowledged while no standby has it: %v", err)
			case <-time.After(3 * time.Second): // a fault shows within milliseconds of giving up
			}
			if n := visible(t, db); n != 0 {
				t.Errorf("%d orders are visible that no standby has", n)
			}
			run(t, where, "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
			eventually(t, "the order is there", func() bool { return visible(t, db) == 1 })
			if err := <-acknowledged; err != nil {
				t.Error(err)
			}
		})
	}
}

// awaitStandby lets the server wait for a standby that is not there. It is
// started again for that: asked to reload, it would do so when it comes to it.
func awaitStandby(t *testing.T, server *postgrestest.Server, where string) {
	t.Helper()
	run(t, where, "ALTER SYSTEM SET synchronous_standby_names = 'absent'")
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
}

// waiting counts the sessions that wait for a standby.
func waiting(t *testing.T, where string) (n int) {
	t.Helper()
	e, err := sqldb.NewPostgres(where, sqldb.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pool := e.OpenPool(sqldb.Checkpointing)
	defer pool.Close()
	if err := pool.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// visible counts the orders that the sender sees.
func visible(t *testing.T, db *DB) int {
	t.Helper()
	page, err := db.List(t.Context(), order.Query{Party: buyer, Mode: order.SentByMe, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	return len(page.Items)
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}
