package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// Job is work that one replica at a time does for all.
type Job struct {
	Name string

	// Every is the time from the end of one doing to the next.
	Every time.Duration

	// Lease is how long one doing may take. A replica that dies meanwhile
	// loses the job to the others when the lease ends.
	Lease time.Duration

	// Final marks what removes things for their age and cannot be undone. It
	// is not done by a clock that is not believed.
	Final bool

	// Do does it. place is what the last doing gave as next, 0 at first, in a
	// measure of the job's own; next is stored when there is no error. It may
	// be begun anew from the same place, so what it does must bear repeating.
	Do func(ctx context.Context, place int64) (next int64, err error)
}

// Bounds of looking for work.
const (
	jobStagger = 2 * time.Second // replicas that start together look one after the other
	jobJitter  = 10              // and each waits up to a tenth longer than it must
	jobRetry   = time.Minute     // after the store did not answer
	jobFinish  = 5 * time.Second // for writing down how a job went, also when the process stops
	jobDoubt   = time.Minute     // before the clock is looked at again
)

const (
	insertJob = `INSERT INTO chores (name, holder, lease, done, place) VALUES ($1, '', 0, 0, 0)
		ON CONFLICT (name) DO NOTHING`
	selectJob = `SELECT lease, done, place FROM chores WHERE name = $1`
	// What was read before stands in the condition: of two that found the
	// job free, the second finds it changed.
	claimJob   = `UPDATE chores SET holder = $1, lease = $2 WHERE name = $3 AND lease = $4 AND done = $5`
	finishJob  = `UPDATE chores SET lease = 0, done = $1, place = $2 WHERE name = $3 AND holder = $4 AND lease = $5`
	releaseJob = `UPDATE chores SET lease = 0 WHERE name = $1 AND holder = $2 AND lease = $3`
)

// RunJobs runs the jobs whenever they are due and no other replica has them,
// until ctx ends. What fails is logged and tried again.
func (db *DB) RunJobs(ctx context.Context, jobs ...Job) {
	var all sync.WaitGroup
	for _, j := range jobs {
		all.Go(func() { db.runPeriodically(ctx, j) })
	}
	all.Wait()
}

func (db *DB) runPeriodically(ctx context.Context, j Job) {
	for sleep(ctx, rand.N(jobStagger)) {
		wait, err := db.RunIfDue(ctx, j)
		if err != nil && ctx.Err() == nil {
			db.log.ErrorContext(ctx, "a job failed and will be tried again", "job", j.Name, "err", err)
			wait = max(wait, jobRetry)
		}
		if !sleep(ctx, wait+rand.N(wait/jobJitter+1)) {
			return
		}
	}
}

// sleep waits; false means that ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// RunIfDue is one step of RunJobs: it runs a job if it is due and free, and returns
// after how long to look at it again.
func (db *DB) RunIfDue(ctx context.Context, j Job) (wait time.Duration, err error) {
	if j.Final {
		if why, err := db.doubts(ctx); err != nil || why != "" {
			return jobDoubt, err
		}
	}
	var r jobRow
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		r, err = readJob(ctx, c, j.Name)
		return err
	})
	if err != nil {
		return 0, err
	}
	if wait := j.wait(r, db.running.present()); wait > 0 {
		return wait, nil
	}
	lease, err := db.claim(ctx, j, r)
	if err != nil || lease == 0 {
		return min(j.Every, j.Lease), err
	}
	return db.run(ctx, j, r.place, lease)
}

// doubts returns why the clock is not believed just now, or "". A time that is
// believed is stored, so that a wrong clock at the next start is recognised,
// however often that start is repeated.
func (db *DB) doubts(ctx context.Context) (why string, err error) {
	b := &db.clockTrust
	if b.steady == nil {
		return "", nil
	}
	if err := db.LookAtClock(ctx); err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	newest, err := db.believed(ctx)
	if err != nil {
		return "", err
	}
	was, now := b.doubted, db.now()
	switch why = b.look(now, newest); {
	case why != "" && !was:
		db.log.ErrorContext(ctx, "the clock is not believed; nothing is removed for its age", "clock", now.UTC(),
			"newest", newest.UTC(), "why", why, "believed_after", believedAfter,
			"next", "Set the clock of this machine. If it is right, nothing has to be done.")
	case why == "" && was:
		db.log.InfoContext(ctx, "the clock is believed again", "clock", now.UTC())
	}
	if why != "" {
		return why, nil
	}
	return "", db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, sqldb.UpsertMeta, metaBelieved, []byte(now.UTC().Format(time.RFC3339Nano)))
		return err
	})
}

// jobRow is how a job stands, in microseconds of running time.
type jobRow struct{ lease, done, place int64 }

func readJob(ctx context.Context, c *sqldb.Conn, name string) (r jobRow, err error) {
	_, err = c.Get(ctx, selectJob, []any{name}, &r.lease, &r.done, &r.place)
	return r, err
}

