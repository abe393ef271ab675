package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	sqlite3 "github.com/mattn/go-sqlite3"

	"github.com/bookgate/bookgate/order"
)

// hold keeps the writer busy until release is called, so that commands wait.
func hold(t *testing.T, db *DB) (release func()) {
	t.Helper()
	begun, end, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- db.write(context.Background(), func(context.Context, *sqldb.Conn) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	return func() {
		close(end)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// queued waits until n commands wait for the writer.
func queued(t *testing.T, db *DB, n int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); writerOf(db).Waiting() < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d commands wait, want %d", writerOf(db).Waiting(), n)
		}
	}
}

func TestWaitingCommandsAreCommittedTogether(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	const orders = 40
	release := hold(t, db)
	before := writerOf(db).Commits.Load()
	var all sync.WaitGroup
	for i := range orders {
		all.Go(func() { addOrder(t, db, fmt.Sprintf("G-%d", i)) })
	}
	queued(t, db, orders)
	release()
	all.Wait()
	if n := writerOf(db).Commits.Load() - before; n != 2 { // the one that was held, and one for all
		t.Errorf("%d orders that waited took %d commits, want 1", orders, n-1)
	}
	if n, err := db.Head(t.Context(), buyer); err != nil || n != orders {
		t.Errorf("head %d, %v", n, err)
	}
}

var errBad = errors.New("a bad command")

// Each of these fails after it has written something.
var badCommands = map[string]func(context.Context, *sqldb.Conn) error{
	"returns an error": func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, sqldb.UpsertMeta, "bad", []byte("error"))
		return errors.Join(err, errBad)
	},
	"breaks a key": func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, `INSERT INTO meta (name, value) VALUES ('bad', x'00'), ('bad', x'01')`)
		return err
	},
	"breaks a reference": func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, insertAllowed, "absent", "missing")
		return err
	},
	"is not SQL": func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, `INSERT NOTHING`)
		return err
	},
	"panics": func(ctx context.Context, c *sqldb.Conn) error {
		_, _ = c.Exec(ctx, sqldb.UpsertMeta, "bad", []byte("panic"))
		panic("a fault")
	},
	"loses the transaction": func(ctx context.Context, c *sqldb.Conn) error {
		_, _ = c.Exec(ctx, sqldb.UpsertMeta, "bad", []byte("lost"))
		_, _ = c.Exec(ctx, "ROLLBACK") // as SQLite does by itself when the disk is full
		return errBad
	},
}

func TestBadCommandFailsAlone(t *testing.T) {
	for name, bad := range badCommands {
		t.Run(name, func(t *testing.T) {
			db := openIn(t, t.TempDir(), Options{})
			release := hold(t, db)
			var all sync.WaitGroup
			for i := range 10 {
				all.Go(func() { addOrder(t, db, fmt.Sprintf("B-%d", i)) })
				queued(t, db, i+1)
				if i == 4 {
					all.Go(func() {
						if err := db.write(context.Background(), bad); err == nil {
							t.Error("the bad command succeeded")
						}
					})
					queued(t, db, i+2)
				}
			}
			release()
			all.Wait()
			if n, err := db.Head(t.Context(), buyer); err != nil || n != 10 {
				t.Errorf("head %d, %v; want 10", n, err)
			}
			var value []byte
			err := db.read(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
				_, err := c.Get(ctx, sqldb.SelectMeta, []any{"bad"}, &value)
				return err
			})
			if err != nil || value != nil {
				t.Errorf("the bad command left %q, %v", value, err)
			}
		})
	}
}

func TestCommandOfACallerWhoLeftIsNotRun(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	release := hold(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		left <- db.write(ctx, func(context.Context, *sqldb.Conn) error {
			t.Error("the command ran")
			return nil
		})
	}()
	queued(t, db, 1)
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller got %v", err)
	}
	release()
	addOrder(t, db, "A-1")
}

func TestFaultsTellNothingOfSQL(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	err := db.write(t.Context(), badCommands["breaks a key"])
	var e *order.Error
	if !errors.As(err, &e) || e.Kind != order.Internal || e.Err == nil {
		t.Fatalf("got %#v", err)
	}
	if e.Detail != "The store refused the change." || !db.engine.Unique(err) {
		t.Errorf("detail %q", e.Detail)
	}
}

