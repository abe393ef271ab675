package sqldb

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
	"syscall"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store/migrations"
)

// NewSQLite is the engine of a single file.
func NewSQLite(path string) *Engine {
	version, _, _ := sqlite3.Version()
	e := &Engine{
		Name: "sqlite", Version: "SQLite " + version, Path: path, Meter: new(Meter),
		Steps:    mustSteps(migrations.SQLite, "sqlite"),
		hasMeta:  `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'meta'`,
		hasSteps: `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'steps'`,
		hint:     folderHint,
		advice: "A safety copy is made first. Run: bookgate db migrate --data " + filepath.Dir(path) +
			"; bookgate serve does the same when it starts.",
		begin: beginTexts{write: "BEGIN IMMEDIATE", read: "BEGIN", inspect: "BEGIN", step: "BEGIN IMMEDIATE",
			longWrite: "BEGIN IMMEDIATE", longRead: "BEGIN"},
		Can:               Capabilities{VacuumInto: true},
		ownStatementCache: true,
		Start:             startSQLite,
		OpenPool:          func(p Purpose) *sql.DB { return poolOf(connectorOf(path, p)) },
		CheckSettings:     checkSQLite,
		stmtContext:       context.WithoutCancel,
		Busy:              sqliteBusy,
		Unique:            sqliteUnique,
		Broken:            sqliteBroken,
		Explain:           explainSQLite,
		lasting:           lastingFile,
		Size:              func(context.Context, *Conn) (int64, error) { return sizeOfFile(path) },
		claim:             func() (func(), error) { return LockFolder(filepath.Dir(path)) },
		BackUp:            NewPreUpgradeBackup(path).Make,
		Overlap:           sqliteOverlap,
		Checkpoint:        checkpointSQLite,
	}
	e.Prepare = func(ctx context.Context) error { return prepareFile(ctx, path, flushFolder) }
	e.Find = func(ctx context.Context) (bool, error) {
		state, err := recogniseFile(ctx, path)
		return state != fileAbsent, err
	}
	return e
}

// prepareFile makes the file if it is missing, and refuses one that is not
// ours without changing a byte of it. What it makes stands for certain, up to
// the folder above the first that it made, before the first table is made in
// it; so a file with tables in it need not be looked after again.
func prepareFile(ctx context.Context, path string, flush func(dir string) error) error {
	state, err := recogniseFile(ctx, path)
	if err != nil || state == fileOurs {
		return err
	}
	dir := filepath.Dir(path)
	if err := makeFolder(dir, flush); err != nil {
		return OpenError(dir, err)
	}
	switch state {
	case fileAbsent:
		err = createFile(ctx, path)
	case fileBlank:
		err = markFile(ctx, path)
	}
	if err == nil {
		err = flush(dir)
	}
	if err != nil {
		return OpenError(dir, err)
	}
	return nil
}

// sqliteOverlap covers the time from a change's stamp to the end of its commit:
// changes of one process are committed in the order of their stamps, and
// another process on the same machine has the same clock.
const sqliteOverlap = 5 * time.Second

// startSQLite starts the one writer, the readers beside it, and the checkpointer of
// the log.
func startSQLite(ctx context.Context, e *Engine, log *slog.Logger) (*Works, error) {
	write, err := e.Connect(ctx, Writing)
	if err != nil {
		return nil, err
	}
	reads, err := newReaders(ctx, e)
	if err != nil {
		write.Close()
		return nil, err
	}
	files, err := newIdentity(e.Path, log)
	if err != nil {
		write.Close()
		reads.Close()
		return nil, err
	}
	writes := newWriter(e, write, files, log)
	checkpoints, err := newCheckpointer(ctx, e, writes, log)
	if err != nil {
		writes.Close()
		reads.Close()
		return nil, err
	}
	return &Works{Reads: reads, Writes: writes, Checkpointer: checkpoints}, nil
}

// sqliteConnector opens connections with the settings of one purpose.
type sqliteConnector struct {
	driver *sqlite3.SQLiteDriver
	dsn    string
}

func (c sqliteConnector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }

