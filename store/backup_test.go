package store

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/dump"
	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// backUp takes a verified backup of a store.
func backUp(t testing.TB, db *DB) (file string, m Manifest) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "backup.db")
	m, err := db.Backup(t.Context(), file, BackupOptions{Verify: true, Version: "1.2.3"})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	return file, m
}

// alone checks that nothing lies beside a file in its folder.
func alone(t testing.TB, file string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(entries) != 1 || entries[0].Name() != filepath.Base(file) {
		t.Errorf("in the folder of %s are %v, %v", file, entries, err)
	}
}

func TestBackupHoldsEverything(t *testing.T) { onEach(t, backupHoldsEverything) }

func backupHoldsEverything(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	fill(t, db)
	want := contentsOf(t, db)
	file, m := backUp(t, db)
	alone(t, file)
	wantMode(t, file, 0o600)
	if m.Version != "1.2.3" || m.Engine != db.engine.Name || m.Schema != db.SchemaVersion() || m.Epoch != *db.epoch.Load() || m.Taken.IsZero() {
		t.Errorf("the manifest says %+v", m)
	}
	if m.Rows("orders") != 8 || m.Documents.Count != 8 || m.Heads[buyer] != 22 || m.Heads[seller] != 14 || m.Changes() != 36 {
		t.Errorf("the manifest says %d orders, %+v, heads %v", m.Rows("orders"), m.Documents, m.Heads)
	}
	for _, table := range m.Tables {
		if got := fmt.Sprintf("%x", want[table.Name].SHA256); got != table.SHA256 || want[table.Name].Rows != table.Rows {
			t.Errorf("%s: %d rows %s in the manifest, %d rows %s in the store", table.Name, table.Rows, table.SHA256, want[table.Name].Rows, got)
		}
	}
	if len(m.Tables) != len(want) {
		t.Errorf("%d tables in the manifest, %d in the store", len(m.Tables), len(want))
	}
	read, err := VerifyBackup(t.Context(), file, nil)
	if err != nil || fmt.Sprint(read) != fmt.Sprint(m) {
		t.Errorf("the manifest is read as\n%+v, %v\nwant\n%+v", read, err, m)
	}
}

// TestBackupsAreNoted looks for what the store knows of its backups.
func TestBackupsAreNoted(t *testing.T) { onEach(t, backupsAreNoted) }

func backupsAreNoted(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	addOrder(t, db, "A-1")
	first, m := backUp(t, db)
	addOrder(t, db, "A-2")
	second := filepath.Join(t.TempDir(), "not verified.db")
	if _, err := db.Backup(t.Context(), second, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	all, err := db.Backups(t.Context())
	if err != nil || len(all) != 2 {
		t.Fatalf("%d backups, %v", len(all), err)
	}
	if b := all[0]; b.Place != first || b.Orders != 1 || !b.Taken.Equal(m.Taken) || b.Verified.Before(b.Taken) || fmt.Sprintf("%x", b.Documents) != m.Documents.SHA256 {
		t.Errorf("the first backup is noted as %+v", b)
	}
	if b := all[1]; b.Place != second || b.Orders != 2 || !b.Verified.IsZero() {
		t.Errorf("the second backup is noted as %+v", b)
	}
	if f, err := db.Figures(t.Context()); err != nil || !f.Verified.Equal(all[0].Verified) {
		t.Errorf("the last verified backup is of %s, %v", f.Verified, err)
	}
}

// TestBackupGoesOnBesideWriters writes while the backup is taken: no request waits
// for it, and what it holds is one state.
func TestBackupGoesOnBesideWriters(t *testing.T) { onEach(t, backupGoesOnBesideWriters) }

func backupGoesOnBesideWriters(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	for i := range 40 {
		route(t, db, addOrder(t, db, fmt.Sprintf("before-%d", i)).ID)
	}
	stop, done := make(chan struct{}), make(chan int)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				done <- n
				return
			default:
				route(t, db, addOrder(t, db, fmt.Sprintf("during-%d", n)).ID)
			}
		}
	}()
	_, m := backUp(t, db) // verified: orders, lists and numbers fit together
	close(stop)
	if n := <-done; n == 0 || m.Rows("orders") < 40 {
		t.Errorf("%d orders were written meanwhile, %d are in the backup", n, m.Rows("orders"))
	}
}

