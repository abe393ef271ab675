package store

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/dump"
	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// prepared makes a store with some of everything and closes it.
func prepared(t testing.TB, where string) contents {
	t.Helper()
	db := openIn(t, where, Options{})
	fill(t, db)
	all := contentsOf(t, db)
	closeNow(t, db)
	return all
}

func closeNow(t testing.TB, db *DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// holds compares a store with what it should hold.
func holds(t testing.TB, where string, want contents) {
	t.Helper()
	db := openIn(t, where, Options{})
	defer db.Close()
	for name, got := range contentsOf(t, db) {
		if got != want[name] {
			t.Errorf("%s: %d rows %x became %d rows %x", name, want[name].Rows, want[name].SHA256, got.Rows, got.SHA256)
		}
	}
}

// isEmpty demands that nothing is stored in a place.
func isEmpty(t testing.TB, where string) {
	t.Helper()
	db := openIn(t, where, Options{})
	defer db.Close()
	for name, got := range contentsOf(t, db) {
		own := name == "meta" || name == "epochs" && got.Rows == 1 // opening writes these
		if got.Rows > 0 && !own {
			t.Errorf("%d rows are left in %s", got.Rows, name)
		}
	}
}

// TestCopyOfEachEngineIsEqual copies a store through every pair of engines.
func TestCopyOfEachEngineIsEqual(t *testing.T) {
	onEach(t, func(t *testing.T, from string) {
		want := prepared(t, from)
		if want["orders"].Rows != 8 || want["documents"].Rows != 8 || want["feed"].Rows == 0 || want["epochs"].Rows == 0 {
			t.Fatalf("the store to copy holds %v", want)
		}
		onEach(t, func(t *testing.T, to string) {
			seen := map[string]int64{}
			c, err := Copy(t.Context(), from, to, CopyOptions{Progress: func(doing, table string, done, of int64) {
				seen[doing+" "+table] = done
				if done != of {
					t.Errorf("%s %s ended with %d of %d", doing, table, done, of)
				}
			}})
			if err != nil || !c.Written || c.Documents.Rows != 8 || c.Rows("orders") != 8 {
				t.Fatalf("%+v, %v", c, err)
			}
			for _, table := range c.Tables {
				if !table.Same() || table.From != want[table.Name] || seen[Copying+" "+table.Name] != table.From.Rows {
					t.Errorf("%+v, want %+v", table, want[table.Name])
				}
			}
			if seen[Checking+" documents"] != 8 || len(seen) != 1+2*len(dump.Tables()) {
				t.Errorf("progress was called with %v", seen)
			}
			holds(t, to, want)
			holds(t, from, want)
			db := openIn(t, to, Options{})
			o := addOrder(t, db, "after the copy") // gets a number behind those that were copied
			if doc, err := db.Document(t.Context(), buyer, o.ID); err != nil || !bytes.Equal(doc.Body, body) {
				t.Errorf("%d bytes, %v", len(doc.Body), err)
			}
		})
	})
}

// TestEmptyStoreIsCopied has no greatest number of an order to go on behind.
func TestEmptyStoreIsCopied(t *testing.T) {
	onEach(t, func(t *testing.T, from string) {
		closeNow(t, openIn(t, from, Options{}))
		onEach(t, func(t *testing.T, to string) {
			if c, err := Copy(t.Context(), from, to, CopyOptions{}); err != nil || !c.Written {
				t.Fatal(c, err)
			}
			addOrder(t, openIn(t, to, Options{}), "first")
		})
	})
}

// TestSourceInSQLiteIsNotWritten compares the bytes of the source before and
// after, also of one that a crash left with a log.
func TestSourceInSQLiteIsNotWritten(t *testing.T) {
	closed, crashed := t.TempDir(), t.TempDir()
	prepared(t, closed)
	alive := t.TempDir()
	db := openIn(t, alive, Options{})
	fill(t, db)
	for _, name := range []string{sqldb.FileName, sqldb.FileName + "-wal"} {
		b, err := os.ReadFile(filepath.Join(alive, name))
		if err != nil || len(b) == 0 {
			t.Fatal(len(b), err)
		}
		if err := os.WriteFile(filepath.Join(crashed, name), b, sqldb.FileMode); err != nil {
			t.Fatal(err)
		}
	}
	for name, from := range map[string]string{"closed": closed, "crashed": crashed} {
		before := bytesOf(t, from)
		for _, dry := range []bool{true, false} {
			c, err := Copy(t.Context(), "sqlite:"+from, filepath.Join(t.TempDir(), "new"), CopyOptions{DryRun: dry})
			if err != nil || c.Rows("orders") != 8 {
				t.Fatalf("%s: %d orders, %v", name, c.Rows("orders"), err)
			}
		}
		after := bytesOf(t, from)
		delete(after, sqldb.FileName+"-shm") // the index of the log, which every reader makes
		if name == "closed" {
			if len(after[sqldb.FileName+"-wal"]) > 0 {
				t.Errorf("a log of %d bytes was written", len(after[sqldb.FileName+"-wal"]))
			}
			delete(after, sqldb.FileName+"-wal")
		}
		if !maps.EqualFunc(before, after, bytes.Equal) {
			t.Errorf("%s: the files of the source changed", name)
		}
	}
}

func bytesOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if all[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// wantRefusal demands an error by its code and words, and that the copy was
// not retained.
func wantRefusal(t *testing.T, err error, kind order.Kind, code, words string) {
	t.Helper()
	if order.CodeOf(err) != code || order.KindOf(err) != kind || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v (%s), want %s with %q", err, order.CodeOf(err), code, words)
	}
}

func TestUsedTargetIsRefused(t *testing.T) {
	from := t.TempDir()
	prepared(t, from)
	onEach(t, func(t *testing.T, to string) {
		db := openIn(t, to, Options{})
		if err := db.AddParty(t.Context(), order.Party{ID: "9", Name: "N", Scheme: "NBSN"}); err != nil {
			t.Fatal(err)
		}
		want := contentsOf(t, db)
		closeNow(t, db)
		for _, dry := range []bool{true, false} {
			_, err := Copy(t.Context(), from, to, CopyOptions{DryRun: dry})
			wantRefusal(t, err, order.Conflict, "store-used", "parties: 1")
		}
		holds(t, to, want)
	})
}

// TestTargetUsedMeanwhileIsRefused lets another program write between the look
// at the target and the copy.
func TestTargetUsedMeanwhileIsRefused(t *testing.T) {
	from := t.TempDir()
	prepared(t, from)
	onEach(t, func(t *testing.T, to string) {
		_, err := Copy(t.Context(), from, to, CopyOptions{Now: func() time.Time {
			db := openIn(t, to, Options{})
			defer db.Close()
			if err := db.AddParty(t.Context(), order.Party{ID: "9", Name: "N", Scheme: "NBSN"}); err != nil {
				t.Error(err)
			}
			return time.Now()
		}})
		wantRefusal(t, err, order.Conflict, "store-used", "parties: 1")
	})
}

func TestServedStoreIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, busy string) {
		db := openIn(t, busy, Options{})
		if _, err := db.Secret(t.Context(), "cursor"); err != nil {
			t.Fatal(err)
		}
		unlock, err := db.Lock()
		if err != nil {
			t.Fatal(err)
		}
		beat := func(ago time.Duration) {
			err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
				if _, err := c.Exec(ctx, `DELETE FROM replicas`); err != nil {
					return err
				}
				_, err := c.Exec(ctx, `INSERT INTO replicas (id, host, process, address, version, state, started, seen)
					VALUES ('r', 'gw-1', 4711, '', '', 'ready', 1, $1)`, sqldb.Micros(time.Now().Add(-ago)))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		beat(10 * time.Second)
		other := t.TempDir()
		prepared(t, other)
		_, err = Copy(t.Context(), busy, t.TempDir(), CopyOptions{DryRun: true})
		wantRefusal(t, err, order.Unavailable, "store-served", "process")
		_, err = Copy(t.Context(), other, busy, CopyOptions{})
		wantRefusal(t, err, order.Unavailable, "store-served", "process")
		unlock()
		beat(31 * time.Second)
		if _, err := Copy(t.Context(), busy, t.TempDir(), CopyOptions{}); err != nil {
			t.Errorf("a store that is served no longer: %v", err)
		}
	})
}

