package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/bookgate/bookgate/order"
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

// task is work that is done until it is committed. Its id is stored in the
// transaction (table commits). When the answer to a commit was lost, the next
// attempt begins by keeping the same id: that waits for the lost transaction
// where it still goes on, and fails where it was committed. So nothing is done
// twice, and what run has returned to its caller is what was committed.
type task struct {
	run           func(context.Context, *Conn) error
	id            order.ID
	commitUnknown bool // an earlier commit had no answer
}

func newTask(run func(context.Context, *Conn) error) *task {
	return &task{run: run, id: order.NewID(time.Now())}
}

// attempt runs a task in one transaction.
func (p *Pool) attempt(ctx context.Context, t *task) error {
	free, cancel := context.WithTimeout(ctx, acquireLimit)
	defer cancel()
	sc, err := p.sql.Conn(free)
	if err != nil {
		return awayOnLimit(ctx, free, err)
	}
	c := &Conn{SQL: sc, stmtContext: callerContext}
	life, cancelLife := context.WithTimeout(ctx, maxTransaction)
	defer cancelLife()
	err = p.transact(life, c, t)
	if errors.Is(err, errUnanswered) {
		return &awayError{err} // the connection is left to the goroutine that waits for it
	}
	if err != nil {
		p.undo(ctx, c, err)
	}
	sc.Close()
	return awayOnLimit(ctx, life, err)
}

// awayOnLimit turns the end of a limit of our own into what it means.
func awayOnLimit(ctx, limit context.Context, err error) error {
	if err != nil && limit.Err() != nil && ctx.Err() == nil {
		return &awayError{err}
	}
	return err
}

// transact takes a task from begin to commit, if it was not committed before.
//
// A task that would change something and found nothing to change is committed
// like the others. A server that crashed and came back shows what it had
// written, also what no standby has yet; the commit waits until the standby has
// that too. So no caller learns that an order is there already which the next
// failover would lose.
func (p *Pool) transact(ctx context.Context, c *Conn, t *task) error {
	if _, err := c.Control(ctx, p.begin); err != nil {
		return err
	}
	if t.commitUnknown {
		added, err := c.Control(ctx, "INSERT INTO commits (id) VALUES ('"+string(t.id)+"') ON CONFLICT DO NOTHING")
		if err != nil {
			return err
		}
		if added == 0 {
			return p.confirmCommit(ctx, c, t)
		}
	}
	if err := recovered(ctx, p.log, c, t.run); err != nil {
		return err
	}
	if !p.writes {
		_, err := c.Control(ctx, "COMMIT")
		return err
	}
	return p.commit(ctx, c, t)
}

// confirmCommit ends a task that was found committed. Only a transaction that writes
// waits for the standby, and its wait covers all that was written before.
func (p *Pool) confirmCommit(ctx context.Context, c *Conn, t *task) error {
	if _, err := c.Control(ctx, "UPDATE commits SET id = id WHERE id = '"+string(t.id)+"'"); err != nil {
		return err
	}
	return p.commit(ctx, c, t)
}

var errUnanswered = errors.New("the commit got no answer")

// commit ends a transaction. A standby that must confirm it may keep the
// server waiting, and giving up that wait would make a change visible that the
// standby lacks; so no limit of the statement holds here and nothing is
// cancelled: the connection goes on waiting by itself, and when it is abandoned
// the server goes on.
func (p *Pool) commit(ctx context.Context, c *Conn, t *task) error {
	text := "SET LOCAL statement_timeout = 0; COMMIT"
	if !t.commitUnknown {
		text = "INSERT INTO commits (id) VALUES ('" + string(t.id) + "'); " + text
	}
	t.commitUnknown = true
	patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.Abandon)
	answer, begin := make(chan error, 1), time.Now()
	go func() {
		defer cancel()
		answer <- c.uncancelled(patient, text)
	}()
	timer := time.NewTimer(p.Answer)
	defer timer.Stop()
	select {
	case err := <-answer:
		if err == nil {
			p.engine.Meter.committed(time.Since(begin))
		}
		return err
	case <-timer.C:
		go func() { <-answer; c.SQL.Close() }()
		return errUnanswered
	}
}

// undo ends a transaction that was not committed, and drops a connection that
// leads to the wrong server.
func (p *Pool) undo(ctx context.Context, c *Conn, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackLimit)
	defer cancel()
	c.Control(ctx, "ROLLBACK")
	if unusable(err) {
		c.SQL.Raw(func(any) error { return driver.ErrBadConn })
	}
}

// cancelGuard dials for one connection: first to make it, and from then on
// whenever the driver asks the server to cancel what the connection is at. It does
// that when a context ends, and also when an answer does not come for any other
// reason. A commit that waits for its standby would then become visible without
// it, and the next failover would take back what readers have seen; so while
// the connection commits, nothing is dialled.
type cancelGuard struct {
	dial       pgconn.DialFunc
	committing atomic.Bool
}

// cancelGuardKey is where a connection has its guard.
const cancelGuardKey = "cancel-guard"

// guardCancel makes a guard for the connection that is about to be made.
func guardCancel(_ context.Context, config *pgx.ConnConfig) error {
	g := &cancelGuard{dial: config.DialFunc}
	config.DialFunc = g.call
	config.AfterConnect = func(_ context.Context, c *pgconn.PgConn) error {
		c.CustomData()[cancelGuardKey] = g
		return nil
	}
	return nil
}

var errCommitting = errors.New("a commit is not cancelled")

func (g *cancelGuard) call(ctx context.Context, network, address string) (net.Conn, error) {
	if g.committing.Load() {
		return nil, errCommitting
	}
	return g.dial(ctx, network, address)
}

// uncancelled runs a commit. If it fails, what became of the connection is not
// known, and it stays as it is: it is never asked to cancel anything again.
func (c *Conn) uncancelled(ctx context.Context, text string) error {
	var g *cancelGuard
	err := c.SQL.Raw(func(driver any) error {
		g = driver.(*stdlib.Conn).Conn().PgConn().CustomData()[cancelGuardKey].(*cancelGuard)
		return nil
	})
	if err != nil {
		return err
	}
	g.committing.Store(true)
	if _, err := c.Control(ctx, text); err != nil {
		return err
	}
	g.committing.Store(false)
	return nil
}
