package store

import (
	"context"
	"log/slog"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Bounds of sweeping. An id is asked for only while its task lasts, which is
// less than two minutes; an hour more leaves room for clocks that differ.
const (
	sweepEvery = time.Minute
	sweepAfter = time.Hour
	sweepMost  = 5000 // rows at once, so that no transaction is long
)

// The ids begin with their time, so the oldest stand first in the key.
const deleteCommits = `DELETE FROM commits WHERE id IN (SELECT id FROM commits WHERE id < CAST($1 AS uuid) ORDER BY id LIMIT $2)`

// sweeper drops the ids of transactions that nobody will ask for.
type sweeper struct {
	writes  runner
	log     *slog.Logger
	cancel  context.CancelFunc
	stopped chan struct{}
}

func newSweeper(writes runner, log *slog.Logger) *sweeper {
	ctx, cancel := context.WithCancel(context.Background())
	s := &sweeper{writes: writes, log: log, cancel: cancel, stopped: make(chan struct{})}
	go s.loop(ctx)
	return s
}

func (s *sweeper) loop(ctx context.Context) {
	defer close(s.stopped)
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.sweep(ctx, time.Now().Add(-sweepAfter)); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "the ids of old transactions could not be dropped", "err", err)
		}
	}
}

// sweep drops what is older than before, some rows at a time.
func (s *sweeper) sweep(ctx context.Context, before time.Time) error {
	for {
		var n int64
		err := s.writes.do(ctx, func(ctx context.Context, c *conn) (err error) {
			n, err = c.exec(ctx, deleteCommits, string(order.NewID(before)), sweepMost)
			return err
		})
		if err != nil || n < sweepMost {
			return err
		}
	}
}

func (s *sweeper) close() error {
	s.cancel()
	<-s.stopped
	return nil
}
