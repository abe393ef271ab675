package sqldb

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

	"github.com/bookgate/bookgate/order"
)

// FileName is the database inside a data folder.
const FileName = "bookgate.db"

// The data folder and its files are for the account that serves and for no
// other: they hold every order and every password's hash.
const (
	DirMode  = 0o700
	FileMode = 0o600
)

// ApplicationID marks our files ("book" in ASCII); schema step 1 has it too.
const ApplicationID = 0x626f6f6b

// fileState is what stands where the database should be.
type fileState int

const (
	fileAbsent fileState = iota
	fileBlank            // nothing in it yet
	fileMarked           // nothing but our mark
	fileOurs
)

// recogniseFile looks at the file and refuses one that is not ours, or that is
// damaged beyond opening, without changing a byte of it.
//
// It asks SQLite rather than reading the file itself: closing a descriptor of
// our own would drop the locks that SQLite holds on the same file in this
// process.
func recogniseFile(ctx context.Context, path string) (fileState, error) {
	dir := filepath.Dir(path)
	logged := hasLog(path) // before the file: the log is made after it and goes before it
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && logged:
		return fileAbsent, damaged(path, "it is missing, and its log "+FileName+"-wal is there")
	case errors.Is(err, fs.ErrNotExist):
		return fileAbsent, nil
	case err != nil:
		return fileAbsent, OpenError(dir, err)
	case !info.Mode().IsRegular():
		return fileAbsent, OpenError(dir, &fs.PathError{Op: "open", Path: path, Err: errNoFile})
	case info.Size() == 0 && (logged || wasServed(dir)):
		return fileBlank, damaged(path, "it is empty, and was not when it was served")
	case info.Size() == 0:
		return fileBlank, nil
	}
	id, tables, err := inspectFile(ctx, path)
	switch {
	case err == nil && id == ApplicationID && tables == 0:
		return fileMarked, nil
	case err == nil && id == ApplicationID:
		return fileOurs, nil
	case err == nil && id == 0 && tables == 0:
		return fileBlank, nil
	case err == nil:
		return fileOurs, foreign(path)
	case NotDatabase(err):
		return fileOurs, noDatabase(path)
	}
	return fileOurs, OpenError(dir, err)
}

// noDatabase judges a file that SQLite does not take for a database: whether it
// was ours. It may read the file, as it cannot be open through SQLite.
func noDatabase(path string) *order.Error {
	head, err := readHead(path)
	if err != nil {
		return order.Errorf(order.Invalid, "store-open", "%s is not a database and cannot be read.", path).
			WithHint(folderHint)
	}
	mark := fmt.Appendf(nil, "%c%c%c%c", ApplicationID>>24, ApplicationID>>16&0xff, ApplicationID>>8&0xff,
		ApplicationID&0xff)
	switch {
	case len(bytes.Trim(head, "\x00")) == 0:
		return damaged(path, "it begins with zeros")
	case len(head) == sqliteHeader && bytes.Equal(head[sqliteMark:sqliteMark+len(mark)], mark),
		wasServed(filepath.Dir(path)):
		return damaged(path, "its beginning was overwritten")
	case bytes.HasPrefix(head, []byte(sqliteMagic)):
		return damaged(path, "it is cut short, or its header is wrong")
	}
	return order.Errorf(order.Invalid, "store-foreign",
		"%s is not a database of bookgate: it begins with %q. Nothing in it was changed.",
		path, order.Truncate(string(head[:min(len(head), shownHead)]))).
		WithHint(foreignHint)
}

func readHead(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, sqliteHeader))
}

var errNoFile = errors.New("it is not a file")

// hasLog reports whether a log with something in it lies beside a database.
// SQLite would throw it away if it found the database empty.
func hasLog(path string) bool {
	info, err := os.Stat(path + "-wal")
	return err == nil && info.Size() > 0
}

// sizeOfFile is what a database and its log take on the disk.
func sizeOfFile(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	size := info.Size()
	if log, err := os.Stat(path + "-wal"); err == nil {
		size += log.Size()
	}
	return size, nil
}

// createFile makes the file with its mode before SQLite sees it; the files that
// SQLite makes beside it get the same mode. The file gets its name when it has our
// mark and is closed: no process ever finds it half made. If another process was
// faster, its file is as good.
func createFile(ctx context.Context, path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), FileName+".new-*") // with FileMode, as CreateTemp promises
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := f.Close(); err != nil {
		return err
	}
	if err := markFile(ctx, f.Name()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// markFile writes our mark while there is no log yet, so that it stands in the
// file itself from the first moment on.
func markFile(ctx context.Context, path string) error {
	return WithFile(ctx, path, url.Values{"mode": {"rw"}, "_synchronous": {"FULL"}, "_busy_timeout": {"5000"}},
		func(c *sql.Conn) error {
			_, err := c.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", ApplicationID))
			return err
		})
}

// inspectFile looks at a database without leaving a trace: opened immutable,
// SQLite makes neither lock nor log. Without a lock it may look while a server
// writes and find the file out of joint, so then it looks again, with a lock
// where there is a log already.
func inspectFile(ctx context.Context, path string) (id, tables int64, err error) {
	unlocked := url.Values{"mode": {"ro"}, "immutable": {"1"}}
	id, tables, err = inspectWith(ctx, path, unlocked)
	if err == nil || NotDatabase(err) {
		return id, tables, err
	}
	if hasLog(path) {
		return inspectWith(ctx, path, url.Values{"mode": {"ro"}, "_busy_timeout": {"5000"}})
	}
	time.Sleep(connectPause)
	return inspectWith(ctx, path, unlocked)
}

func inspectWith(ctx context.Context, path string, q url.Values) (id, tables int64, err error) {
	err = WithFile(ctx, path, q, func(c *sql.Conn) error {
		if err := c.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
			return err
		}
		return c.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables)
	})
	return id, tables, err
}

// WithFile runs do on a connection of its own to a file that is not in use.
func WithFile(ctx context.Context, path string, q url.Values, do func(*sql.Conn) error) error {
	pool := sql.OpenDB(sqliteConnector{&sqlite3.SQLiteDriver{}, sqliteAddress(path, q)})
	defer pool.Close()
	c, err := pool.Conn(ctx)
	if err == nil {
		defer c.Close()
		err = do(c)
	}
	if err != nil && !NotDatabase(err) {
		return OpenError(filepath.Dir(path), err)
	}
	return err
}

// NotDatabase reports that SQLite does not take a file for a database.
func NotDatabase(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrNotADB
}

func foreign(path string) *order.Error {
	return order.Errorf(order.Invalid, "store-foreign", "%s belongs to another program; nothing in it was changed.",
		path).
		WithHint(foreignHint)
}

const foreignHint = "Name another data folder with --data; bookgate makes what is missing in it."

// makeFolder makes a folder and what is missing above it, and makes the entry
// of each certain in the folder above: one that was only made may be gone when
// the power fails, with everything in it.
//
// The entry of the first folder that was there already is made certain too. It
// may be the last thing that a process did which was killed here.
func makeFolder(dir string, flush func(dir string) error) error {
	above := filepath.Dir(dir)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && above != dir {
		if err := makeFolder(above, flush); err != nil {
			return err
		}
		if err := os.Mkdir(dir, DirMode); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	} else if err != nil {
		return err
	}
	return flush(above)
}

// flushFolder makes the entries of a folder certain. A folder that this account
// may not read is passed over, as is one on a file system that knows no such
// flush: SQLite itself does the same with the folder of its files.
func flushFolder(dir string) error {
	f, err := os.Open(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
