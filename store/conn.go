package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// conn is one connection with its statements, each prepared when it is first
// used: preparing costs as much as running. It serves one goroutine at a time.
type conn struct {
	pool   *sql.DB
	sql    *sql.Conn
	kept   map[string]*sql.Stmt
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
	ctx = c.shield(ctx)
	s, err := c.stmt(ctx, query)
	if err != nil {
		return 0, err
	}
	res, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// get reads at most one row into dest; found is false when there is none.
func (c *conn) get(ctx context.Context, query string, args []any, dest ...any) (found bool, err error) {
	ctx = c.shield(ctx)
	s, err := c.stmt(ctx, query)
	if err != nil {
		return false, err
	}
	err = s.QueryRowContext(ctx, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// each reads rows one by one into dest and calls row after each. The rows are
// closed when it returns, so nothing that is slow may happen in row.
func (c *conn) each(ctx context.Context, query string, args, dest []any, row func()) error {
	ctx = c.shield(ctx)
	s, err := c.stmt(ctx, query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		row()
	}
	return rows.Err()
}

func (c *conn) close() error {
	for _, s := range c.kept {
		s.Close()
	}
	return errors.Join(c.sql.Close(), c.pool.Close())
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
