package store

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

func TestUpgradeKeepsEveryRow(t *testing.T) { onEach(t, upgradeKeepsEveryRow) }

func upgradeKeepsEveryRow(t *testing.T, where string) {
	oldStore(t, where, 50)
	e := engineOf(t, where)
	tables := columnsOf(t, e)
	before := digestsOf(t, e, tables)
	for table, digest := range before {
		if strings.HasPrefix(digest, "0 rows") {
			t.Errorf("table %s has no rows, so nothing is shown of it", table)
		}
	}
	refusesOlder(t, where)
	if got := digestsOf(t, e, columnsOf(t, e)); !maps.Equal(got, before) {
		t.Errorf("the refusal changed the store: %v, was %v", got, before)
	}
	db := openIn(t, where, Options{Upgrade: true})
	if after := digestsOf(t, e, tables); !maps.Equal(after, before) {
		t.Errorf("after the upgrade: %v\nbefore: %v", after, before)
	}
	u := db.Upgraded()
	if u.From != 1 || u.To != sqldb.Newest(e.Steps) || len(u.Steps) != sqldb.Newest(e.Steps)-1 || u.Steps[0].Name != e.Steps[1].Name {
		t.Errorf("reported %+v", u)
	}
	wantSafe(t, db, u, before)
	wantGuardedEvents(t, db)
	addOrder(t, db, "B-1")
	if again := openIn(t, where, Options{Upgrade: true}).Upgraded(); len(again.Steps) != 0 || again.Copy != "" {
		t.Errorf("a second upgrade reported %+v", again)
	}
}

// wantSafe checks the safety copy: a whole store of the old schema.
func wantSafe(t *testing.T, db *DB, u Upgrade, before map[string]string) {
	t.Helper()
	if db.engine.Name != "sqlite" {
		if u.Copy != "" {
			t.Errorf("a safety copy in %s", u.Copy)
		}
		return
	}
	if want := db.Path() + ".before-0002"; u.Copy != want {
		t.Fatalf("the safety copy is %q, want %q", u.Copy, want)
	}
	wantMode(t, u.Copy, 0o600)
	old := sqldb.NewSQLite(u.Copy)
	if got := digestsOf(t, old, columnsOf(t, old)); !maps.Equal(got, before) {
		t.Errorf("the copy holds %v, the store held %v", got, before)
	}
	if left, err := filepath.Glob(db.Path() + "*.part"); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// wantGuardedEvents checks that an event is changed and deleted as its order
// allows, and not else.
func wantGuardedEvents(t *testing.T, db *DB) {
	t.Helper()
	change := func(text string) error {
		return db.works.Writes.Do(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
			_, err := c.Exec(ctx, text)
			return err
		})
	}
	refused := func(text string) {
		t.Helper()
		if err := change(text); err == nil || !strings.Contains(err.Error(), "an event is never") {
			t.Errorf("%s gave %v", text, err)
		}
	}
	taken := func(text string) {
		t.Helper()
		if err := change(text); err != nil {
			t.Errorf("%s gave %v", text, err)
		}
	}
	refused(`UPDATE events SET text = '' WHERE order_n = 1`)
	refused(`DELETE FROM events WHERE order_n = 1`)
	taken(`UPDATE orders SET erased = 1 WHERE n = 1`)
	taken(`UPDATE events SET text = '', actor = '' WHERE order_n = 1`)
	refused(`UPDATE events SET text = 'other' WHERE order_n = 1`)
	refused(`UPDATE events SET kind = '' WHERE order_n = 1`)
	refused(`UPDATE events SET text = '' WHERE order_n = 2`)
	refused(`DELETE FROM events WHERE order_n = 1`)
	taken(`UPDATE orders SET retired = 1 WHERE n = 2`)
	refused(`UPDATE events SET text = '' WHERE order_n = 2`)
	taken(`DELETE FROM events WHERE order_n = 2`)
}

// TestUpgradeOfServedFolderWaitsItsTurn: a process that serves an older store is not
// surprised by another schema.
func TestUpgradeOfServedFolderWaitsItsTurn(t *testing.T) {
	dir := t.TempDir()
	oldStore(t, dir, 3)
	release, err := sqldb.LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, Options{Upgrade: true}); order.CodeOf(err) != "store-locked" || order.KindOf(err) != order.Unavailable {
		t.Errorf("upgrade of a served store gave %v", err)
	}
	release()
	openIn(t, dir, Options{Upgrade: true})
}

