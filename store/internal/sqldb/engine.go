package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"time"
)

// Engine is everything that differs between databases.
type Engine struct {
	Name    string
	Version string
	Path    string // the file or address of the database, without a password
	hint    string // what to look at when it cannot be opened
	Steps   []Step // the schema, in order

	// hasMeta counts the tables called meta: 0 in a database without schema.
	hasMeta string

	// hasSteps counts the tables called steps: 0 in a store of a schema before 6.
	hasSteps string

	// Prepare checks that the database may be used, and makes it if missing.
	// Find does the same and makes nothing: found is false when there is none.
	Prepare func(context.Context) error
	Find    func(context.Context) (found bool, err error)

	// claim prevents other processes from serving while the schema changes, and
	// BackUp copies the store as it is before a step changes it. Either is nil
	// where the database, or its operator, has other ways. advice says what to
	// do before an existing store is changed, and with which command.
	claim  func() (release func(), err error)
	BackUp func(ctx context.Context, c *Conn, before Step) (copy string, err error)
	advice string

	// OpenPool returns a pool for one purpose, and CheckSettings reads back that a
	// connection of it has the settings on which our promises rest.
	OpenPool      func(Purpose) *sql.DB
	CheckSettings func(context.Context, *Conn, Purpose) error

	// Start makes what runs the transactions.
	Start func(context.Context, *Engine, *slog.Logger) (*Works, error)

	// begin are the statements that start a transaction.
	begin beginTexts

	// numberBehind makes the next n of a table follow the greatest one; empty
	// where it does so anyway.
	numberBehind string

	// Can is what queries may use of the database.
	Can Capabilities

	// ownStatementCache says that a connection prepares its statements itself; else
	// the driver does, or a pooler stands between that does not allow it.
	ownStatementCache bool

	// stmtContext returns the context that statements run under. An interrupted
	// statement would take the whole batch of a SQLite writer with it, so
	// there the caller's context is not passed on.
	stmtContext func(context.Context) context.Context

	// Busy reports that the same work may succeed if done again, Unique that
	// a value that must be unique is there already.
	Busy, Unique func(error) bool

	// Broken reports that what was asked for is there and cannot be read.
	Broken func(error) bool

	// Explain returns the words for a fault of the database, or nil. lasting
	// reports of a database that cannot be opened that waiting is no help.
	Explain func(error) *Fault
	lasting func(error) bool

	// Size is how many bytes the database takes.
	Size func(context.Context, *Conn) (int64, error)

	// Overlap is how far behind the newest time of a party a change can still
	// become visible; see DB.Overlap.
	Overlap time.Duration

	// Meter counts how the engine is doing.
	Meter *Meter

	// Checkpoint moves what the log holds into the database proper and returns
	// how many bytes the log still has; nil where the database does it alone.
	Checkpoint func(ctx context.Context, c *Conn, how string) (left int64, err error)
}

// beginTexts start transactions, by what these do.
type beginTexts struct {
	write   string // some rows
	read    string // some rows
	inspect string // a store of any schema, which may take its time
	step    string // a schema step, which other processes may want to take as well

	// The same for whole tables; the limits of the others do not hold.
	longWrite, longRead string
}

// Capabilities are what queries may use of a database.
type Capabilities struct {
	ForUpdate      string // clause that locks the rows that a SELECT finds; "" where one writer has the database
	SkipLocked     string // the same, passing over rows that another transaction has locked
	OrderedUnion   bool   // an ordered UNION ALL needs help to merge its parts instead of sorting them
	KeepsCommitIDs bool   // the ids of transactions are stored and have to be dropped when they are old
	VacuumInto     bool   // a copy of the whole database is one statement
}

// Runner runs what is done in transactions of one purpose. What it is given
// may run more than once.
type Runner interface {
	Do(ctx context.Context, run func(context.Context, *Conn) error) error
	Close() error
}

// Works are the running parts of an engine.
type Works struct {
	Reads, Writes Runner
	Checkpointer  interface{ Close() error } // nil where the database keeps its log itself
}

// Close ends the parts: the checkpointer first, because it looks at the others, and
// the writer last. SQLite folds its log into the database when the last
// connection leaves, which one that only reads cannot do; a copy of the
// database file alone after an orderly stop would lack the newest orders.
func (w *Works) Close() error {
	var err error
	if w.Checkpointer != nil {
		err = w.Checkpointer.Close()
	}
	return errors.Join(err, w.Reads.Close(), w.Writes.Close())
}

