package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

func TestSettingsAreReadBack(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	for _, p := range []sqldb.Purpose{sqldb.Writing, sqldb.Reading, sqldb.Checkpointing} {
		c, err := db.engine.Connect(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	got := map[string]string{}
	for _, name := range []string{"journal_mode", "synchronous", "foreign_keys", "busy_timeout", "trusted_schema", "cell_size_check", "page_size"} {
		var v string
		if err := writerOf(db).Conn.SQL.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&v); err != nil {
			t.Fatal(err)
		}
		got[name] = v
	}
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000",
		"trusted_schema": "0", "cell_size_check": "1", "page_size": fmt.Sprint(sqldb.SQLitePage)}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("settings %v\nwant %v", got, want)
	}
	if !strings.HasPrefix(db.EngineVersion(), "SQLite 3.") || db.SchemaVersion() < 1 {
		t.Errorf("engine %q, schema %d", db.EngineVersion(), db.SchemaVersion())
	}
}

func TestWrongSettingIsRefused(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	c, err := db.engine.Connect(t.Context(), sqldb.Writing)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Exec(t.Context(), "PRAGMA synchronous = NORMAL"); err != nil {
		t.Fatal(err)
	}
	if err := db.engine.CheckSettings(t.Context(), c, sqldb.Writing); err == nil || !strings.Contains(err.Error(), "synchronous 1 instead of 2") {
		t.Errorf("synchronous NORMAL passed: %v", err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	err := db.read(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, sqldb.UpsertMeta, "x", []byte("y"))
		return err
	})
	if order.KindOf(err) != order.Unavailable || order.CodeOf(err) != "store-failed" {
		t.Errorf("a reader wrote: %v", err)
	}
}

func TestFilesAreForTheirOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ny mappe", "æ?#%20 b")
	db := openIn(t, dir, Options{})
	addOrder(t, db, "A-1")
	if err := db.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if db.Path() != filepath.Join(dir, "bookgate.db") {
		t.Errorf("path %s", db.Path())
	}
	wantMode(t, dir, 0o700)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		wantMode(t, db.Path()+suffix, 0o600)
	}
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want {
		t.Errorf("%s has mode %o, want %o", path, got, want)
	}
}

// other makes a database with sql in it and returns its bytes.
func other(t *testing.T, dir string, statements ...string) (path string, before []byte) {
	t.Helper()
	path = filepath.Join(dir, sqldb.FileName)
	pool, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := pool.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	before, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, before
}

// wantRefused checks that the store in dir is refused and nothing changed.
func wantRefused(t *testing.T, dir, code string, before []byte, words ...string) {
	t.Helper()
	_, err := Open(t.Context(), dir, Options{})
	if order.CodeOf(err) != code {
		t.Fatalf("Open gave %v, want %s", err, code)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
	after, err := os.ReadFile(filepath.Join(dir, sqldb.FileName))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left beside the file: %v, %v", entries, err)
	}
}

func TestForeignDatabaseIsRefused(t *testing.T) {
	for name, statements := range map[string][]string{
		"tables":    {"CREATE TABLE meta (name, value)"},
		"wal":       {"PRAGMA journal_mode = wal", "CREATE TABLE things (a)"},
		"other id":  {"PRAGMA application_id = 42", "CREATE TABLE things (a)"},
		"only mark": {"PRAGMA application_id = 42"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, before := other(t, dir, statements...)
			wantRefused(t, dir, "store-foreign", before)
		})
	}
	t.Run("not a database", func(t *testing.T) {
		dir := t.TempDir()
		before := bytes.Repeat([]byte("plain text, not a database\n"), 400)
		if err := os.WriteFile(filepath.Join(dir, sqldb.FileName), before, 0o600); err != nil {
			t.Fatal(err)
		}
		wantRefused(t, dir, "store-foreign", before)
	})
}

func TestEmptyFileIsTaken(t *testing.T) {
	for name, statements := range map[string][]string{"no bytes": nil, "no tables": {"PRAGMA user_version = 1", "PRAGMA user_version = 0"}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if len(statements) > 0 {
				other(t, dir, statements...)
			} else if err := os.WriteFile(filepath.Join(dir, sqldb.FileName), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			addOrder(t, openIn(t, dir, Options{}), "A-1")
		})
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir, Options{})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, before := other(t, dir, "UPDATE meta SET value = CAST('99' AS BLOB) WHERE name = 'schema'")
	wantRefused(t, dir, "store-newer", before, "schema 99", fmt.Sprintf("up to %d", db.SchemaVersion()))
}

func TestFolderThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "odd", sqldb.FileName), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{file, filepath.Join(file, "below"), filepath.Join(dir, "odd"), "/proc/nothing"} {
		_, err := Open(t.Context(), d, Options{})
		if order.KindOf(err) != order.Invalid || order.CodeOf(err) != "store-open" {
			t.Errorf("Open %s gave %v", d, err)
		}
	}
}

// TestCloseLeavesOneFile holds that an orderly end folds the log into the
// database: a copy of the database file then has everything.
func TestCloseLeavesOneFile(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir, Options{})
	if err := db.AddParty(t.Context(), order.Party{ID: "7045", Name: "Eksempel", Scheme: "NBSN"}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "bookgate.db*"))
	if err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}
