package sqldb

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

// Conn is one connection. Where the driver does not do so itself it prepares
// each statement when it is first used, because preparing costs as much as
// running. It serves one goroutine at a time.
type Conn struct {
	pool        *sql.DB // made for this connection alone, or nil
	SQL         *sql.Conn
	statements  map[string]*sql.Stmt // nil where the driver prepares
	stmtContext func(context.Context) context.Context
}

func (c *Conn) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := c.statements[query]; s != nil {
		return s, nil
	}
	s, err := c.SQL.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	c.statements[query] = s
	return s, nil
}

// Exec runs a statement and returns the number of rows that it changed.
func (c *Conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := checkTexts(args); err != nil {
		return 0, err
	}
	res, err := c.run(c.stmtContext(ctx), query, args)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (c *Conn) run(ctx context.Context, query string, args []any) (sql.Result, error) {
	if c.statements == nil {
		return c.SQL.ExecContext(ctx, query, args...)
	}
	s, err := c.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// Control runs statements that return no rows: one message, one answer.
func (c *Conn) Control(ctx context.Context, text string) (int64, error) {
	res, err := c.SQL.ExecContext(ctx, text)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Get reads at most one row into dest; found is false when there is none.
func (c *Conn) Get(ctx context.Context, query string, args []any, dest ...any) (found bool, err error) {
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

// Each reads rows one by one into dest and calls row after each. The rows are
// closed when it returns, so nothing that is slow may happen in row.
func (c *Conn) Each(ctx context.Context, query string, args, dest []any, row func()) error {
	return c.Walk(ctx, query, args, dest, func() error { row(); return nil })
}

// Walk is Each for long readings: an error of row ends it, and so does the end
// of the caller's context where the statement itself is shielded from it.
func (c *Conn) Walk(ctx context.Context, query string, args, dest []any, row func() error) error {
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
func (c *Conn) rows(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if err := checkTexts(args); err != nil {
		if strings.HasPrefix(query, "SELECT") {
			return nil, nil // no row holds what cannot be stored
		}
		return nil, err
	}
	ctx = c.stmtContext(ctx)
	if c.statements == nil {
		return c.SQL.QueryContext(ctx, query, args...)
	}
	s, err := c.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// Close ends the connection, and the pool that was made for it alone.
func (c *Conn) Close() error {
	for _, s := range c.statements {
		s.Close()
	}
	err := c.SQL.Close()
	if c.pool != nil {
		err = errors.Join(err, c.pool.Close())
	}
	return err
}

// checkTexts refuses a text that one of the engines could not store: PostgreSQL
// takes neither the character NUL nor bytes that are not UTF-8, and a store
// must not take on one engine what it refuses on another. What is stored as JSON
// cannot hold either.
func checkTexts(args []any) error {
	for _, a := range args {
		if s, ok := a.(string); ok && (strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s)) {
			return order.Errorf(order.Invalid, "text-unkeepable", "A text has a character that cannot be stored: %q.",
				order.Truncate(s)).
				WithHint("Send UTF-8 without the character NUL.")
		}
	}
	return nil
}

// Micros returns a time as it is stored: microseconds since 1970, 0 for the zero time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// FromMicros returns the time of what Micros has written.
func FromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// RoundToMicros returns a time as it comes back from the store.
func RoundToMicros(t time.Time) time.Time { return FromMicros(Micros(t)) }

// recovered runs one change and turns a panic into its error: what runs changes
// serves everybody and must outlive it.
func recovered(ctx context.Context, log *slog.Logger, c *Conn, run func(context.Context, *Conn) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			log.ErrorContext(ctx, "a change panicked and was undone", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("a change panicked: %v", p)
		}
	}()
	return run(ctx, c)
}

// RacedError reports that what was read before the write was no longer true when the
// write came. The same work, done again, sees what was written meanwhile.
type RacedError struct{ What string }

func (e *RacedError) Error() string { return "taken by another writer meanwhile: " + e.What }
