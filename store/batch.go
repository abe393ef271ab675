package store

import (
	"context"
	"errors"
	"time"
)

// collect takes first and what else is waiting. A command whose caller has
// gone is left out.
func (w *writer) collect(first *command) []*command {
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
func (w *writer) commit(batch []*command) {
	if len(batch) == 0 {
		return
	}
	answers, err := w.try(batch)
	for i := 1; err != nil && w.engine.busy(err) && i < writeTries; i++ {
		time.Sleep(time.Duration(i) * retryPause)
		answers, err = w.try(batch)
	}
	var lost *lostError
	if errors.As(err, &lost) && len(batch) > 1 {
		for i := range batch {
			w.commit(batch[i : i+1])
		}
		return
	}
	w.commits.Add(1)
	for i, c := range batch {
		if err != nil {
			c.done <- err
			continue
		}
		c.done <- answers[i]
	}
}

// lostError tells that the database gave up the transaction because of one
// command, as it does when the disk is full. The others deserve their own try.
type lostError struct{ err error }

func (e *lostError) Error() string { return "transaction lost: " + e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

// try runs a batch in one transaction. With an error nothing was kept;
// without, the answers say how each command fared.
func (w *writer) try(batch []*command) (answers []error, err error) {
	defer func() { w.engine.tried(err) }()
	ctx := context.Background()
	if err := w.files.verify(ctx); err != nil {
		return nil, err
	}
	if _, err := w.conn.exec(ctx, w.engine.begin); err != nil {
		return nil, err
	}
	answers = make([]error, len(batch))
	for i, c := range batch {
		if answers[i], err = w.one(c); err != nil {
			w.conn.exec(ctx, "ROLLBACK")
			return nil, err
		}
	}
	begin := time.Now()
	if _, err := w.conn.exec(ctx, "COMMIT"); err != nil {
		w.conn.exec(ctx, "ROLLBACK")
		return nil, err
	}
	w.engine.meter.committed(time.Since(begin))
	// What was committed into a file that is no longer found there must not be
	// acknowledged; where the file comes back, a repeat finds it done.
	if err := w.files.verify(ctx); err != nil {
		return nil, err
	}
	return answers, nil
}

// one runs a command in its savepoint. answer is what its caller gets if the
// batch commits; err means that the batch cannot.
func (w *writer) one(c *command) (answer, err error) {
	ctx := context.WithoutCancel(c.ctx)
	if _, err := w.conn.exec(ctx, "SAVEPOINT command"); err != nil {
		return nil, err
	}
	answer = guarded(ctx, w.log, w.conn, c.run)
	if answer == nil {
		_, err := w.conn.exec(ctx, "RELEASE command")
		return nil, err
	}
	if w.engine.busy(answer) {
		return nil, answer
	}
	if _, err := w.conn.exec(ctx, "ROLLBACK TO command"); err != nil {
		return nil, &lostError{answer}
	}
	if _, err := w.conn.exec(ctx, "RELEASE command"); err != nil {
		return nil, &lostError{answer}
	}
	return answer, nil
}
