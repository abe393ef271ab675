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
	"syscall"

	sqlite3 "github.com/mattn/go-sqlite3"

	"github.com/bookgate/bookgate/order"
)

// partSuffix marks a backup that is being written.
const partSuffix = ".part"

// backupPart is a backup under another name until it is whole.
type backupPart struct {
	path string // under which it is written
	file string // that it gets at the end
}

// newBackupPart makes the empty file, for its owner alone. A file that is there is
// never touched, and neither is one that another is writing.
func newBackupPart(file string) (backupPart, error) {
	p := backupPart{path: file + partSuffix, file: file}
	if _, err := os.Lstat(file); err == nil {
		return p, order.Errorf(order.Conflict, "backup-exists", "%s exists and is not overwritten.", file).
			WithHint("Give the backup another name, for example with the date in it.")
	}
	f, err := os.OpenFile(p.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if errors.Is(err, fs.ErrExist) {
		return p, order.Errorf(order.Conflict, "backup-exists", "%s exists: another backup is being written, or one was cut off.", p.path).
			WithHint("Remove that file if no backup is running.")
	}
	if err != nil {
		return p, errNotWritten(file, err)
	}
	return p, f.Close()
}

// finish gives a whole file its name. It survives a power cut from here on.
func (p backupPart) finish() error {
	if err := syncPath(p.path); err != nil {
		return err
	}
	if err := os.Rename(p.path, p.file); err != nil {
		return err
	}
	return syncPath(filepath.Dir(p.file))
}

// discard removes what there is of the file and what SQLite may have beside it.
func (p backupPart) discard() {
	for _, name := range withSides(p.path) {
		os.Remove(name)
	}
}

// withSides gives a database file and the files that SQLite has beside it.
func withSides(path string) []string {
	return []string{path, path + "-journal", path + "-wal", path + "-shm"}
}

// foldLog moves what SQLite keeps beside a database into it and makes sure that
// nothing is left there. SQLite itself says nothing when it cannot do so at the
// close of the last connection, as on a full disk.
func foldLog(ctx context.Context, path string) error {
	c, err := connectFile(ctx, path, url.Values{"mode": {"rw"}}, "synchronous = FULL")
	if err != nil {
		return err
	}
	var mode string
	_, err = c.get(ctx, "PRAGMA journal_mode = DELETE", nil, &mode)
	if err = errors.Join(err, c.close()); err != nil {
		return err
	}
	if mode != "delete" {
		return fmt.Errorf("the log of %s could not be moved into it", path)
	}
	for _, name := range withSides(path)[1:] {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is left beside the database", name)
		}
	}
	return nil
}

// syncPath flushes a file or a folder.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// unwritten tells why a backup could not be written: because of the database
// that it is taken of, where that is not SQLite as well, or because of its own
// disk.
func (db *DB) unwritten(file string, err error) error {
	var e sqlite3.Error
	if errors.As(err, &e) {
		return errNotWritten(file, err)
	}
	return errNotWritten(file, db.fault(err))
}

// errNotWritten tells why a backup could not be written, in words where the
// disk says it.
func errNotWritten(file string, err error) error {
	var e sqlite3.Error
	var path *fs.PathError
	switch {
	case explained(err):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.As(err, &e) && e.Code == sqlite3.ErrFull:
		err = order.Errorf(order.Unavailable, "backup-unwritten", "The backup %s was not written: there is no room left on its disk.", file).
			WithHint("Make room, or write the backup to another disk. Nothing of it was left behind.")
	case errors.As(err, &path):
		err = order.Errorf(order.Unavailable, "backup-unwritten", "The backup %s was not written: %s.", file, path.Err).
			WithHint("Check that the folder is there and that this account may write to it.")
	default:
		failed := order.Errorf(order.Unavailable, "backup-unwritten", "The backup %s was not written.", file).
			WithHint("Nothing of it was left behind; see the cause, and try again.")
		failed.Err = err
		err = failed
	}
	return err
}

// connectFile opens a connection to a file that is not a store in use. What the
// file holds is not believed, and the end of the context ends the statement.
func connectFile(ctx context.Context, path string, q url.Values, pragmas ...string) (*conn, error) {
	pragmas = append(pragmas, "trusted_schema = 0", "cell_size_check = 1")
	hook := func(c *sqlite3.SQLiteConn) error {
		for _, p := range pragmas {
			if _, err := c.Exec("PRAGMA "+p, nil); err != nil {
				return fmt.Errorf("set %s: %w", p, err)
			}
		}
		return nil
	}
	pool := sql.OpenDB(sqliteConnector{&sqlite3.SQLiteDriver{ConnectHook: hook}, sqliteAddress(path, q)})
	c, err := pool.Conn(ctx)
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &conn{pool: pool, sql: c, kept: map[string]*sql.Stmt{}, shield: unshielded}, nil
}