func TestClosedStoreRefuses(t *testing.T) { onEach(t, closedStoreRefuses) }

func closedStoreRefuses(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	if err := errors.Join(db.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Head(t.Context(), buyer); order.KindOf(err) != order.Unavailable {
		t.Errorf("reading gave %v", err)
	}
	if err := db.Ready(t.Context()); order.KindOf(err) != order.Unavailable {
		t.Errorf("writing gave %v", err)
	}
}

func TestCloseWritesWhatWaits(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir, Options{})
	release := hold(t, db)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() { addOrder(t, db, fmt.Sprintf("C-%d", i)) })
	}
	queued(t, db, 20)
	closed := make(chan error)
	go func() { closed <- db.Close() }()
	release()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if n, err := openIn(t, dir, Options{}).Head(t.Context(), buyer); err != nil || n != 20 {
		t.Errorf("head %d, %v", n, err)
	}
}

func TestFullDiskRefusesReadsOnAndRecovers(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	first := addOrder(t, db, "A-0")
	limit := func(pages int) {
		t.Helper()
		var got int
		release := hold(t, db) // nothing else uses the connection meanwhile
		_, err := writerOf(db).Conn.Get(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages), nil, &got)
		release()
		if err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // no further page, as on a full disk
	var refused error
	stored := int64(1)
	for i := 1; refused == nil && i < 100; i++ {
		o := newOrder(fmt.Sprintf("A-%d", i))
		if _, _, refused = db.Add(t.Context(), o, order.NewDocument("x", body), order.Event{}); refused == nil {
			stored++
		}
	}
	if order.CodeOf(refused) != "store-full" || order.KindOf(refused) != order.Unavailable {
		t.Fatalf("a full disk gave %v", refused)
	}
	if _, err := db.Order(t.Context(), buyer, first.ID); err != nil {
		t.Errorf("reading from a full disk: %v", err)
	}
	limit(1 << 30)
	addOrder(t, db, "B-1")
	if n, err := db.Head(t.Context(), buyer); err != nil || n != stored+1 {
		t.Errorf("head %d, %v; want %d", n, err, stored+1)
	}
	wantSound(t, db, int(stored)+1)
}

func TestFailedCommitFailsEveryCommandInIt(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	release := hold(t, db)
	errs := make(chan error, 4)
	for i := range 3 {
		go func() {
			_, _, err := db.Add(t.Context(), newOrder(fmt.Sprintf("A-%d", i)), order.NewDocument("x", body), order.Event{})
			errs <- err
		}()
	}
	go func() {
		errs <- db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
			// A reference that is looked at only by the commit.
			if _, err := c.Exec(ctx, "PRAGMA defer_foreign_keys = on"); err != nil {
				return err
			}
			_, err := c.Exec(ctx, insertAllowed, "absent", "missing")
			return err
		})
	}()
	queued(t, db, 4)
	release()
	for range 4 {
		if err := <-errs; order.CodeOf(err) != "store-failed" {
			t.Errorf("a command in a failed commit got %v", err)
		}
	}
	if n, err := db.Head(t.Context(), buyer); err != nil || n != 0 {
		t.Errorf("head %d, %v", n, err)
	}
	addOrder(t, db, "A-0")
}

func TestBusyDatabaseIsTriedAgain(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	runs := 0
	err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		if runs++; runs < sqldb.WriteTries {
			return fmt.Errorf("deep inside: %w", sqlite3.Error{Code: sqlite3.ErrBusy})
		}
		_, err := c.Exec(ctx, sqldb.UpsertMeta, "busy", []byte("x"))
		return err
	})
	if err != nil || runs != sqldb.WriteTries {
		t.Errorf("%d runs, %v", runs, err)
	}
	err = db.write(t.Context(), func(context.Context, *sqldb.Conn) error { return sqlite3.Error{Code: sqlite3.ErrBusy} })
	var e *order.Error
	if !errors.As(err, &e) || e.Code != "store-busy" || e.RetryAfter <= 0 {
		t.Errorf("a database that stays busy gave %v", err)
	}
}
