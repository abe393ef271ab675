package store

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// pair are two replicas with one clock and one log.
type pair struct {
	*clock
	log  *logbook
	a, b *DB
}

func newPair(t *testing.T, where string) pair {
	p := pair{clock: newClock(), log: &logbook{}}
	p.a = openIn(t, where, Options{Now: p.now, Log: p.log.logger(), Replica: "a"})
	p.b = openIn(t, where, Options{Now: p.now, Log: p.log.logger(), Replica: "b"})
	return p
}

// attend runs a job and wants a time to wait.
func attend(t *testing.T, db *DB, j Job, want time.Duration) {
	t.Helper()
	wait, err := db.RunIfDue(t.Context(), j)
	if err != nil || wait != want {
		t.Errorf("wait %s, %v; want %s", wait, err, want)
	}
}

// counting is a job that counts how often it is done, and from where.
type counting struct {
	mu     sync.Mutex
	places []int64
}

func (c *counting) do(_ context.Context, place int64) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.places = append(c.places, place)
	return place + 7, nil
}

func (c *counting) want(t *testing.T, places ...int64) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.places) != len(places) {
		t.Fatalf("done from %v, want %v", c.places, places)
	}
	for i, place := range places {
		if c.places[i] != place {
			t.Fatalf("done from %v, want %v", c.places, places)
		}
	}
}

func TestJobIsDoneOnceForAll(t *testing.T) { onEach(t, jobIsDoneOnceForAll) }

func jobIsDoneOnceForAll(t *testing.T, where string) {
	p := newPair(t, where)
	var c counting
	job := Job{Name: "count", Every: time.Hour, Lease: time.Minute, Do: c.do}
	attend(t, p.a, job, time.Hour)
	c.want(t, 0)
	attend(t, p.b, job, time.Hour)
	c.want(t, 0)
	p.advance(time.Hour - time.Second)
	attend(t, p.b, job, time.Second)
	c.want(t, 0)
	p.advance(time.Second)
	attend(t, p.b, job, time.Hour)
	c.want(t, 0, 7)
	p.advance(2 * time.Hour)
	attend(t, p.a, job, time.Hour)
	c.want(t, 0, 7, 14)
}

func TestReplicasContendForAJob(t *testing.T) { onEach(t, replicasContendForAJob) }