// wait returns how long a job is neither due nor free. A time that no honest
// clock could have written yet counts for nothing: a clock that was a year
// ahead for a moment must not end the job for a year.
func (j Job) wait(r jobRow, now int64) time.Duration {
	horizon := now + (j.Lease + 2*sqldb.MaxSkew).Microseconds()
	var wait time.Duration
	if r.done <= horizon {
		wait = max(wait, time.Duration(r.done-now)*time.Microsecond+j.Every)
	}
	if r.lease <= horizon {
		wait = max(wait, time.Duration(r.lease-now)*time.Microsecond)
	}
	return wait
}

// claim takes the job for its lease, if it still stands as it was read; 0
// means that another was faster.
func (db *DB) claim(ctx context.Context, j Job, r jobRow) (lease int64, err error) {
	until := db.running.present() + j.Lease.Microseconds()
	var n int64
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		if _, err = c.Exec(ctx, insertJob, j.Name); err != nil {
			return err
		}
		n, err = c.Exec(ctx, claimJob, db.replica, until, j.Name, r.lease, r.done)
		return err
	})
	if err != nil || n == 0 {
		return 0, err
	}
	return until, nil
}

// run runs a job that is claimed. One that failed keeps its lease: that
// is the pause before it is tried again, here or elsewhere. One that was
// interrupted by a stop is free at once.
func (db *DB) run(ctx context.Context, j Job, place, lease int64) (wait time.Duration, err error) {
	limited, cancel := context.WithTimeout(ctx, j.Lease)
	defer cancel()
	next, err := j.recovered(limited, place)
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobFinish)
	defer cancel()
	switch {
	case err == nil:
		return j.Every, db.finish(settle, j, finishJob, db.running.present(), next, j.Name, db.replica, lease)
	case ctx.Err() != nil:
		return 0, db.finish(settle, j, releaseJob, j.Name, db.replica, lease)
	}
	return j.Lease, err
}

// recovered turns a panic into an error: other jobs, and the server, go on.
func (j Job) recovered(ctx context.Context, place int64) (next int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return j.Do(ctx, place)
}

// finish writes down how a job went, unless another has it by now.
func (db *DB) finish(ctx context.Context, j Job, query string, args ...any) error {
	var n int64
	err := db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		n, err = c.Exec(ctx, query, args...)
		return err
	})
	if err == nil && n == 0 {
		db.log.WarnContext(ctx, "a job took longer than its lease and was run again elsewhere", "job", j.Name)
	}
	return err
}

// How often the store looks after itself, and how long that may take. Dropping
// rows takes moments; a minute is long past every retry of the database.
const (
	sweepEvery   = time.Minute
	staleEvery   = time.Hour
	tidyingLease = 2 * time.Minute
)

// Jobs are the housekeeping of the store itself, for RunJobs.
func (db *DB) Jobs() []Job {
	jobs := []Job{
		{Name: "silent-replicas", Every: staleEvery, Lease: tidyingLease,
			Do: func(ctx context.Context, _ int64) (int64, error) {
				return 0, db.dropStale(ctx)
			}},
		{Name: "scrub-documents", Every: scrubEvery, Lease: scrubLease, Do: db.scrubSlice},
	}
	if db.engine.Can.KeepsCommitIDs {
		jobs = append(jobs, Job{Name: "old-transactions", Every: sweepEvery, Lease: tidyingLease,
			Do: func(ctx context.Context, _ int64) (int64, error) {
				return 0, db.dropCommits(ctx, time.Now().Add(-sweepAfter))
			}})
	}
	return jobs
}

// dropStale drops replicas that are no longer of interest.
func (db *DB) dropStale(ctx context.Context) error {
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, deleteStale, db.running.present()-staleRetention.Microseconds())
		return err
	})
}

// Bounds of sweeping. The id of a transaction is asked for only while its task
// lasts, which is less than two minutes; an hour more allows for clocks
// that differ.
const (
	sweepAfter = time.Hour
	sweepMost  = 5000 // rows at once, so that no transaction is long
)

// The ids begin with their time, so the oldest stand first in the key.
const deleteCommits = `DELETE FROM commits WHERE id IN (SELECT id FROM commits WHERE id < CAST($1 AS uuid)
	ORDER BY id LIMIT $2)`

// sweep runs a DELETE that takes some rows, as many as its last parameter, until
// there are no more.
func (db *DB) sweep(ctx context.Context, query string, args ...any) (dropped int64, err error) {
	args = append(args, sweepMost)
	for {
		var n int64
		err := db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
			n, err = c.Exec(ctx, query, args...)
			return err
		})
		if err != nil {
			return dropped, err
		}
		if dropped += n; n < sweepMost {
			return dropped, nil
		}
	}
}

// dropCommits drops the ids of transactions that are no longer needed. They
// bear the time of this machine's clock, whatever the store's is.
func (db *DB) dropCommits(ctx context.Context, before time.Time) error {
	_, err := db.sweep(ctx, deleteCommits, string(order.NewID(before)))
	return err
}
