package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store/migrations"
)

// newSQLite is the engine of a single file.
func newSQLite(path string) *engine {
	version, _, _ := sqlite3.Version()
	e := &engine{
		name: "sqlite", version: "SQLite " + version, path: path, meter: new(meter),
		steps:    mustSteps(migrations.SQLite, "sqlite"),
		hasMeta:  `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'meta'`,
		hasSteps: `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'steps'`,
		hint:     folderHint,
		advice:   "A safety copy is made first. Run: bookgate db migrate --data " + filepath.Dir(path) + "; bookgate serve does the same when it starts.",
		begin:    "BEGIN IMMEDIATE", beginRead: "BEGIN", beginLook: "BEGIN", beginStep: "BEGIN IMMEDIATE",
		beginLong: "BEGIN IMMEDIATE", beginLongRead: "BEGIN",
		can:        capabilities{vacuumInto: true},
		prepares:   true,
		start:      startSQLite,
		open:       func(p purpose) *sql.DB { return poolOf(connectorOf(path, p)) },
		check:      checkSQLite,
		shield:     context.WithoutCancel,
		busy:       sqliteBusy,
		unique:     sqliteUnique,
		broken:     sqliteBroken,
		explain:    explainSQLite,
		lasting:    lastingFile,
		size:       func(context.Context, *conn) (int64, error) { return sizeOfFile(path) },
		claim:      func() (func(), error) { return lockFolder(filepath.Dir(path)) },
		secure:     newSafetyCopy(path).make,
		overlap:    sqliteOverlap,
		checkpoint: checkpointSQLite,
	}
	e.prepare = func(ctx context.Context) error { return prepareFile(ctx, path, flushFolder) }
	e.find = func(ctx context.Context) (bool, error) {
		state, err := recogniseFile(ctx, path)
		return state != fileAbsent, err
	}
	return e
}

// sqliteOverlap covers the time from a change's stamp to the end of its commit:
// changes of one process are committed in the order of their stamps, and
// another process on the same machine has the same clock.
const sqliteOverlap = 5 * time.Second

// startSQLite starts the one writer, the readers beside it, and the keeper of
// the log.
func startSQLite(ctx context.Context, e *engine, log *slog.Logger) (*works, error) {
	write, err := e.connect(ctx, writing)
	if err != nil {
		return nil, err
	}
	reads, err := newReaders(ctx, e)
	if err != nil {
		write.close()
		return nil, err
	}
	files, err := newIdentity(e.path, log)
	if err != nil {
		write.close()
		reads.close()
		return nil, err
	}
	writes := newWriter(e, write, files, log)
	keeper, err := newKeeper(ctx, e, writes, log)
	if err != nil {
		writes.close()
		reads.close()
		return nil, err
	}
	return &works{reads: reads, writes: writes, keeper: keeper}, nil
}

// sqliteConnector opens connections with the settings of one purpose.
type sqliteConnector struct {
	driver *sqlite3.SQLiteDriver
	dsn    string
}

func (c sqliteConnector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }

func (c sqliteConnector) Driver() driver.Driver { return c.driver }

// connectorOf opens connections to a file, with the settings of a purpose.
func connectorOf(path string, p purpose) driver.Connector {
	hook := func(c *sqlite3.SQLiteConn) error {
		for _, s := range sqliteSettings {
			if s.dsn != "" || !s.serves(p) {
				continue
			}
			if _, err := c.Exec("PRAGMA "+s.name+" = "+s.value, nil); err != nil {
				return fmt.Errorf("set %s: %w", s.name, err)
			}
		}
		return nil
	}
	return sqliteConnector{&sqlite3.SQLiteDriver{ConnectHook: hook}, sqliteDSN(path, p)}
}

// poolOf is a pool of one connection.
func poolOf(c driver.Connector) *sql.DB {
	pool := sql.OpenDB(c)
	pool.SetMaxOpenConns(1)
	return pool
}

// sqliteDSN writes the address of a connection with all settings that the
// driver takes there.
func sqliteDSN(path string, p purpose) string {
	q := url.Values{"_txlock": {"immediate"}, "mode": {"rw"}}
	if p == reading || p == looking {
		q.Set("mode", "ro")
	}
	if _, err := os.Stat(path + "-wal"); p == looking && errors.Is(err, fs.ErrNotExist) {
		// Nobody has the store open. To open it as readers do would leave a
		// log behind, which a reader may not remove.
		q.Set("immutable", "1")
	}
	for _, s := range sqliteSettings {
		if s.dsn != "" && s.serves(p) {
			q.Set(s.dsn, s.value)
		}
	}
	return sqliteAddress(path, q)
}

func sqliteAddress(path string, q url.Values) string {
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

func sqliteBusy(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked)
}

func sqliteUnique(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) &&
		(e.ExtendedCode == sqlite3.ErrConstraintUnique || e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
}

func sqliteBroken(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB || e.Code == sqlite3.ErrIoErr)
}

