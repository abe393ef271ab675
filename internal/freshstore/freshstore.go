package freshstore

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/mattn/go-sqlite3" // the template loses its epoch by SQL
)

// file is the name of a store's file in its folder.
const file = "bookgate.db"

// template is the file of an empty store, made when the first one is opened.
var template struct {
	sync.Once
	bytes []byte
	err   error
}

// Open opens the store in the folder dir with open, which is store.Open. An
// empty folder is filled from the template first; a folder that holds a store
// and the address of a database are passed on as they are. The package store
// calls it too, which is why open is an argument.
func Open[DB io.Closer, Options any](t testing.TB, open func(context.Context, string, Options) (DB, error),
	dir string, o Options) (DB, error) {
	t.Helper()
	template.Do(func() { template.bytes, template.err = build(open) })
	if template.err != nil {
		t.Fatal("the template of stores: ", template.err)
	}
	if err := fill(dir); err != nil {
		t.Fatal(err)
	}
	return open(t.Context(), dir, o)
}

// fill puts the template into dir if that is an empty folder.
func fill(dir string) error {
	if strings.Contains(dir, "://") {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || len(entries) > 0 {
		return nil // open makes the folder, or finds what is in it
	}
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, file), template.bytes, 0o600)
}

// build makes a store, and returns its file without an epoch: every copy
// begins one of its own, by its own clock.
func build[DB io.Closer, Options any](open func(context.Context, string, Options) (DB, error)) ([]byte, error) {
	dir, err := os.MkdirTemp("", "template")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var standard Options
	store, err := open(context.Background(), dir, standard)
	if err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite3", filepath.Join(dir, file))
	if err != nil {
		return nil, err
	}
	_, err = db.Exec("DELETE FROM epochs")
	if err = errors.Join(err, db.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, file))
}