func TestUpgradesAtOnceAreOne(t *testing.T) { onEach(t, upgradesAtOnceAreOne) }

func upgradesAtOnceAreOne(t *testing.T, where string) {
	oldStore(t, where, 200)
	var all sync.WaitGroup
	var mu sync.Mutex
	taken := 0
	for range 6 {
		all.Go(func() {
			db, err := Open(t.Context(), where, Options{Upgrade: true})
			if order.CodeOf(err) == "store-locked" {
				return
			}
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			mu.Lock()
			defer mu.Unlock()
			taken += len(db.Upgraded().Steps)
		})
	}
	all.Wait()
	if taken != sqldb.Newest(engineOf(t, where).Steps)-1 {
		t.Errorf("%d steps were taken", taken)
	}
	if copies, _ := filepath.Glob(filepath.Join(where, "*.before-*")); len(copies) > 1 {
		t.Errorf("safety copies %v", copies)
	}
}

func TestUpgradeNeedsSpace(t *testing.T) {
	dir := t.TempDir()
	oldStore(t, dir, 10)
	e := engineOf(t, dir)
	tight := sqldb.NewPreUpgradeBackup(e.Path)
	tight.Space = func(string) (int64, error) { return 70_000, nil }
	e.BackUp = tight.Make
	before := bytesIn(t, dir)
	_, err := upgrade(t, e)
	if order.CodeOf(err) != "store-full" || order.KindOf(err) != order.Unavailable {
		t.Fatalf("upgrade gave %v", err)
	}
	for _, w := range []string{"0002_upkeep.sql", "0.1 MB are free", "nothing was changed"} {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
	after := bytesIn(t, dir)
	delete(after, sqldb.LockName)
	if !maps.EqualFunc(before, after, bytes.Equal) {
		t.Error("the refusal changed the folder")
	}
}

// bytesIn returns every file of a folder.
func bytesIn(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if err == nil && e.Type().IsRegular() {
			files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name()))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestSafetyCopyIsNeverOverwritten lets an upgrade fail after its copy, twice
// with the same store and once with another.
func TestSafetyCopyIsNeverOverwritten(t *testing.T) {
	dir := t.TempDir()
	oldStore(t, dir, 10)
	e := engineOf(t, dir)
	good := e.Steps[1]
	fail := func(copies ...string) {
		t.Helper()
		e.Steps[1].SQL = good.SQL + "; INSERT INTO nowhere VALUES (1);"
		if _, err := upgrade(t, e); err == nil {
			t.Fatal("the bad step was taken")
		}
		found, err := filepath.Glob(e.Path + ".before-*")
		if err != nil || len(found) != len(copies) {
			t.Fatalf("copies %v, %v; want %q", found, err, copies)
		}
		for i := range found {
			if !strings.HasSuffix(found[i], copies[i]) {
				t.Errorf("copies %v, want %q", found, copies)
			}
		}
	}
	fail("before-0002")
	first, err := os.ReadFile(e.Path + ".before-0002")
	if err != nil {
		t.Fatal(err)
	}
	fail("before-0002")
	other(t, dir, "INSERT INTO routes VALUES ('9782', '900877')")
	fail("before-0002", "before-0002.1")
	if copied, err := os.ReadFile(e.Path + ".before-0002.1"); err != nil || !bytes.Equal(copied, first) {
		t.Errorf("the first copy was changed: %v", err)
	}
	e.Steps[1] = good
	if _, err := upgrade(t, e); err != nil {
		t.Error(err)
	}
}

// TestDamagedStoreIsNotUpgraded: a copy that cannot be read back is none.
func TestDamagedStoreIsNotUpgraded(t *testing.T) {
	dir := t.TempDir()
	oldStore(t, dir, 300)
	e := engineOf(t, dir)
	overwrite(t, e.Path, 20, 4)
	before := bytesIn(t, dir)
	if _, err := upgrade(t, e); order.CodeOf(err) != "store-damaged" {
		t.Fatalf("upgrade gave %v", err)
	}
	after := bytesIn(t, dir)
	delete(after, sqldb.LockName)
	if !maps.EqualFunc(before, after, bytes.Equal) {
		t.Error("the refusal changed the folder")
	}
}
