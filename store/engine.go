package store

import (
	"context"
	"database/sql"
	"time"
)

// engine is everything that differs between databases.
type engine struct {
	name    string
	version string
	path    string // the file or address of the database
	steps   []step // the schema, in order

	// hasMeta counts the tables called meta: 0 in a database without schema.
	hasMeta string

	// prepare checks that the database may be used, and makes it if missing.
	prepare func(context.Context) error

	// open gives a pool for one purpose, and check reads back that a
	// connection of it has the settings on which our promises rest.
	open  func(purpose) *sql.DB
	check func(context.Context, *conn, purpose) error

	// begin starts a transaction that writes, beginRead one that reads.
	begin, beginRead string

	// shield gives the context that statements run under. An interrupted
	// statement would take the whole batch of a SQLite writer with it, so
	// there the caller's context ends at the door.
	shield func(context.Context) context.Context

	// busy reports that the same work may succeed if done again, unique that
	// a value that must be unique is there already.
	busy, unique func(error) bool

	// explain gives the words for a fault of the database, or nil.
	explain func(error) *fault

	// checkpoint moves what the log holds into the database proper and tells
	// how many bytes the log still has; nil where the database does it alone.
	checkpoint func(ctx context.Context, c *conn, how string) (left int64, err error)
}

// purpose tells what a connection is for.
type purpose int

const (
	writing purpose = iota
	reading
	keeping // checkpoints
)

// A database that another process is just making, or closing as the last one,
// is busy for a moment whatever the busy timeout says.
const (
	connectTries = 100
	connectPause = 50 * time.Millisecond
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
	for range connectTries {
		if err = do(); err == nil || !e.busy(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(connectPause):
		}
	}
	return err
}

func (e *engine) connectOnce(ctx context.Context, p purpose) (*conn, error) {
	pool := e.open(p)
	c, err := pool.Conn(ctx)
	if err != nil {
		pool.Close()
		return nil, err
	}
	kept := &conn{pool: pool, sql: c, shield: e.shield, kept: map[string]*sql.Stmt{}}
	if err := e.check(ctx, kept, p); err != nil {
		kept.close()
		return nil, err
	}
	return kept, nil
}
