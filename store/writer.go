package store

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Bounds of the writer.
const (
	maxBatch   = 128                   // commands in one commit: a commit's flush is shared well by then, and nobody waits for more
	maxQueue   = 1024                  // commands waiting; beyond it callers wait at the door, where their context still counts
	writeTries = 3                     // another process may hold the database; each try has waited the busy timeout already
	retryPause = 10 * time.Millisecond // between tries, times the number of the try
)

// writer is the one goroutine that changes the database. It takes the first
// command that waits and whatever else is waiting by then, never waits for
// company, and commits them together: one flush to the disk serves them all.
// Each command runs in a savepoint of its own, so that one that fails takes
// nothing else with it. Answers are given after the commit.
type writer struct {
	engine  *engine
	conn    *conn
	files   *identity
	log     *slog.Logger
	queue   chan *command
	quit    chan struct{}
	stopped chan struct{}
	commits atomic.Int64
}

// command is a change that waits for the writer. It carries its caller's
// context because it crosses to another goroutine.
type command struct {
	ctx   context.Context
	run   func(context.Context, *conn) error
	taken atomic.Bool // by the writer, or by a caller that no longer waits
	done  chan error
}

func newWriter(e *engine, c *conn, files *identity, log *slog.Logger) *writer {
	w := &writer{
		engine: e, conn: c, files: files, log: log,
		queue: make(chan *command, maxQueue), quit: make(chan struct{}), stopped: make(chan struct{}),
	}
	go w.loop()
	return w
}

func errStopping() error {
	return order.Errorf(order.Unavailable, "stopping", "The store is being closed.")
}

// do hands run to the writer and waits until it is committed. When ctx ends
// before the writer has begun, nothing is written; once it has begun, do waits
// for the outcome. So an error means that nothing was kept, save where the disk
// failed in the commit itself; then only a look at the store can tell.
func (w *writer) do(ctx context.Context, run func(context.Context, *conn) error) error {
	c := &command{ctx: ctx, run: run, done: make(chan error, 1)}
	select {
	case w.queue <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stopped:
		return errStopping()
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		if c.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
	case <-w.stopped:
	}
	return w.outcome(c)
}

// outcome waits for a command that the writer has begun, or may have left
// behind when it stopped.
func (w *writer) outcome(c *command) error {
	select {
	case err := <-c.done:
		return err
	case <-w.stopped:
	}
	select {
	case err := <-c.done:
		return err
	default:
		return errStopping()
	}
}

func (w *writer) loop() {
	defer close(w.stopped)
	for {
		select {
		case c := <-w.queue:
			w.commit(w.collect(c))
			continue
		case <-w.quit:
		}
		select {
		case c := <-w.queue:
			w.commit(w.collect(c))
		default:
			return
		}
	}
}

// close commits what is waiting and ends the writer.
func (w *writer) close() error {
	close(w.quit)
	<-w.stopped
	return w.conn.close()
}
