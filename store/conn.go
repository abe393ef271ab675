package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// conn is one connection. Where the driver does not do so itself it prepares
// each statement when it is first used, because preparing costs as much as
// running. It serves one goroutine at a time.
type conn struct {
	pool   *sql.DB // made for this connection alone, or nil
	sql    *sql.Conn
	kept   map[string]*sql.Stmt // nil where the driver prepares
	shield func(context.Context) context.Context
}

func (c *conn) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := c.kept[query]; s != nil {
		return s, nil
	}
	s, err := c.sql.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	c.kept[query] = s
	return s, nil
}

// exec runs a statement and gives the number of rows that it changed.
func (c *conn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := checkTexts(args); err != nil {
		return 0, err
	}
	res, err := c.run(c.shield(ctx), query, args)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (c *conn) run(ctx context.Context, query string, args []any) (sql.Result, error) {
	if c.kept == nil {
		return c.sql.ExecContext(ctx, query, args...)
	}
	s, err := c.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// get reads at most one row into dest; found is false when there is none.
func (c *conn) get(ctx context.Context, query string, args []any, dest ...any) (found bool, err error) {
	rows, err := c.rows(ctx, query, args)
	if err != nil || rows == nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, rows.Err()
	}
	if err := rows.Scan(dest...); err != nil {
		return false, err
	}
	return true, rows.Close()
}

// each reads rows one by one into dest and calls row after each. The rows are
// closed when it returns, so nothing that is slow may happen in row.
func (c *conn) each(ctx context.Context, query string, args, dest []any, row func()) error {
	return c.walk(ctx, query, args, dest, func() error { row(); return nil })
}

// walk is each for long readings: an error of row ends it, and so does the end
// of the caller's context where the statement itself is shielded from it.
func (c *conn) walk(ctx context.Context, query string, args, dest []any, row func() error) error {
	rows, err := c.rows(ctx, query, args)
	if err != nil || rows == nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := row(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// rows runs a query; nil means that there can be no rows.
func (c *conn) rows(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if err := checkTexts(args); err != nil {
		if strings.HasPrefix(query, "SELECT") {
			return nil, nil // no row holds what cannot be kept
		}
		return nil, err
	}
	ctx = c.shield(ctx)
	if c.kept == nil {
		return c.sql.QueryContext(ctx, query, args...)
	}
	s, err := c.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (c *conn) close() error {
	for _, s := range c.kept {
		s.Close()
	}
	err := c.sql.Close()
	if c.pool != nil {
		err = errors.Join(err, c.pool.Close())
	}
	return err
}

// maxReaders is how many connections read at once: more than the cores of a
// small machine brings nothing, as was measured, and each has its own cache.
const maxReaders = 4

// readers are the connections that only read.
type readers struct {
	engine *engine
	idle   chan *conn
	quit   chan struct{}
}

func newReaders(ctx context.Context, e *engine) (*readers, error) {
	r := &readers{engine: e, idle: make(chan *conn, maxReaders), quit: make(chan struct{})}
	for range maxReaders {
		c, err := e.connect(ctx, reading)
		if err != nil {
			r.drain(len(r.idle))
			return nil, err
		}
		r.idle <- c
	}
	return r, nil
}

// do runs read inside one transaction, so that it sees one state.
func (r *readers) do(ctx context.Context, read func(context.Context, *conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var c *conn
	select {
	case c = <-r.idle:
	case <-ctx.Done():
		return ctx.Err()
	case <-r.quit:
		return errStopping()
	}
	defer func() { r.idle <- c }()
	if _, err := c.exec(ctx, r.engine.beginRead); err != nil {
		return err
	}
	defer c.exec(ctx, "ROLLBACK")
	return read(ctx, c)
}

// close waits for the readers that are at work and ends them all.
func (r *readers) close() error {
	close(r.quit)
	return r.drain(maxReaders)
}

func (r *readers) drain(n int) (err error) {
	for range n {
		err = errors.Join(err, (<-r.idle).close())
	}
	return err
}

// checkTexts refuses a text that one of the engines could not keep: PostgreSQL
// takes neither the character NUL nor bytes that are not UTF-8, and a store
// must not take on one engine what it refuses on another. What is kept as JSON
// cannot hold either.
func checkTexts(args []any) error {
	for _, a := range args {
		if s, ok := a.(string); ok && (strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s)) {
			return order.Errorf(order.Invalid, "text-unkeepable", "A text has a character that cannot be kept: %q.", order.Cut(s)).
				WithHint("Send UTF-8 without the character NUL.")
		}
	}
	return nil
}

// micros is how a time is kept: microseconds since 1970, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// kept is a time as it comes back from the store.
func kept(t time.Time) time.Time { return fromMicros(micros(t)) }

// guarded runs one change and turns a panic into its error: what runs changes
// serves everybody and must outlive it.
func guarded(ctx context.Context, log *slog.Logger, c *conn, run func(context.Context, *conn) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			log.ErrorContext(ctx, "a change panicked and was undone", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("a change panicked: %v", p)
		}
	}()
	return run(ctx, c)
}

// racedError tells that a look before the write was true no longer when the
// write came. The same work, done again, sees what was written meanwhile.
type racedError struct{ what string }

func (e *racedError) Error() string { return "taken by another writer meanwhile: " + e.what }
