//go:build all

package store

import (
	"context"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/postgrestest"
	"github.com/bookgate/bookgate/order"
)

// lonely is a server that waits for a standby which is not there: it writes
// what it is given, and may acknowledge nothing of it.
type lonely struct {
	*postgrestest.Server
	db    *DB
	where string
}

func newLonely(t *testing.T) lonely {
	t.Helper()
	server := postgrestest.Start(t)
	l := lonely{Server: server, where: server.Database(t)}
	l.db = openIn(t, l.where, Options{})
	l.db.works.Writes.(*sqldb.Pool).Answer = 200 * time.Millisecond
	run(t, l.where, "ALTER SYSTEM SET synchronous_standby_names = 'absent'", "SELECT pg_reload_conf()")
	l.awaitLoneliness(t)
	return l
}

// awaitLoneliness waits until the server has read its settings again: until
// then it acknowledges.
func (l lonely) awaitLoneliness(t *testing.T) {
	t.Helper()
	e, err := sqldb.NewPostgres(l.where, sqldb.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pool := e.OpenPool(sqldb.Checkpointing)
	defer pool.Close()
	for acknowledged := true; acknowledged; {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := pool.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS probe (n bigint); INSERT INTO probe VALUES (1)")
		acknowledged = err == nil
		cancel()
	}
}

// suffice lets the server acknowledge without a standby.
func (l lonely) suffice(t *testing.T) {
	t.Helper()
	run(t, l.where, "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
}

func (l lonely) add(t *testing.T) (added bool, err error) {
	_, added, err = l.db.Add(t.Context(), newOrder("A-1"), order.NewDocument("application/xml", body), order.Event{Kind: order.EventReceived})
	return added, err
}

// crash kills the server and starts it again. From then on it shows what it
// had written when it died.
func (l lonely) crash(t *testing.T) {
	t.Helper()
	if err := l.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := l.Restart(); err != nil {
		t.Fatal(err)
	}
	page, err := l.db.List(t.Context(), order.Query{Party: buyer, Mode: order.SentByMe, Limit: 10})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("the server came back with %d orders, %v; it had written one", len(page.Items), err)
	}
}

// TestRepeatedOrderThatNoStandbyHas submits an order that the server writes
// and its standby does not get. Sent again, it must not be called there
// already, however visible it is: the next failover would lose it.
func TestRepeatedOrderThatNoStandbyHas(t *testing.T) {
	l := newLonely(t)
	pool := l.db.works.Writes.(*sqldb.Pool)
	pool.Patience = time.Second
	if _, err := l.add(t); order.CodeOf(err) != "store-busy" {
		t.Fatalf("sent first: %v", err)
	}
	l.crash(t)
	if added, err := l.add(t); order.CodeOf(err) != "store-busy" {
		t.Errorf("sent again: added %v, %v", added, err)
	}
	l.suffice(t)
	pool.Patience = sqldb.WritePatience
	if added, err := l.add(t); added || err != nil {
		t.Errorf("sent again when no standby is needed: added %v, %v", added, err)
	}
}

// hushed is how long nothing may be acknowledged before a test believes it. A
// fault shows within milliseconds.
const hushed = 2 * time.Second

// TestCommitFoundAgainThatNoStandbyHas lets the server crash while a change
// waits for its commit. The change finds itself committed, and must go on
// waiting for the standby.
func TestCommitFoundAgainThatNoStandbyHas(t *testing.T) {
	l := newLonely(t)
	acknowledged := make(chan error, 1)
	go func() {
		added, err := l.add(t)
		if err == nil && !added {
			t.Error("the order was called a repeated one")
		}
		acknowledged <- err
	}()
	time.Sleep(hushed)
	l.crash(t)
	select {
	case err := <-acknowledged:
		t.Fatalf("acknowledged while no standby has it: %v", err)
	case <-time.After(hushed):
	}
	l.suffice(t)
	if err := <-acknowledged; err != nil {
		t.Error(err)
	}
}
