package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"
)

// Replica is a process that serves the store, as the others see it.
type Replica struct {
	ID      string    `json:"id"` // set by the store
	Host    string    `json:"host"`
	Process int       `json:"process"`
	Address string    `json:"address"`
	Version string    `json:"version"`
	State   string    `json:"state"`
	Started time.Time `json:"started"`
	Seen    time.Time `json:"seen"`
	Leases  int64     `json:"leases"` // orders that it has leased now
}

// The states of a replica.
const (
	Serving  = "serving"
	Draining = "draining" // asked to stop, and finishing what it has begun
	Stale    = "silent"   // not seen for a while: killed, hung or cut off
)

// Bounds of being seen. A replica is called silent after three signs that did
// not come, so that one that was slow is not; its row stays for a day, for
// an operator who looks what happened at night.
const (
	beatEvery       = 10 * time.Second
	staleAfter      = 30 * time.Second
	staleRetention  = 24 * time.Hour
	deregisterLimit = 5 * time.Second // a stop waits no longer for the row to go; it would turn silent
)

const (
	upsertReplica = `INSERT INTO replicas (id, host, process, address, version, state, started, seen)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, seen = excluded.seen`
	selectReplicas = `SELECT id, host, process, address, version, state, started, seen FROM replicas
		ORDER BY started, id`
	deleteReplica = `DELETE FROM replicas WHERE id = $1`
	deleteStale   = `DELETE FROM replicas WHERE seen < $1`
	countLeases   = `SELECT leased_by, count(*) FROM orders WHERE status = 'UNPROCESSED'
		AND lease >= $1 GROUP BY leased_by`
)

// Register announces that this process serves the store, and goes on doing so
// until the returned function is called. When ctx ends, as it does at SIGTERM,
// the others see it draining.
func (db *DB) Register(ctx context.Context, r Replica) (leave func(), err error) {
	return db.register(ctx, r, beatEvery)
}

func (db *DB) register(ctx context.Context, r Replica, every time.Duration) (leave func(), err error) {
	r.ID, r.State = db.replica, Serving
	if r.Started.IsZero() {
		r.Started = db.now()
	}
	p := &heartbeat{db: db, row: r, every: every}
	if err := p.beat(ctx); err != nil {
		return nil, fmt.Errorf("join the replicas: %w", err)
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	var loop sync.WaitGroup
	loop.Go(func() { p.loop(running, ctx.Done()) })
	loop.Go(func() { db.watchClock(running) })
	return sync.OnceFunc(func() {
		stop()
		loop.Wait()
		p.deregister()
	}), nil
}

// watchClock looks at the clock until ctx ends, so that what happens to it is
// noticed without a request.
func (db *DB) watchClock(ctx context.Context) {
	every := clockEvery
	if db.reference != nil {
		every = measureEvery
	}
	var reported faultLog
	var ahead time.Time // when the newest stamp was looked for
	for {
		err := db.LookAtClock(ctx)
		if err == nil && time.Since(ahead) >= aheadEvery {
			err, ahead = db.readNewestStamp(ctx), time.Now()
		}
		if err == nil {
			reported.note(ctx, db)
		} else if ctx.Err() == nil {
			db.log.DebugContext(ctx, "the clock could not be looked at, or what happened to it not be stored yet",
				"err", err)
		}
		if !sleep(ctx, every) {
			return
		}
	}
}

// heartbeat keeps the row of one replica fresh.
type heartbeat struct {
	db    *DB
	row   Replica
	every time.Duration
	away  bool // the last sign did not reach the store
}

func (p *heartbeat) loop(ctx context.Context, drain <-chan struct{}) {
	tick := time.NewTicker(p.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-drain:
			p.row.State, drain = Draining, nil
		case <-tick.C:
		}
		p.refresh(ctx)
	}
}

// refresh sends one heartbeat. An outage of the store is logged when it begins and
// when it ends; the requests have much more to say of it.
func (p *heartbeat) refresh(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, beatEvery)
	defer cancel()
	err := p.beat(limited)
	switch {
	case ctx.Err() != nil:
	case err != nil && !p.away:
		p.away = true
		p.db.log.WarnContext(ctx,
			"the store does not take the sign that this replica serves; others will call it silent",
			"replica", p.row.ID, "err", err)
	case err == nil && p.away:
		p.away = false
		p.db.log.InfoContext(ctx, "the store takes the sign that this replica serves again", "replica", p.row.ID)
	}
}

// beat writes the row, also where another replica has dropped it meanwhile, and
// sees whether the store is still in the epoch that it was in.
func (p *heartbeat) beat(ctx context.Context) error {
	r := p.row
	return p.db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, upsertReplica, r.ID, r.Host, r.Process, r.Address, r.Version, r.State,
			p.db.running.of(r.Started), p.db.running.present())
		if err != nil {
			return err
		}
		if err := p.db.keepRunning(ctx, c); err != nil {
			return err
		}
		return p.db.renewEpoch(ctx, c)
	})
}

// renewEpoch takes note of the epoch that c's store is in.
func (db *DB) renewEpoch(ctx context.Context, c *sqldb.Conn) error {
	var epoch string
	if found, err := c.Get(ctx, selectEpoch, nil, &epoch); err != nil || !found {
		return err
	}
	if last := *db.epoch.Swap(&epoch); last != epoch {
		db.log.WarnContext(ctx, "the store was restored while this process served it", "epoch", epoch, "before", last)
	}
	return nil
}

func (p *heartbeat) deregister() {
	ctx, cancel := context.WithTimeout(context.Background(), deregisterLimit)
	defer cancel()
	err := p.db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if err := p.db.keepRunning(ctx, c); err != nil {
			return err
		}
		_, err := c.Exec(ctx, deleteReplica, p.row.ID)
		return err
	})
	if err != nil {
		p.db.log.WarnContext(ctx, "this replica could not be taken off the list; others will call it silent",
			"replica", p.row.ID, "err", err)
	}
}

// Replicas lists the processes that serve the store, oldest first, with those
// that stopped giving signs in the last day.
func (db *DB) Replicas(ctx context.Context) (replicas []Replica, err error) {
	now := db.now()
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		if replicas, err = db.selectAllReplicas(ctx, c); err != nil {
			return err
		}
		leases, err := leasesByHolder(ctx, c, now)
		for i, r := range replicas {
			replicas[i].Leases = leases[r.ID]
			if now.Sub(r.Seen) > staleAfter {
				replicas[i].State = Stale
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return replicas, nil
}

func (db *DB) selectAllReplicas(ctx context.Context, c *sqldb.Conn) (replicas []Replica, err error) {
	var r Replica
	var started, seen int64
	dest := []any{&r.ID, &r.Host, &r.Process, &r.Address, &r.Version, &r.State, &started, &seen}
	f := db.running.frame()
	err = c.Each(ctx, selectReplicas, nil, dest, func() {
		r.Started, r.Seen = f.clock(started), f.clock(seen)
		replicas = append(replicas, r)
	})
	return replicas, err
}

func leasesByHolder(ctx context.Context, c *sqldb.Conn, now time.Time) (map[string]int64, error) {
	leases := map[string]int64{}
	var holder string
	var n int64
	err := c.Each(ctx, countLeases, []any{sqldb.Micros(now)}, []any{&holder, &n}, func() { leases[holder] = n })
	return leases, err
}

const selectReplica = `SELECT host, process FROM replicas WHERE seen > $1 ORDER BY seen DESC LIMIT 1`