func TestBackupRefused(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	fill(t, db)
	dir := t.TempDir()
	there, cut, link := filepath.Join(dir, "there.db"), filepath.Join(dir, "cut.db"), filepath.Join(dir, "link.db")
	for name, text := range map[string]string{there: "mine", cut + ".part": "half"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "nowhere"), link); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]struct {
		code string
		kind order.Kind
		says string
	}{
		there:                                 {"backup-exists", order.Conflict, "is not overwritten"},
		link:                                  {"backup-exists", order.Conflict, "is not overwritten"},
		cut:                                   {"backup-exists", order.Conflict, "another backup is being written"},
		filepath.Join(dir, "no", "folder.db"): {"backup-unwritten", order.Unavailable, "no such file"},
		filepath.Join(there, "below.db"):      {"backup-unwritten", order.Unavailable, "not a directory"},
	} {
		_, err := db.Backup(t.Context(), file, BackupOptions{Verify: true})
		if order.CodeOf(err) != want.code || order.KindOf(err) != want.kind || !strings.Contains(err.Error(), want.says) {
			t.Errorf("a backup to %s gave %v", file, err)
		}
	}
	for name, text := range map[string]string{there: "mine", cut + ".part": "half"} {
		if b, err := os.ReadFile(name); err != nil || string(b) != text {
			t.Errorf("%s holds %q, %v", name, b, err)
		}
	}
	if all, err := db.Backups(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("refused backups are noted: %v, %v", all, err)
	}
}

// TestBackupThatEndsLeavesNothing cancels at each step.
func TestBackupThatEndsLeavesNothing(t *testing.T) { onEach(t, backupThatEndsLeavesNothing) }

func backupThatEndsLeavesNothing(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	fill(t, db)
	dir := t.TempDir()
	steps := 0
	for at := 0; ; at++ {
		ctx, cancel := context.WithCancel(t.Context())
		seen := 0
		_, err := db.Backup(ctx, filepath.Join(dir, "backup.db"), BackupOptions{Verify: true, Progress: func(string) {
			if seen == at {
				cancel()
			}
			seen++
		}})
		cancel()
		if seen <= at {
			steps = at
			break
		}
		if entries, _ := os.ReadDir(dir); err == nil || len(entries) > 0 {
			t.Fatalf("cancelled at step %d: %v, left are %v", at, err, entries)
		}
	}
	if steps < 20 {
		t.Errorf("the backup took %d steps", steps)
	}
}

// restoredAs compares a restored store with what was backed up.
func restoredAs(t *testing.T, db, from *DB, want contents) {
	t.Helper()
	got := contentsOf(t, db)
	for _, table := range slices.Sorted(maps.Keys(want)) {
		changes := slices.Contains([]string{"meta", "chores", "epochs", "epoch_heads", "backups", "tickets"}, table)
		if !changes && got[table] != want[table] {
			t.Errorf("%s: %d rows %x, want %d rows %x", table, got[table].Rows, got[table].SHA256, want[table].Rows, want[table].SHA256)
		}
	}
	if got["chores"].Rows != 1 || got["chores"] == want["chores"] {
		t.Errorf("the lease of a job was taken along: %v", got["chores"])
	}
	var tickets int64
	if err := db.read(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Get(ctx, `SELECT count(*) FROM tickets WHERE kind = 'ticket'`, nil, &tickets)
		return err
	}); err != nil || want["tickets"].Rows == 0 || tickets != 0 {
		t.Errorf("%d tickets of %d are valid in the restored store, %v", tickets, want["tickets"].Rows, err)
	}
	for _, c := range []struct {
		party   order.PartyID
		epoch   string
		through int64
		known   bool
	}{
		{buyer, *from.epoch.Load(), 22, true}, {seller, *from.epoch.Load(), 14, true}, {"9999", *from.epoch.Load(), 0, true},
		{buyer, "e1", 3, true}, {seller, "e1", 0, true}, {buyer, "", 3, true}, {buyer, "e2", 0, false}, {buyer, *db.epoch.Load(), 22, true},
	} {
		if through, known, err := db.Since(t.Context(), c.party, c.epoch); through != c.through || known != c.known || err != nil {
			t.Errorf("%s since %q: %d, %t, %v; want %d, %t", c.party, c.epoch, through, known, err, c.through, c.known)
		}
	}
	if *db.epoch.Load() == *from.epoch.Load() || *db.epoch.Load() == "" {
		t.Errorf("the epoch is %q, that of the backup %q", *db.epoch.Load(), *from.epoch.Load())
	}
	secret, err := db.Secret(t.Context(), "cursor")
	if err != nil {
		t.Fatal(err)
	}
	if old, err := from.Secret(t.Context(), "cursor"); err != nil || !bytes.Equal(secret, old) {
		t.Errorf("the key of the cursors is another one, %v", err)
	}
	route(t, db, addOrder(t, db, "new").ID)
	if head, err := db.Head(t.Context(), buyer); err != nil || head != 24 {
		t.Errorf("the head after two more changes is %d, %v", head, err)
	}
	backUp(t, db) // which is verified
}

