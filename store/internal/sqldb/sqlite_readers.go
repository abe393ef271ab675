package sqldb

import (
	"context"
	"errors"
)

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