// TestCopyKeepsServersAway begins to serve a folder while it is copied.
func TestCopyKeepsServersAway(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "new")
	db := openIn(t, from, Options{})
	fill(t, db)
	unlock, err := db.Lock()
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	tried := false
	_, err = Copy(t.Context(), from, to, CopyOptions{Progress: func(doing, table string, _, _ int64) {
		if tried || doing != Copying {
			return
		}
		tried = true
		if _, err := db.Lock(); order.CodeOf(err) != "store-locked" {
			t.Errorf("the source could be served: %v", err)
		}
		if _, err := openIn(t, to, Options{}).Lock(); order.CodeOf(err) != "store-locked" {
			t.Errorf("the target could be served: %v", err)
		}
	}})
	if err != nil || !tried {
		t.Error(tried, err)
	}
	again, err := db.Lock()
	if err != nil {
		t.Fatal("the folder is held after the copy:", err)
	}
	again()
}

func TestStoreOfAnotherSchemaIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, aged string) {
		sound, missing := t.TempDir(), filepath.Join(t.TempDir(), "new")
		prepared(t, sound)
		want := prepared(t, aged)
		for schema, refusal := range map[int]struct{ code, words string }{
			1: {"store-older", "this program needs schema"}, 99: {"store-newer", "has schema 99"},
		} {
			setSchema(t, aged, schema)
			_, err := Copy(t.Context(), aged, missing, CopyOptions{})
			wantRefusal(t, err, order.Invalid, refusal.code, refusal.words)
			_, err = Copy(t.Context(), sound, aged, CopyOptions{})
			wantRefusal(t, err, order.Invalid, refusal.code, refusal.words)
		}
		e, _, err := sqldb.EngineFor(aged, sqldb.EngineOptions{})
		if err != nil {
			t.Fatal(err)
		}
		setSchema(t, aged, sqldb.Newest(e.Steps))
		holds(t, aged, want)
	})
}

// setSchema writes the number of the schema past the store.
func setSchema(t *testing.T, where string, number int) {
	t.Helper()
	e, _, err := sqldb.EngineFor(where, sqldb.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = e.Transaction(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, sqldb.UpsertSchema, fmt.Append(nil, number))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSQLiteAddressNamesAFolder(t *testing.T) {
	for where, want := range map[string]string{
		"sqlite:./data": "./data", "sqlite:data": "data", "./data": "./data", "sqlite:///var/lib/b": "///var/lib/b", "./a:b": "./a:b", "/x/a:b": "/x/a:b",
		"C": "C", "host=db dbname=x": "host=db dbname=x",
	} {
		if got, err := sqldb.ParsePlace(where); got != want || err != nil {
			t.Errorf("%s is %q, %v; want %q", where, got, err, want)
		}
	}
}
