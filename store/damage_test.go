package store

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// overwrite puts something else into pages of a file; 1 is the first.
func overwrite(t *testing.T, path string, page, pages int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	junk := bytes.Repeat([]byte("what a wrong write leaves behind"), pages*sqldb.SQLitePage/32)
	if _, err := f.WriteAt(junk, int64(page-1)*sqldb.SQLitePage); err != nil {
		t.Fatal(err)
	}
}

// closedStore makes a store with orders in it and returns its file.
func closedStore(t *testing.T) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	db := openIn(t, dir, Options{})
	release, err := db.Lock()
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{"A-1", "A-2", "A-3"} {
		addOrder(t, db, number)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	release()
	return dir, filepath.Join(dir, sqldb.FileName)
}

func TestDamagedFileIsRefused(t *testing.T) {
	truncate := func(size int64) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.Truncate(path, size); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		spoil func(*testing.T, string)
		words string
	}{
		"cut at a page":   {truncate(8 * sqldb.SQLitePage), "cannot be read"},
		"cut in a page":   {truncate(8*sqldb.SQLitePage + 100), "cannot be read"},
		"cut to a stub":   {truncate(50), "cannot be read"},
		"cut to nothing":  {truncate(0), "it is empty"},
		"first page":      {func(t *testing.T, path string) { overwrite(t, path, 1, 1) }, "its beginning was overwritten"},
		"all but first":   {func(t *testing.T, path string) { overwrite(t, path, 2, 60) }, "cannot be read"},
		"header of zeros": {func(t *testing.T, path string) { write(t, path, 0, make([]byte, 100)) }, "it begins with zeros"},
		"words of header": {func(t *testing.T, path string) { write(t, path, 0, []byte("SQLite farmat")) }, "its beginning was overwritten"},
		"schema":          {func(t *testing.T, path string) { write(t, path, 100, bytes.Repeat([]byte{0xff}, 900)) }, "cannot be read"},
		"gone":            {func(t *testing.T, path string) { gone(t, path) }, "it is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, path := closedStore(t)
			c.spoil(t, path)
			before := bytesIn(t, dir)
			for _, o := range []Options{{}, {Upgrade: true}} {
				_, err := Open(t.Context(), dir, o)
				wantDamaged(t, err, c.words)
			}
			_, err := Look(t.Context(), dir)
			wantDamaged(t, err, c.words)
			wantSameBytes(t, dir, before)
		})
	}
}

func write(t *testing.T, path string, at int64, what []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(what, at); err != nil {
		t.Fatal(err)
	}
}

// gone leaves the log of a store whose database is missing.
func gone(t *testing.T, path string) {
	t.Helper()
	if err := os.Rename(path, path+"-wal"); err != nil {
		t.Fatal(err)
	}
}

func wantDamaged(t *testing.T, err error, words string) {
	t.Helper()
	if order.CodeOf(err) != "store-damaged" || order.KindOf(err) != order.Invalid || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v, want damage: %q", err, words)
	}
}

func wantSameBytes(t *testing.T, dir string, before map[string][]byte) {
	t.Helper()
	after := bytesIn(t, dir)
	for name := range after {
		if !bytes.Equal(after[name], before[name]) {
			t.Errorf("%s was changed", name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("there are %d files, were %d", len(after), len(before))
	}
}

// TestRefusalsLeaveTheLogAlone: the log that a killed process left is neither
// folded into the database nor thrown away by one that may not use it.
func TestRefusalsLeaveTheLogAlone(t *testing.T) {
	from, dir := t.TempDir(), t.TempDir()
	db := openIn(t, from, Options{})
	addOrder(t, db, "A-1")
	wantChanged(t, db, "UPDATE meta SET value = CAST('99' AS BLOB) WHERE name = 'schema'")
	for _, name := range []string{sqldb.FileName, sqldb.FileName + "-wal"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	before := bytesIn(t, dir)
	if _, err := Open(t.Context(), dir, Options{Upgrade: true}); order.CodeOf(err) != "store-newer" {
		t.Fatalf("Open gave %v", err)
	}
	if s, err := Look(t.Context(), dir); err != nil || s.Schema != 99 || s.Orders != 1 {
		t.Errorf("Look gave %+v, %v", s, err)
	}
	if err := os.Remove(filepath.Join(dir, sqldb.FileName+"-shm")); err != nil { // the index of the log, made anew by every reader
		t.Fatal(err)
	}
	wantSameBytes(t, dir, before)
}

func wantChanged(t *testing.T, db *DB, text string) {
	t.Helper()
	if _, err := writerOf(db).Conn.SQL.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

// TestDamageWhileServingIsReported lets pages be overwritten under a store in use.
func TestDamageWhileServingIsReported(t *testing.T) {
	dir, path := closedStore(t)
	var log bytes.Buffer
	db := openIn(t, dir, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err := db.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	overwrite(t, path, 10, 50)
	_, err := db.List(t.Context(), order.Query{Party: buyer, Mode: order.SentByMe, Limit: 10})
	if order.CodeOf(err) != "store-damaged" || order.KindOf(err) != order.Internal {
		t.Fatalf("a list of a damaged store gave %v", err)
	}
	err = db.Ready(t.Context())
	if order.CodeOf(err) != "store-damaged" || order.KindOf(err) != order.Unavailable {
		t.Errorf("Ready gave %v", err)
	}
	db.List(t.Context(), order.Query{Party: buyer, Mode: order.SentByMe, Limit: 10})
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "bookgate backup verify") {
		t.Errorf("the log has %d errors: %s", n, &log)
	}
}