func (c sqliteConnector) Driver() driver.Driver { return c.driver }

// connectorOf opens connections to a file, with the settings of a purpose.
func connectorOf(path string, p Purpose) driver.Connector {
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
func sqliteDSN(path string, p Purpose) string {
	q := url.Values{"_txlock": {"immediate"}, "mode": {"rw"}}
	if p == Reading || p == Inspecting {
		q.Set("mode", "ro")
	}
	if _, err := os.Stat(path + "-wal"); p == Inspecting && errors.Is(err, fs.ErrNotExist) {
		// The store is not open. To open it as readers do would leave a
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
	return errors.As(err, &e) &&
		(e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB || e.Code == sqlite3.ErrIoErr)
}

// explainSQLite sorts SQLite's faults by what can be done about them.
func explainSQLite(err error) *Fault {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return &Fault{order.Unavailable, "store-busy", "The store is busy with another change."}
	case sqlite3.ErrFull:
		return &Fault{order.Unavailable, "store-full", "There is no space left on the disk of the store."}
	case sqlite3.ErrIoErr:
		return &Fault{order.Unavailable, "store-failed", "The disk of the store reports an error."}
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrAuth:
		return &Fault{order.Unavailable, "store-failed", "The store may only be read, not written."}
	case sqlite3.ErrCantOpen:
		return &Fault{order.Unavailable, "store-failed", "The files of the store cannot be opened."}
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return &Fault{order.Internal, "store-damaged", "The store is damaged."}
	}
	return &Fault{order.Internal, "store-failed", "The store refused the change."}
}

// checkpointSQLite returns the bytes that the log still holds. A checkpoint that
// found another one at work is an answer without an error, busy and with no
// count of frames: nothing was moved, so it is returned as the error it is.
// (sqlite.org/pragma.html#pragma_wal_checkpoint)
func checkpointSQLite(ctx context.Context, c *Conn, how string) (left int64, err error) {
	var busy, frames, moved int64
	if _, err := c.Get(ctx, "PRAGMA wal_checkpoint("+how+")", nil, &busy, &frames, &moved); err != nil {
		return 0, err
	}
	if busy != 0 && frames <= 0 {
		return 0, sqlite3.Error{Code: sqlite3.ErrBusy}
	}
	return max(frames, 0) * SQLitePage, nil
}

// SQLitePage is the size of a page, SQLite's own choice for new files.
const SQLitePage = 4096

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
	purpose []Purpose
}

// sqliteSettings are the settings on which our promises rest.
var sqliteSettings = []setting{
	// Readers see the last commit while the writer writes.
	{name: "journal_mode", value: "wal", dsn: "_journal_mode", purpose: []Purpose{Writing, Checkpointing}},
	// A commit is on the disk before it is answered. The driver's own choice,
	// NORMAL, loses what was acknowledged when the power fails.
	{name: "synchronous", value: "FULL", dsn: "_synchronous", reads: "2", purpose: []Purpose{Writing, Checkpointing}},
	// Another process, such as an administration command, may hold the lock.
	{name: "busy_timeout", value: "5000", dsn: "_busy_timeout", purpose: []Purpose{Writing, Reading, Inspecting}},
	// The checkpointer blocks the writer while it waits, so it waits briefly.
	{name: "busy_timeout", value: "250", dsn: "_busy_timeout", purpose: []Purpose{Checkpointing}},
	// What is deleted or erased is overwritten, not only let go.
	{name: "secure_delete", value: "1", purpose: []Purpose{Writing}},
	{name: "foreign_keys", value: "on", dsn: "_foreign_keys", reads: "1", purpose: []Purpose{Writing}},
	// Readers cannot write, whatever the query says.
	{name: "query_only", value: "on", dsn: "_query_only", reads: "1", purpose: []Purpose{Reading, Inspecting}},
	// Negative is KiB. Every reader has a cache of its own.
	{name: "cache_size", value: "-65536", dsn: "_cache_size", purpose: []Purpose{Writing}},
	{name: "cache_size", value: "-16384", dsn: "_cache_size", purpose: []Purpose{Reading}},
	// The checkpointer moves the log; the writer only when that is stuck.
	{name: "wal_autocheckpoint", value: "65536", purpose: []Purpose{Writing}},
	{name: "wal_autocheckpoint", value: "0", purpose: []Purpose{Reading, Checkpointing}},
	{name: "journal_size_limit", value: "67108864", purpose: []Purpose{Writing, Checkpointing}},
	// Nothing in a damaged or crafted file may run code or be believed.
	{name: "trusted_schema", value: "0", purpose: []Purpose{Writing, Reading, Checkpointing, Inspecting}},
	{name: "cell_size_check", value: "1", purpose: []Purpose{Writing, Reading, Checkpointing, Inspecting}},
}

