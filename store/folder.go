package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	sqlite3 "github.com/mattn/go-sqlite3"

	"github.com/bookgate/bookgate/order"
)

// The data folder and its files are for the account that serves and nobody
// else: they hold every order and every password's hash.
const (
	dirMode  = 0o700
	fileMode = 0o600
)

// applicationID marks our files ("book" in ASCII); schema step 1 has it too.
const applicationID = 0x626f6f6b

// prepareFile makes the file if it is missing, and refuses one that is not
// ours without changing a byte of it.
//
// It asks SQLite rather than reading the file itself: closing a descriptor of
// our own would drop the locks that SQLite holds on the same file in this
// process.
func prepareFile(ctx context.Context, path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return openFault(dir, err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return createFile(ctx, path)
	case err != nil:
		return openFault(dir, err)
	case !info.Mode().IsRegular():
		return openFault(dir, fmt.Errorf("%s is not a file", path))
	case info.Size() == 0:
		return markFile(ctx, path)
	}
	id, tables, err := inspectFile(ctx, path)
	switch {
	case err == nil && id == applicationID:
		return nil
	case err == nil && id == 0 && tables == 0:
		return markFile(ctx, path)
	case err == nil || notDatabase(err):
		return foreign(path)
	}
	return openFault(dir, err)
}

// createFile makes the file with its mode before SQLite sees it; SQLite gives
// the same mode to the files beside it. The file gets its name when it is
// closed already, for the sake of the locks; if another process was faster,
// its file is as good.
func createFile(ctx context.Context, path string) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, fileName+".new-*") // with fileMode, as CreateTemp promises
	if err != nil {
		return openFault(dir, err)
	}
	defer os.Remove(f.Name())
	if err := f.Close(); err != nil {
		return openFault(dir, err)
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return openFault(dir, err)
	}
	return markFile(ctx, path)
}

// markFile writes our mark while there is no log yet, so that it stands in the
// file itself from the first moment on.
func markFile(ctx context.Context, path string) error {
	return withFile(ctx, path, url.Values{"mode": {"rw"}, "_synchronous": {"FULL"}, "_busy_timeout": {"5000"}}, func(c *sql.Conn) error {
		_, err := c.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID))
		return err
	})
}

// inspectFile looks at a database without leaving a trace: opened immutable,
// SQLite makes neither lock nor log. Without a lock it may look while a server
// writes and find the file out of joint, so then it looks again with one.
func inspectFile(ctx context.Context, path string) (id, tables int64, err error) {
	id, tables, err = inspectWith(ctx, path, url.Values{"mode": {"ro"}, "immutable": {"1"}})
	if err != nil && !notDatabase(err) {
		id, tables, err = inspectWith(ctx, path, url.Values{"mode": {"ro"}, "_busy_timeout": {"5000"}})
	}
	return id, tables, err
}

func inspectWith(ctx context.Context, path string, q url.Values) (id, tables int64, err error) {
	err = withFile(ctx, path, q, func(c *sql.Conn) error {
		if err := c.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil || id != 0 {
			return err
		}
		return c.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables)
	})
	return id, tables, err
}

func withFile(ctx context.Context, path string, q url.Values, do func(*sql.Conn) error) error {
	pool := sql.OpenDB(sqliteConnector{&sqlite3.SQLiteDriver{}, sqliteAddress(path, q)})
	defer pool.Close()
	c, err := pool.Conn(ctx)
	if err == nil {
		defer c.Close()
		err = do(c)
	}
	if err != nil && !notDatabase(err) {
		return openFault(filepath.Dir(path), err)
	}
	return err
}

func notDatabase(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrNotADB
}

func foreign(path string) *order.Error {
	return order.Errorf(order.Invalid, "store-foreign", "%s belongs to another program; nothing in it was changed.", path).
		WithHint("Name another data folder with --data; bookgate makes what is missing in it.")
}
