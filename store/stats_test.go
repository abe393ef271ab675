package store

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

func TestOrdersAreCountedByStatus(t *testing.T) { onEach(t, ordersAreCountedByStatus) }

func ordersAreCountedByStatus(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	if counts, err := db.CountOrders(t.Context()); err != nil || len(counts) != 0 {
		t.Errorf("an empty store has %v, %v", counts, err)
	}
	for _, number := range []string{"A-1", "A-2", "A-3"} {
		o := addOrder(t, db, number)
		if number != "A-1" {
			route(t, db, o.ID)
		}
	}
	counts, err := db.CountOrders(t.Context())
	if err != nil || len(counts) != 2 || counts[order.Unprocessed] != 1 || counts[order.Sent] != 2 {
		t.Errorf("got %v, %v", counts, err)
	}
	if f, err := db.Figures(t.Context()); err != nil || f.Waiting != 1 || f.Damaged != 0 || !f.Verified.IsZero() {
		t.Errorf("got %+v, %v", f, err)
	}
}

// TestCountingOrdersReadsTheIndexAlone looks at SQLite's plan: the rows have the
// headers of a million orders in them.
func TestCountingOrdersReadsTheIndexAlone(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	err := db.read(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		var a, b, d int64
		var plan string
		_, err := c.Get(ctx, "EXPLAIN QUERY PLAN "+countStatuses, nil, &a, &b, &d, &plan)
		if !strings.Contains(plan, "COVERING INDEX orders_status") {
			t.Errorf("the plan is %s", plan)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFiguresKnowDamageAndVerifiedBackups(t *testing.T) {
	onEach(t, figuresKnowDamageAndVerifiedBackups)
}

func figuresKnowDamageAndVerifiedBackups(t *testing.T, where string) {
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	db := openIn(t, where, Options{Now: func() time.Time { return at }})
	o := addOrder(t, db, "A-1")
	var n int64
	err := db.read(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Get(ctx, "SELECT n FROM orders WHERE id = $1", []any{string(o.ID)}, &n)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Backup(t.Context(), filepath.Join(t.TempDir(), "backup.db"), BackupOptions{Verify: true}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.markCorrupt(t.Context(), n, "a bit was flipped"); err != nil {
		t.Fatal(err)
	}
	if f, err := db.Figures(t.Context()); err != nil || f.Damaged != 1 || !f.Verified.Equal(at) {
		t.Errorf("got %+v, %v", f, err)
	}
}

func TestTrafficCountsCommits(t *testing.T) { onEach(t, trafficCountsCommits) }

func trafficCountsCommits(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	before := db.Traffic()
	for _, number := range []string{"A-1", "A-2", "A-3"} {
		addOrder(t, db, number)
	}
	after := db.Traffic()
	if after.Commits != before.Commits+3 || after.Took <= before.Took {
		t.Errorf("before %+v, after %+v", before, after)
	}
	most := uint64(0)
	for _, bound := range sqldb.CommitBounds {
		if n := after.Within[bound]; n < most || n > after.Commits {
			t.Errorf("%d commits took no more than %s, %d less", n, bound, most)
		} else {
			most = n
		}
	}
}

// TestBusyTriesAreCounted holds the file's lock while another writes.
func TestBusyTriesAreCounted(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	busy := busyError(t, db)
	before := db.Traffic().Busy
	db.engine.Tried(busy)
	db.engine.Tried(nil)
	db.engine.Tried(context.Canceled)
	if n := db.Traffic().Busy - before; n != 1 {
		t.Errorf("%d tries are counted", n)
	}
}

// busyError is what SQLite says to a writer while another process writes.
func busyError(t *testing.T, db *DB) error {
	t.Helper()
	holder, err := db.engine.Connect(t.Context(), sqldb.Checkpointing)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	if _, err := holder.Control(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	defer holder.Control(context.WithoutCancel(t.Context()), "ROLLBACK")
	second, err := db.engine.Connect(t.Context(), sqldb.Checkpointing) // waits a quarter of a second only
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	_, err = second.Control(t.Context(), "BEGIN IMMEDIATE")
	if err == nil || !db.engine.Busy(err) {
		t.Fatalf("two write at once: %v", err)
	}
	return err
}

func TestLogBytes(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	addOrder(t, db, "A-1")
	if n, ok := db.LogBytes(); !ok || n == 0 {
		t.Errorf("the log has %d bytes, %v", n, ok)
	}
}