func (s setting) serves(p Purpose) bool {
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
func checkSQLite(ctx context.Context, c *Conn, p Purpose) error {
	version, number, _ := sqlite3.Version()
	if err := checkSQLiteVersion(version, number); err != nil {
		return err
	}
	for _, s := range sqliteSettings {
		if !s.serves(p) {
			continue
		}
		var got string
		if _, err := c.Get(ctx, "PRAGMA "+s.name, nil, &got); err != nil {
			return fmt.Errorf("read back %s: %w", s.name, err)
		}
		if got != s.wanted() {
			return wrongSettings("SQLite has %s %s instead of %s.", s.name, got, s.wanted()).
				WithHint("Put the data folder on a local disk. If it is on one, this program was built with " +
					"another SQLite than its own.")
		}
	}
	return nil
}

// ConnectFile opens a connection to a file that is not a store in use. What the
// file holds is not believed, and the end of the context ends the statement.
func ConnectFile(ctx context.Context, path string, q url.Values, pragmas ...string) (*Conn, error) {
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
	return &Conn{pool: pool, SQL: c, statements: map[string]*sql.Stmt{}, stmtContext: callerContext}, nil
}

// VacuumInto copies the store as the last commit left it, beside a writer that
// goes on. The pages come out packed, in a file that needs no log.
func (e *Engine) VacuumInto(ctx context.Context, path string) error {
	c, err := e.Connect(ctx, Checkpointing) // as one that only reads may not
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.SQL.ExecContext(ctx, `VACUUM INTO $1`, path)
	return err
}

// FromSQLite reports whether an error is one of SQLite.
func FromSQLite(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e)
}

// DiskFull reports whether an error says that a disk has no space left.
func DiskFull(err error) bool {
	var e sqlite3.Error
	return errors.Is(err, syscall.ENOSPC) || errors.As(err, &e) && e.Code == sqlite3.ErrFull
}

// maxReaders is how many connections read at once: more than the cores of a
// small machine brings nothing, as was measured, and each has its own cache.
const maxReaders = 4

// readers are the connections that only read.
type readers struct {
	engine *Engine
	idle   chan *Conn
	quit   chan struct{}
}

func newReaders(ctx context.Context, e *Engine) (*readers, error) {
	r := &readers{engine: e, idle: make(chan *Conn, maxReaders), quit: make(chan struct{})}
	for range maxReaders {
		c, err := e.Connect(ctx, Reading)
		if err != nil {
			r.drain(len(r.idle))
			return nil, err
		}
		r.idle <- c
	}
	return r, nil
}

// Do runs read inside one transaction, so that it sees one state.
func (r *readers) Do(ctx context.Context, read func(context.Context, *Conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var c *Conn
	select {
	case c = <-r.idle:
	case <-ctx.Done():
		return ctx.Err()
	case <-r.quit:
		return errStopping()
	}
	defer func() { r.idle <- c }()
	if _, err := c.Exec(ctx, r.engine.begin.read); err != nil {
		return err
	}
	defer c.Exec(ctx, "ROLLBACK")
	return read(ctx, c)
}

// Close waits for the readers that are at work and ends them all.
func (r *readers) Close() error {
	close(r.quit)
	return r.drain(maxReaders)
}

func (r *readers) drain(n int) (err error) {
	for range n {
		err = errors.Join(err, (<-r.idle).Close())
	}
	return err
}