func replicasContendForAJob(t *testing.T, where string) {
	p := newPair(t, where)
	var c counting
	job := Job{Name: "count", Every: time.Hour, Lease: time.Minute, Do: c.do}
	for round := range 5 {
		start := make(chan struct{})
		var all sync.WaitGroup
		for i := range 16 {
			db := []*DB{p.a, p.b}[i%2]
			all.Go(func() {
				<-start
				if _, err := db.RunIfDue(t.Context(), job); err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		all.Wait()
		if len(c.places) != round+1 {
			t.Fatalf("done %d times in round %d", len(c.places), round+1)
		}
		p.advance(time.Hour)
	}
}

// TestClaimRepeatsWhatWasRead lets both replicas find the job free before
// either takes it.
func TestClaimRepeatsWhatWasRead(t *testing.T) { onEach(t, claimRepeatsWhatWasRead) }

func claimRepeatsWhatWasRead(t *testing.T, where string) {
	p := newPair(t, where)
	job := Job{Name: "count", Every: time.Hour, Lease: time.Minute}
	lease, err := p.a.claim(t.Context(), job, jobRow{})
	if err != nil || lease == 0 {
		t.Fatalf("the first claim gave %d, %v", lease, err)
	}
	if lease, err := p.b.claim(t.Context(), job, jobRow{}); err != nil || lease != 0 {
		t.Errorf("the second claim gave %d, %v", lease, err)
	}
}

func TestJobOfADeadReplicaIsTakenOver(t *testing.T) { onEach(t, jobOfADeadReplicaIsTakenOver) }

func jobOfADeadReplicaIsTakenOver(t *testing.T, where string) {
	p := newPair(t, where)
	var c counting
	begun, end := make(chan struct{}), make(chan struct{})
	hanging := Job{Name: "count", Every: time.Hour, Lease: time.Minute, Do: func(context.Context, int64) (int64, error) {
		close(begun)
		<-end
		return 1000, nil
	}}
	job := Job{Name: "count", Every: time.Hour, Lease: time.Minute, Do: c.do}
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := p.a.RunIfDue(t.Context(), hanging); err != nil {
			t.Error(err)
		}
	})
	<-begun
	attend(t, p.b, job, time.Minute)
	p.advance(time.Minute - time.Second)
	attend(t, p.b, job, time.Second)
	c.want(t)
	p.advance(time.Second)
	attend(t, p.b, job, time.Hour)
	c.want(t, 0)

	// The first holder was not dead but slow: what it did counts no more.
	close(end)
	all.Wait()
	if p.log.count(slog.LevelWarn, "longer than its lease") != 1 {
		t.Errorf("the log says\n%s", p.log)
	}
	p.advance(time.Hour)
	attend(t, p.b, job, time.Hour)
	c.want(t, 0, 7)
}

func TestJobThatFailsIsTriedAgainAfterItsLease(t *testing.T) {
	onEach(t, jobThatFailsIsTriedAgainAfterItsLease)
}

func jobThatFailsIsTriedAgainAfterItsLease(t *testing.T, where string) {
	p := newPair(t, where)
	for name, do := range map[string]func(context.Context, int64) (int64, error){
		"error": func(context.Context, int64) (int64, error) { return 99, errBad },
		"panic": func(context.Context, int64) (int64, error) { panic("bad") },
	} {
		failing := Job{Name: name, Every: time.Hour, Lease: time.Minute, Do: do}
		wait, err := p.a.RunIfDue(t.Context(), failing)
		if err == nil || wait != time.Minute || name == "error" && !errors.Is(err, errBad) {
			t.Errorf("%s: wait %s, %v", name, wait, err)
		}
		var c counting
		job := Job{Name: name, Every: time.Hour, Lease: time.Minute, Do: c.do}
		attend(t, p.b, job, time.Minute)
		p.advance(time.Minute)
		attend(t, p.b, job, time.Hour)
		c.want(t, 0)
	}
}

func TestJobInterruptedByAStopIsFreeAtOnce(t *testing.T) {
	onEach(t, jobInterruptedByAStopIsFreeAtOnce)
}

func jobInterruptedByAStopIsFreeAtOnce(t *testing.T, where string) {
	p := newPair(t, where)
	ctx, stop := context.WithCancel(t.Context())
	waiting := Job{Name: "count", Every: time.Hour, Lease: time.Hour, Do: func(ctx context.Context, _ int64) (int64, error) {
		stop()
		<-ctx.Done()
		return 99, ctx.Err()
	}}
	p.a.RunJobs(ctx, waiting)
	var c counting
	attend(t, p.b, Job{Name: "count", Every: time.Hour, Lease: time.Hour, Do: c.do}, time.Hour)
	c.want(t, 0)
	if p.log.String() != "" {
		t.Errorf("the log says\n%s", p.log)
	}
}

// TestClockThatWasAheadEndsNoJob writes a time of next year, as a machine
// does whose clock was wrong for a moment.
func TestClockThatWasAheadEndsNoJob(t *testing.T) { onEach(t, clockThatWasAheadEndsNoJob) }

func clockThatWasAheadEndsNoJob(t *testing.T, where string) {
	p := newPair(t, where)
	var c counting
	job := Job{Name: "count", Every: time.Hour, Lease: time.Minute, Do: c.do}
	const year = 365 * 24 * time.Hour
	p.advance(year)
	attend(t, p.a, job, time.Hour)
	p.advance(-year)
	attend(t, p.b, job, time.Hour)
	c.want(t, 0, 7)
}

func TestUpkeepGoesOnAfterAFailure(t *testing.T) { onEach(t, upkeepGoesOnAfterAFailure) }

func upkeepGoesOnAfterAFailure(t *testing.T, where string) {
	log := &logbook{}
	db := openIn(t, where, Options{Log: log.logger()})
	ctx, stop := context.WithCancel(t.Context())
	var done atomic.Int64
	db.RunJobs(ctx,
		Job{Name: "bad", Every: time.Hour, Lease: time.Hour, Do: func(context.Context, int64) (int64, error) { return 0, errBad }},
		Job{Name: "good", Every: time.Millisecond, Lease: time.Minute, Do: func(context.Context, int64) (int64, error) {
			if done.Add(1) >= 2 && log.count(slog.LevelError, "job=bad") == 1 {
				stop()
			}
			return 0, nil
		}})
	if log.count(slog.LevelError, "bad") != 1 {
		t.Errorf("the log says\n%s", log)
	}
}

// TestOwnJobs does each of the store's own jobs.
func TestOwnJobs(t *testing.T) { onEach(t, ownJobs) }

func ownJobs(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	addOrder(t, db, "A-1")
	names := map[string]bool{}
	for _, job := range db.Jobs() {
		if names[job.Name] = true; job.Every <= 0 || job.Lease <= 0 {
			t.Errorf("%s is done every %s within %s", job.Name, job.Every, job.Lease)
		}
		attend(t, db, job, job.Every)
	}
	if !names["scrub-documents"] || !names["silent-replicas"] || names["old-transactions"] != (db.engine.Name == "postgres") {
		t.Errorf("the chores are %v", names)
	}
}
