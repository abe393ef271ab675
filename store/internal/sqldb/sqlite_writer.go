package sqldb

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Bounds of the writer.
const (
	maxBatch = 128  // commands in one commit: a commit's flush is shared well by then
	maxQueue = 1024 // commands waiting; others wait to be queued, where their context still counts

	// WriteTries are made where another process holds the database; each has
	// waited the busy timeout already.
	WriteTries = 3
	retryPause = 10 * time.Millisecond // between tries, times the number of the try
)

// Writer is the one goroutine that changes the database. It takes the first
// command that waits and whatever else is waiting by then, never waits for
// company, and commits them together: one flush to the disk serves them all.
// Each command runs in a savepoint of its own, so that one that fails takes
// nothing else with it. Answers are given after the commit.
type Writer struct {
	engine  *Engine
	Conn    *Conn
	files   *identity
	log     *slog.Logger
	queue   chan *command
	quit    chan struct{}
	stopped chan struct{}
	Commits atomic.Int64
}

// command is a change that waits for the writer. It carries its caller's
// context because it crosses to another goroutine.
type command struct {
	ctx   context.Context
	run   func(context.Context, *Conn) error
	taken atomic.Bool // by the writer, or by a caller that no longer waits
	done  chan error
}

func newWriter(e *Engine, c *Conn, files *identity, log *slog.Logger) *Writer {
	w := &Writer{
		engine: e, Conn: c, files: files, log: log,
		queue: make(chan *command, maxQueue), quit: make(chan struct{}), stopped: make(chan struct{}),
	}
	go w.loop()
	return w
}

func errStopping() error {
	return order.Errorf(order.Unavailable, "stopping", "The store is being closed.")
}