// explainSQLite sorts SQLite's faults by what can be done about them.
func explainSQLite(err error) *fault {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return &fault{order.Unavailable, "store-busy", "The store is busy with another change."}
	case sqlite3.ErrFull:
		return &fault{order.Unavailable, "store-full", "There is no room left on the disk of the store."}
	case sqlite3.ErrIoErr:
		return &fault{order.Unavailable, "store-failed", "The disk of the store reports an error."}
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrAuth:
		return &fault{order.Unavailable, "store-failed", "The store may only be read, not written."}
	case sqlite3.ErrCantOpen:
		return &fault{order.Unavailable, "store-failed", "The files of the store cannot be opened."}
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return &fault{order.Internal, "store-damaged", "The store is damaged."}
	}
	return &fault{order.Internal, "store-failed", "The store refused the change."}
}

// checkpointSQLite returns the bytes that the log still holds. A checkpoint that
// found another one at work is an answer without an error, busy and with no
// count of frames: nothing was moved, so it is returned as the error it is.
// (sqlite.org/pragma.html#pragma_wal_checkpoint)
func checkpointSQLite(ctx context.Context, c *conn, how string) (left int64, err error) {
	var busy, frames, moved int64
	if _, err := c.get(ctx, "PRAGMA wal_checkpoint("+how+")", nil, &busy, &frames, &moved); err != nil {
		return 0, err
	}
	if busy != 0 && frames <= 0 {
		return 0, sqlite3.Error{Code: sqlite3.ErrBusy}
	}
	return max(frames, 0) * sqlitePage, nil
}

// sqlitePage is the size of a page, SQLite's own choice for new files.
const sqlitePage = 4096

// oldestSQLite is the first version without a fault that could reset a log
// that was still needed (SQLite 3.51.3, release notes).
const oldestSQLite = 3_051_003

// setting is one PRAGMA: how it is set, and what it must read back. The driver
// takes some from the address; the others are set on each new connection.
type setting struct {
	name    string
	value   string
	dsn     string // the driver's name for it
	reads   string // what it reads back, where that differs from value
	purpose []purpose
}

// sqliteSettings are the settings on which our promises rest.
var sqliteSettings = []setting{
	// Readers see the last commit while the writer writes.
	{name: "journal_mode", value: "wal", dsn: "_journal_mode", purpose: []purpose{writing, keeping}},
	// A commit is on the disk before it is answered. The driver's own choice,
	// NORMAL, loses what was acknowledged when the power fails.
	{name: "synchronous", value: "FULL", dsn: "_synchronous", reads: "2", purpose: []purpose{writing, keeping}},
	// Another process, such as an administration command, may hold the lock.
	{name: "busy_timeout", value: "5000", dsn: "_busy_timeout", purpose: []purpose{writing, reading, looking}},
	// The keeper blocks the writer while it waits, so it waits briefly.
	{name: "busy_timeout", value: "250", dsn: "_busy_timeout", purpose: []purpose{keeping}},
	// What is deleted or erased is overwritten, not only let go.
	{name: "secure_delete", value: "1", purpose: []purpose{writing}},
	{name: "foreign_keys", value: "on", dsn: "_foreign_keys", reads: "1", purpose: []purpose{writing}},
	// Readers cannot write, whatever the query says.
	{name: "query_only", value: "on", dsn: "_query_only", reads: "1", purpose: []purpose{reading, looking}},
	// Negative is KiB. Every reader has a cache of its own.
	{name: "cache_size", value: "-65536", dsn: "_cache_size", purpose: []purpose{writing}},
	{name: "cache_size", value: "-16384", dsn: "_cache_size", purpose: []purpose{reading}},
	// The keeper moves the log; the writer only when the keeper is stuck.
	{name: "wal_autocheckpoint", value: "65536", purpose: []purpose{writing}},
	{name: "wal_autocheckpoint", value: "0", purpose: []purpose{reading, keeping}},
	{name: "journal_size_limit", value: "67108864", purpose: []purpose{writing, keeping}},
	// Nothing in a damaged or crafted file may run code or be believed.
	{name: "trusted_schema", value: "0", purpose: []purpose{writing, reading, keeping, looking}},
	{name: "cell_size_check", value: "1", purpose: []purpose{writing, reading, keeping, looking}},
}

func (s setting) serves(p purpose) bool {
	for _, q := range s.purpose {
		if p == q {
			return true
		}
	}
	return false
}

func (s setting) wanted() string {
	if s.reads != "" {
		return s.reads
	}
	return s.value
}

func checkSQLiteVersion(version string, number int) error {
	if number >= oldestSQLite {
		return nil
	}
	return wrongSettings("SQLite %s has a known fault that loses data; 3.51.3 or newer is needed.", version).
		WithHint("Build bookgate with the SQLite that its driver brings along, without the tag libsqlite3.")
}

// checkSQLite reads every setting back: one that was misspelt or ignored would
// otherwise show itself at the next power failure.
func checkSQLite(ctx context.Context, c *conn, p purpose) error {
	version, number, _ := sqlite3.Version()
	if err := checkSQLiteVersion(version, number); err != nil {
		return err
	}
	for _, s := range sqliteSettings {
		if !s.serves(p) {
			continue
		}
		var got string
		if _, err := c.get(ctx, "PRAGMA "+s.name, nil, &got); err != nil {
			return fmt.Errorf("read back %s: %w", s.name, err)
		}
		if got != s.wanted() {
			return wrongSettings("SQLite has %s %s instead of %s.", s.name, got, s.wanted()).
				WithHint("Put the data folder on a local disk. If it is on one, this program was built with another SQLite than its own.")
		}
	}
	return nil
}
