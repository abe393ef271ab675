package store

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

func TestStepsRunOnceOnEmptyAndOnExistingDatabase(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir, Options{})
	addOrder(t, db, "A-1")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"existing": filepath.Join(dir, sqldb.FileName), "empty": filepath.Join(t.TempDir(), sqldb.FileName)} {
		t.Run(name, func(t *testing.T) {
			e := sqldb.NewSQLite(path)
			next := sqldb.Newest(e.Steps) + 1
			e.Steps = append(e.Steps, sqldb.Step{Number: next, Name: "0099_more.sql", SQL: "CREATE TABLE more (a); INSERT INTO more VALUES (1);"})
			for range 2 {
				if err := e.Prepare(t.Context()); err != nil {
					t.Fatal(err)
				}
				if _, err := upgrade(t, e); err != nil {
					t.Fatal(err)
				}
			}
			c, err := e.Connect(t.Context(), sqldb.Writing)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			var rows int
			if _, err := c.Get(t.Context(), "SELECT count(*) FROM more", nil, &rows); err != nil || rows != 1 {
				t.Errorf("the last step ran %d times, %v", rows, err)
			}
			if v, err := e.SchemaVersion(t.Context(), c); err != nil || v != next {
				t.Errorf("schema %d, %v", v, err)
			}
		})
	}
	if _, err := Open(t.Context(), dir, Options{}); order.CodeOf(err) != "store-newer" {
		t.Errorf("the older program gave %v", err)
	}
}

func TestStepThatFailsLeavesNothing(t *testing.T) {
	e := sqldb.NewSQLite(filepath.Join(t.TempDir(), sqldb.FileName))
	if err := e.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := upgrade(t, e); err != nil {
		t.Fatal(err)
	}
	known := sqldb.Newest(e.Steps)
	e.Steps = append(e.Steps, sqldb.Step{Number: known + 1, Name: "0099_bad.sql", SQL: "CREATE TABLE more (a); INSERT INTO nowhere VALUES (1);"})
	_, err := upgrade(t, e)
	if order.CodeOf(err) != "store-open" || !strings.Contains(err.Error(), "0099_bad.sql") {
		t.Fatalf("upgrade gave %v", err)
	}
	c, err := e.Connect(t.Context(), sqldb.Writing)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var tables int
	if _, err := c.Get(t.Context(), "SELECT count(*) FROM sqlite_schema WHERE name = 'more'", nil, &tables); err != nil || tables != 0 {
		t.Errorf("%d tables are left, %v", tables, err)
	}
	if v, err := e.SchemaVersion(t.Context(), c); err != nil || v != known {
		t.Errorf("schema %d, %v", v, err)
	}
}

// upgrade takes a store to the newest schema of its engine.
func upgrade(t *testing.T, e *sqldb.Engine) (Upgrade, error) {
	t.Helper()
	return e.Upgrade(t.Context(), true, time.Now, slog.New(slog.DiscardHandler))
}

func TestManyOpenersMakeOneDatabase(t *testing.T) { onEach(t, manyOpenersMakeOneDatabase) }

func manyOpenersMakeOneDatabase(t *testing.T, where string) {
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			db, err := Open(t.Context(), where, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			addOrder(t, db, fmt.Sprintf("O-%d", i))
		})
	}
	all.Wait()
	if n, err := openIn(t, where, Options{}).Head(t.Context(), buyer); err != nil || n != 6 {
		t.Errorf("head %d, %v", n, err)
	}
}