// TestRestoreClearsLeases takes the leases of processes that are gone away.
func TestRestoreClearsLeases(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	addOrder(t, db, "A-1")
	err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		for _, text := range []string{
			`UPDATE orders SET lease = 9000000000000000, leased_by = 'r1'`,
			`INSERT INTO replicas (id, host, process, address, version, state, started, seen) VALUES ('r1', 'h', 1, '', '', 'serving', 1, 9000000000000000)`,
		} {
			if _, err := c.Exec(ctx, text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	file, _ := backUp(t, db)
	for name, place := range engines() {
		where := place(t)
		if _, err := Restore(t.Context(), file, where, Options{}, nil); err != nil {
			t.Fatal(name, err)
		}
		restored := openIn(t, where, Options{})
		now := restored.now()
		if orders, err := restored.Waiting(t.Context(), now, now.Add(1), 10); err != nil || len(orders) != 1 {
			t.Errorf("%s: %d orders wait, %v", name, len(orders), err)
		}
		if n := words(t, restored, `SELECT CAST(count(*) AS TEXT) FROM replicas`); n[0] != "0" {
			t.Errorf("%s: %s replicas are left", name, n[0])
		}
	}
}

// TestRestoreOfOlderSchema restores with a program that knows one step more.
func TestRestoreOfOlderSchema(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	fill(t, db)
	file, _ := backUp(t, db)
	for name, place := range engines() {
		t.Run(name, func(t *testing.T) {
			where := place(t)
			r := dump.NewRestoring(file, db.now(), nil, storeContent())
			more := func(e *sqldb.Engine) *sqldb.Engine {
				e.Steps = append(e.Steps, sqldb.Step{Number: sqldb.Newest(e.Steps) + 1, Name: "0099_more.sql", SQL: "ALTER TABLE orders ADD COLUMN more TEXT NOT NULL DEFAULT 'new'"})
				return e
			}
			r.SQLite = func(path string) *sqldb.Engine { return more(sqldb.NewSQLite(path)) }
			var e *sqldb.Engine
			r.Postgres = func(address string, o sqldb.EngineOptions) (*sqldb.Engine, error) {
				p, err := sqldb.NewPostgres(address, o)
				if err != nil {
					return nil, err
				}
				e = more(p)
				return e, nil
			}
			if name == "sqlite" {
				e = r.SQLite(filepath.Join(where, sqldb.FileName))
				_, err := r.IntoFolder(t.Context(), where)
				if err != nil {
					t.Fatalf("%+v", err)
				}
			} else if _, err := r.IntoDatabase(t.Context(), where); err != nil {
				t.Fatalf("%+v", err)
			}
			c, err := e.Connect(t.Context(), sqldb.Writing)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			var n int
			if _, err := c.Get(t.Context(), "SELECT count(*) FROM orders WHERE more = 'new'", nil, &n); err != nil || n != 8 {
				t.Errorf("%d orders went through the new step, %v", n, err)
			}
			if v, err := e.SchemaVersion(t.Context(), c); err != nil || v != sqldb.Newest(e.Steps) {
				t.Errorf("schema %d, %v", v, err)
			}
		})
	}
}

// TestBackupAfterUpkeep backs up a store from which orders, documents and
// personal data were taken: it lacks nothing that it should have.
func TestBackupAfterUpkeep(t *testing.T) { onEach(t, backupAfterUpkeep) }

func backupAfterUpkeep(t *testing.T, where string) {
	clock := clockAt(noon)
	db := openIn(t, where, Options{Now: clock.now})
	for n := range 3 {
		finish(t, db, addOrder(t, db, fmt.Sprintf("retired-%d", n)).ID)
	}
	clock.advance(2 * aDay)
	for n := range 3 {
		finish(t, db, addOrder(t, db, fmt.Sprintf("dropped-%d", n)).ID)
	}
	if _, n, err := db.RetireOrders(t.Context(), clock.now().Add(-aDay), 0, 10); err != nil || n != 3 {
		t.Fatalf("%d orders were retired, %v", n, err)
	}
	if _, n, err := db.DropDocuments(t.Context(), clock.now().Add(time.Hour), 0, 10); err != nil || n != 3 {
		t.Fatalf("%d documents were dropped, %v", n, err)
	}
	erased := addOrder(t, db, "erased")
	x := order.NewExchange(db, db, order.Config{Now: clock.now})
	if _, err := x.Erase(t.Context(), order.Actor{Name: "operator", Via: "system"}, erased.ID, "case 1"); err != nil {
		t.Fatal(err)
	}
	addOrder(t, db, "whole")
	file, m := backUp(t, db)
	if m.Rows("orders") != 8 || m.Documents.Count != 5 || m.Heads[buyer] != 21 {
		t.Errorf("the manifest says %d orders, %d documents, heads %v", m.Rows("orders"), m.Documents.Count, m.Heads)
	}
	for name, place := range engines() {
		if _, err := Restore(t.Context(), file, place(t), Options{}, nil); err != nil {
			t.Errorf("restore into %s: %+v", name, err)
		}
	}
}