// Do hands run to the writer and waits until it is committed. When ctx ends
// before the writer has begun, nothing is written; once it has begun, Do waits
// for the outcome. So an error means that nothing was written, save where the
// disk failed in the commit itself; then only a look at the store can tell.
func (w *Writer) Do(ctx context.Context, run func(context.Context, *Conn) error) error {
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

// Waiting is how many commands wait for the writer.
func (w *Writer) Waiting() int { return len(w.queue) }

// outcome waits for a command that the writer has begun, or may have left
// behind when it stopped.
func (w *Writer) outcome(c *command) error {
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

func (w *Writer) loop() {
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

// Close commits what is waiting and ends the writer.
func (w *Writer) Close() error {
	close(w.quit)
	<-w.stopped
	return w.Conn.Close()
}

// collect takes first and what else is waiting. A command whose caller has
// gone is left out.
func (w *Writer) collect(first *command) []*command {
	var batch []*command
	take := func(c *command) {
		switch {
		case !c.taken.CompareAndSwap(false, true):
		case c.ctx.Err() != nil:
			c.done <- c.ctx.Err()
		default:
			batch = append(batch, c)
		}
	}
	for take(first); len(batch) < maxBatch; {
		select {
		case c := <-w.queue:
			take(c)
		default:
			return batch
		}
	}
	return batch
}

// commit runs a batch until it is committed or there is no hope, and answers.
func (w *Writer) commit(batch []*command) {
	if len(batch) == 0 {
		return
	}
	answers, err := w.try(batch)
	for i := 1; err != nil && w.engine.Busy(err) && i < WriteTries; i++ {
		time.Sleep(time.Duration(i) * retryPause)
		answers, err = w.try(batch)
	}
	var lost *lostTransactionError
	if errors.As(err, &lost) && len(batch) > 1 {
		for i := range batch {
			w.commit(batch[i : i+1])
		}
		return
	}
	w.Commits.Add(1)
	for i, c := range batch {
		if err != nil {
			c.done <- err
			continue
		}
		c.done <- answers[i]
	}
}

// lostTransactionError reports that the database gave up the transaction because of one
// command, as it does when the disk is full. The others deserve their own try.
type lostTransactionError struct{ err error }

func (e *lostTransactionError) Error() string { return "transaction lost: " + e.err.Error() }

func (e *lostTransactionError) Unwrap() error { return e.err }

// try runs a batch in one transaction. With an error nothing was written;
// without, the answers say how each command fared.
func (w *Writer) try(batch []*command) (answers []error, err error) {
	defer func() { w.engine.Tried(err) }()
	ctx := context.Background()
	if err := w.files.verify(ctx); err != nil {
		return nil, err
	}
	if _, err := w.Conn.Exec(ctx, w.engine.begin.write); err != nil {
		return nil, err
	}
	answers = make([]error, len(batch))
	for i, c := range batch {
		if answers[i], err = w.one(c); err != nil {
			w.Conn.Exec(ctx, "ROLLBACK")
			return nil, err
		}
	}
	begin := time.Now()
	if _, err := w.Conn.Exec(ctx, "COMMIT"); err != nil {
		w.Conn.Exec(ctx, "ROLLBACK")
		return nil, err
	}
	w.engine.Meter.committed(time.Since(begin))
	// What was committed into a file that is no longer found there must not be
	// acknowledged; where the file comes back, a repeat finds it done.
	if err := w.files.verify(ctx); err != nil {
		return nil, err
	}
	return answers, nil
}

// one runs a command in its savepoint. answer is what its caller gets if the
// batch commits; err means that the batch cannot.
func (w *Writer) one(c *command) (answer, err error) {
	ctx := context.WithoutCancel(c.ctx)
	if _, err := w.Conn.Exec(ctx, "SAVEPOINT command"); err != nil {
		return nil, err
	}
	answer = recovered(ctx, w.log, w.Conn, c.run)
	if answer == nil {
		_, err := w.Conn.Exec(ctx, "RELEASE command")
		return nil, err
	}
	if w.engine.Busy(answer) {
		return nil, answer
	}
	if _, err := w.Conn.Exec(ctx, "ROLLBACK TO command"); err != nil {
		return nil, &lostTransactionError{answer}
	}
	if _, err := w.Conn.Exec(ctx, "RELEASE command"); err != nil {
		return nil, &lostTransactionError{answer}
	}
	return answer, nil
}

// Bounds of the write-ahead log. A checkpoint costs two flushes and many
// writes, so they are rare, and apart from the writer; but a log that grows
// makes every reader slower and a restart longer.
const (
	checkpointEvery   = time.Second      // how often the checkpointer looks at the log and at the files' names
	checkpointCommits = 500              // commits after which it moves the log into the database
	checkpointIdle    = 30 * time.Second // or this long after the last time, if anything was written
	maxLog            = 64 << 20         // bytes of log beyond which it is cut, waiting for readers
	alarmLog          = 4 * maxLog       // bytes at which the operator is warned: a reader never ends
)

// Checkpointer keeps the write-ahead log small from a connection of its own.
type Checkpointer struct {
	engine  *Engine
	Conn    *Conn
	writer  *Writer
	log     *slog.Logger
	space   *spaceWatch
	quit    chan struct{}
	stopped chan struct{}
}

func newCheckpointer(ctx context.Context, e *Engine, w *Writer, log *slog.Logger) (*Checkpointer, error) {
	k := &Checkpointer{engine: e, writer: w, log: log,
		space: &spaceWatch{path: e.Path, disk: DiskSpace, log: log},
		quit:  make(chan struct{}), stopped: make(chan struct{})}
	var err error
	if k.Conn, err = e.Connect(ctx, Checkpointing); err != nil {
		return nil, err
	}
	go k.loop()
	return k, nil
}

func (k *Checkpointer) loop() {
	defer close(k.stopped)
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	seen, last := k.writer.Commits.Load(), time.Now()
	var looked time.Time // at the disk
	for {
		select {
		case <-k.quit:
			return
		case <-tick.C:
		}
		k.writer.files.verify(context.Background()) // logs what it finds
		if now := time.Now(); now.Sub(looked) >= spaceEvery {
			k.space.look(context.Background(), now)
			looked = now
		}
		commits := k.writer.Commits.Load()
		if commits-seen >= checkpointCommits || commits > seen && time.Since(last) >= checkpointIdle {
			k.Checkpoint(context.Background())
			seen, last = commits, time.Now()
		}
	}
}

// Checkpoint moves the log into the database beside the writer, and cuts it when
// it has grown all the same.
func (k *Checkpointer) Checkpoint(ctx context.Context) {
	left, err := k.engine.Checkpoint(ctx, k.Conn, "PASSIVE")
	if err == nil && left > maxLog {
		left, err = k.engine.Checkpoint(ctx, k.Conn, "TRUNCATE")
	}
	switch {
	case err != nil && !k.engine.Busy(err):
		k.log.ErrorContext(ctx, "checkpoint failed", "err", err)
	case left > alarmLog:
		k.log.WarnContext(ctx, "the write-ahead log cannot be cut: some reader does not end", "bytes", left)
	}
}

// Close ends the checkpointer.
func (k *Checkpointer) Close() error {
	close(k.quit)
	<-k.stopped
	return k.Conn.Close()
}
