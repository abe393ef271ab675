package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// Bounds of a pool's patience. A database that fails over is away for 20 to 30
// seconds, as was measured with Patroni; a change is worth waiting for that,
// and a reader rather asks again.
const (
	WritePatience  = 45 * time.Second
	readPatience   = 15 * time.Second
	maxTransaction = 5 * time.Second  // the life of a transaction; its locks are others' waits
	acquireLimit   = 5 * time.Second  // waiting for a free connection in one try
	commitLimit    = 5 * time.Second  // waiting for the answer to a commit before asking another way
	AbandonAfter   = 60 * time.Second // an unanswered commit keeps its connection this long, past every retry
	rollbackLimit  = time.Second      // a living server answers at once
	firstPause     = 10 * time.Millisecond
	longestPause   = 500 * time.Millisecond // so that work goes on soon after the database is back
	raceTries      = 8                      // a look before the write that others keep making untrue
)

// Pool runs each change or reading in a transaction of its own, side by side
// with others, and again when the database was away.
type Pool struct {
	engine   *Engine
	sql      *sql.DB
	begin    string
	writes   bool
	Patience time.Duration // how long work is tried
	Answer   time.Duration // how long a commit is waited for before asking another way
	Abandon  time.Duration // how long its connection stays open
	log      *slog.Logger

	quit   chan struct{}
	mu     sync.Mutex // guards closed, and that no caller enters after it
	closed bool
	inside sync.WaitGroup
}

func newPool(e *Engine, p Purpose, begin string, log *slog.Logger) *Pool {
	patience := readPatience
	if p == Writing {
		patience = WritePatience
	}
	return &Pool{engine: e, sql: e.OpenPool(p), begin: begin, writes: p == Writing, Patience: patience,
		Answer: commitLimit, Abandon: AbandonAfter, log: log, quit: make(chan struct{})}
}

// Do runs run until it is committed or there is no hope. An error means that
// nothing was written, save where it is store-busy after a commit that was not
// answered: then only a read of the store can tell.
func (p *Pool) Do(ctx context.Context, run func(context.Context, *Conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !p.enter() {
		return errStopping()
	}
	defer p.inside.Done()
	limit, cancel := context.WithTimeout(ctx, p.Patience)
	defer cancel()
	t := newTask(run)
	var last error
	for try := 0; ; try++ {
		err := p.attempt(limit, t)
		p.engine.Tried(err)
		if !errors.Is(err, context.DeadlineExceeded) || last == nil {
			last = err
		}
		if !p.again(err, try) || !p.pause(limit, try) {
			return outcome(ctx, limit, last)
		}
	}
}

func (p *Pool) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.inside.Add(1)
	}
	return !p.closed
}

// again reports whether the same work may succeed if done again.
func (p *Pool) again(err error, try int) bool {
	var raced *RacedError
	switch {
	case err == nil:
		return false
	case p.engine.Unique(err), errors.As(err, &raced):
		return try < raceTries
	}
	return p.engine.Busy(err)
}

// pause waits before the next try, the longer the more there were, and not as
// long as others that failed at the same moment.
func (p *Pool) pause(ctx context.Context, try int) bool {
	pause := min(firstPause<<min(try, 10), longestPause)
	pause = pause/2 + rand.N(pause)
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-p.quit:
	}
	return false
}

// outcome is what the caller gets: the end of its own context as such, and the
// end of our patience as what the database said.
func outcome(ctx, limit context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded) && limit.Err() != nil:
		return &awayError{err}
	}
	return err
}

// Close waits for what is at work and ends the connections. Work that waits
// for the database to come back is given up.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	close(p.quit)
	p.inside.Wait()
	return p.sql.Close()
}