// Purpose is what a connection is for.
type Purpose int

// The purposes of connections.
const (
	Writing Purpose = iota
	Reading
	Checkpointing // checkpoints
	Inspecting    // at any store, of whatever schema, without leaving a trace
)

// A database that another process is just making, or closing as the last one,
// is busy for a moment whatever the busy timeout says.
const (
	connectPatience = 5 * time.Second
	connectPause    = 50 * time.Millisecond
)

// Connect opens one connection and checks its settings.
func (e *Engine) Connect(ctx context.Context, p Purpose) (c *Conn, err error) {
	err = e.RetryBusy(ctx, func() (err error) {
		c, err = e.connectOnce(ctx, p)
		return err
	})
	return c, err
}

// RetryBusy does something again for a moment while the database is busy.
func (e *Engine) RetryBusy(ctx context.Context, do func() error) (err error) {
	for deadline := time.Now().Add(connectPatience); ; {
		if err = do(); err == nil || !e.Busy(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(connectPause):
		}
	}
}

func (e *Engine) connectOnce(ctx context.Context, p Purpose) (*Conn, error) {
	pool := e.OpenPool(p)
	c, err := pool.Conn(ctx)
	if err != nil {
		pool.Close()
		return nil, err
	}
	conn := &Conn{pool: pool, SQL: c, stmtContext: e.stmtContext}
	if e.ownStatementCache {
		conn.statements = map[string]*sql.Stmt{}
	}
	if err := e.CheckSettings(ctx, conn, p); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// Snapshot runs do on a connection of its own that sees one state of the store
// for as long as do takes, which may be much longer than a reader is given.
func (e *Engine) Snapshot(ctx context.Context, do func(context.Context, *Conn) error) error {
	return e.long(ctx, Reading, e.begin.longRead, do)
}

// Transaction runs do on a connection of its own, in a transaction that may take as
// long as it needs. All that do writes is committed, or with an error nothing.
func (e *Engine) Transaction(ctx context.Context, do func(context.Context, *Conn) error) error {
	return e.long(ctx, Writing, e.begin.longWrite, func(ctx context.Context, c *Conn) error {
		if err := do(ctx, c); err != nil {
			return err
		}
		if _, err := c.Control(c.stmtContext(ctx), "COMMIT"); err != nil {
			return &CommitError{Err: err}
		}
		return nil
	})
}

// CommitError reports that a transaction failed at its very end. When the
// connection broke there, it may have been committed all the same.
type CommitError struct{ Err error }

func (e *CommitError) Error() string { return "commit: " + e.Err.Error() }

func (e *CommitError) Unwrap() error { return e.Err }

func (e *Engine) long(ctx context.Context, p Purpose, begin string, do func(context.Context, *Conn) error) error {
	c, err := e.Connect(ctx, p)
	if err != nil {
		return e.OpenError(err)
	}
	defer c.Close()
	if _, err := c.Control(c.stmtContext(ctx), begin); err != nil {
		return e.OpenError(err)
	}
	defer c.Control(context.WithoutCancel(ctx), "ROLLBACK") // fails, as it should, after the commit
	return do(ctx, c)
}

// Renumber makes new orders get numbers behind those that were written with
// their own.
func (e *Engine) Renumber(ctx context.Context, c *Conn) error {
	if e.numberBehind == "" {
		return nil
	}
	_, err := c.Control(ctx, e.numberBehind)
	return err
}

// EngineOptions are the settings of an engine. All are optional.
type EngineOptions struct {
	// OwnClock says that times come from a clock of the caller's, so the clock of
	// the machine need not agree with the database's.
	OwnClock bool

	// Connect stands between the store and a SQLite database, for tests.
	Connect func(driver.Connector) driver.Connector
}

// EngineFor chooses the engine by the look of the address.
func EngineFor(where string, o EngineOptions) (e *Engine, dir string, err error) {
	if IsPostgres(where) {
		e, err = NewPostgres(where, o)
		return e, "", err
	}
	if strings.Contains(where, "://") {
		return nil, "", badAddress("it begins neither with postgres:// nor with postgresql://")
	}
	if dir, err = filepath.Abs(where); err != nil {
		return nil, "", OpenError(where, err)
	}
	e = NewSQLite(filepath.Join(dir, FileName))
	if o.Connect != nil {
		e.OpenPool = func(p Purpose) *sql.DB { return poolOf(o.Connect(connectorOf(e.Path, p))) }
	}
	return e, dir, nil
}
