package store

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

// engine is everything that differs between databases.
type engine struct {
	name    string
	version string
	path    string // the file or address of the database, without a password
	hint    string // what to look at when it cannot be opened
	steps   []step // the schema, in order

	// hasMeta counts the tables called meta: 0 in a database without schema.
	hasMeta string

	// hasSteps counts the tables called steps: 0 in a store of a schema before 6.
	hasSteps string

	// prepare checks that the database may be used, and makes it if missing.
	// find does the same and makes nothing: found is false when there is none.
	prepare func(context.Context) error
	find    func(context.Context) (found bool, err error)

	// claim keeps other processes from serving while the schema changes, and
	// secure keeps the store as it is before a step changes it. Either is nil
	// where the database, or its operator, has other ways. advice says what to
	// do before an existing store is changed, and with which command.
	claim  func() (release func(), err error)
	secure func(ctx context.Context, c *conn, before step) (copy string, err error)
	advice string

	// open gives a pool for one purpose, and check reads back that a
	// connection of it has the settings on which our promises rest.
	open  func(purpose) *sql.DB
	check func(context.Context, *conn, purpose) error

	// start makes what runs the transactions.
	start func(context.Context, *engine, *slog.Logger) (*works, error)

	// begin starts a transaction that writes, beginRead one that reads,
	// beginLook one that may take its time to read, and beginStep that of a
	// schema step, which others may want to take as well.
	begin, beginRead, beginLook, beginStep string

	// beginLong starts a transaction that writes much, beginLongRead one that
	// reads much: the limits of the others do not hold in them.
	beginLong, beginLongRead string

	// numberBehind makes the next n of a table follow the greatest one; empty
	// where it does so anyway.
	numberBehind string

	// can is what queries may use of the database.
	can capabilities

	// prepares tells that a connection prepares its statements itself; else
	// the driver does, or a pooler stands between that does not allow it.
	prepares bool

	// shield gives the context that statements run under. An interrupted
	// statement would take the whole batch of a SQLite writer with it, so
	// there the caller's context ends at the door.
	shield func(context.Context) context.Context

	// busy reports that the same work may succeed if done again, unique that
	// a value that must be unique is there already.
	busy, unique func(error) bool

	// broken reports that what was asked for is there and cannot be read.
	broken func(error) bool

	// explain gives the words for a fault of the database, or nil. lasting
	// reports of a database that cannot be opened that waiting is no help.
	explain func(error) *fault
	lasting func(error) bool

	// size is how many bytes the database takes.
	size func(context.Context, *conn) (int64, error)

	// overlap is how far behind the newest time of a party a change can still
	// become visible; see DB.Overlap.
	overlap time.Duration

	// meter counts how the engine is doing.
	meter *meter

	// checkpoint moves what the log holds into the database proper and tells
	// how many bytes the log still has; nil where the database does it alone.
	checkpoint func(ctx context.Context, c *conn, how string) (left int64, err error)
}

// capabilities are what queries may use of a database.
type capabilities struct {
	forUpdate      string // clause that locks the rows that a SELECT finds; "" where one writer has the database
	skipLocked     string // the same, passing over rows that another transaction has locked
	orderedUnion   bool   // an ordered UNION ALL needs help to merge its parts instead of sorting them
	keepsCommitIDs bool   // the ids of transactions are stored and have to be dropped when they are old
	vacuumInto     bool   // a copy of the whole database is one statement
}

// runner runs what is done in transactions of one purpose. What it is given
// may run more than once.
type runner interface {
	do(ctx context.Context, run func(context.Context, *conn) error) error
	close() error
}

// works are the running parts of an engine.
type works struct {
	reads, writes runner
	keeper        interface{ close() error } // nil where the database keeps its log itself
}

// close ends the parts: the keeper first, because it looks at the others, and
// the writer last. SQLite folds its log into the database when the last
// connection leaves, which one that only reads cannot do; whoever copied the
// database file alone after an orderly stop would miss the newest orders.
func (w *works) close() error {
	var kept error
	if w.keeper != nil {
		kept = w.keeper.close()
	}
	return errors.Join(kept, w.reads.close(), w.writes.close())
}

// purpose tells what a connection is for.
type purpose int

const (
	writing purpose = iota
	reading
	keeping // checkpoints
	looking // at any store, of whatever schema, without leaving a trace
)

// A database that another process is just making, or closing as the last one,
// is busy for a moment whatever the busy timeout says.
const (
	connectPatience = 5 * time.Second
	connectPause    = 50 * time.Millisecond
)

// connect opens one connection, checks its settings and keeps it.
func (e *engine) connect(ctx context.Context, p purpose) (c *conn, err error) {
	err = e.patiently(ctx, func() (err error) {
		c, err = e.connectOnce(ctx, p)
		return err
	})
	return c, err
}

func (e *engine) patiently(ctx context.Context, do func() error) (err error) {
	for deadline := time.Now().Add(connectPatience); ; {
		if err = do(); err == nil || !e.busy(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(connectPause):
		}
	}
}

func (e *engine) connectOnce(ctx context.Context, p purpose) (*conn, error) {
	pool := e.open(p)
	c, err := pool.Conn(ctx)
	if err != nil {
		pool.Close()
		return nil, err
	}
	kept := &conn{pool: pool, sql: c, shield: e.shield}
	if e.prepares {
		kept.kept = map[string]*sql.Stmt{}
	}
	if err := e.check(ctx, kept, p); err != nil {
		kept.close()
		return nil, err
	}
	return kept, nil
}

// engineOptions are what an engine can be told. All may be left out.
type engineOptions struct {
	// OwnClock says that times come from a clock of the caller's, so the clock of
	// the machine need not agree with the database's.
	OwnClock bool

	// Connect stands between the store and a SQLite database, for tests.
	Connect func(driver.Connector) driver.Connector
}

// engineFor chooses the engine by the look of the address.
func engineFor(where string, o engineOptions) (e *engine, dir string, err error) {
	if isPostgres(where) {
		e, err = newPostgres(where, o)
		return e, "", err
	}
	if strings.Contains(where, "://") {
		return nil, "", badAddress("it begins neither with postgres:// nor with postgresql://")
	}
	if dir, err = filepath.Abs(where); err != nil {
		return nil, "", openFault(where, err)
	}
	e = newSQLite(filepath.Join(dir, fileName))
	if o.Connect != nil {
		e.open = func(p purpose) *sql.DB { return poolOf(o.Connect(connectorOf(e.path, p))) }
	}
	return e, dir, nil
}
