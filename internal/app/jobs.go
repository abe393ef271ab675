package app

import (
	"context"
	"slices"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/store"
)

// Ended logins are dropped a few times an hour; that takes moments.
const (
	loginsEvery = 5 * time.Minute
	loginsLease = 2 * time.Minute
)

// Finished deliveries are retained for a month, so that a party can list and resend
// them. They are deleted in batches small enough not to delay orders.
const (
	deliveriesRetained = 30 * 24 * time.Hour
	deliveriesEvery    = 10 * time.Minute
	deliveriesLease    = 5 * time.Minute
	deliveriesPiece    = 500
)

// A callback is registered just before its order is stored. One without an order
// a day later was left by a process that died between the two.
const (
	callbacksAlone = 24 * time.Hour
	callbacksEvery = time.Hour
)

// jobs are what one replica does for all.
func (g *Gateway) jobs() []store.Job {
	logins := store.Job{Name: "ended-logins", Final: true, Every: loginsEvery, Lease: loginsLease,
		Do: func(ctx context.Context, _ int64) (int64, error) {
			return 0, g.logins.Sweep(ctx)
		}}
	deliveries := store.Job{Name: "old-deliveries", Final: true, Every: deliveriesEvery, Lease: deliveriesLease,
		Do: func(ctx context.Context, _ int64) (int64, error) {
			return 0, g.purgeDeliveries(ctx)
		}}
	callbacks := store.Job{Name: "stray-callbacks", Final: true, Every: callbacksEvery, Lease: deliveriesLease,
		Do: g.purgeCallbacks}
	return slices.Concat(g.store.Jobs(), []store.Job{logins, deliveries, callbacks}, reminders(g.store, g.remind),
		g.retention.jobs(g.store))
}

// purgeDeliveries drops the deliveries that ended long ago.
func (g *Gateway) purgeDeliveries(ctx context.Context) error {
	for {
		n, err := g.store.PurgeFinished(ctx, g.store.Now().Add(-deliveriesRetained), deliveriesPiece)
		if err != nil || n < deliveriesPiece {
			return err
		}
	}
}

// purgeCallbacks drops the callbacks without an order. place is the time, in
// microseconds, before which all that were made have been looked at.
func (g *Gateway) purgeCallbacks(ctx context.Context, place int64) (next int64, err error) {
	before := g.store.Now().Add(-callbacksAlone)
	for {
		n, err := g.store.PurgeOrphans(ctx, time.UnixMicro(place), before, deliveriesPiece)
		if err != nil {
			return place, err
		}
		if n < deliveriesPiece {
			return before.UnixMicro(), nil
		}
	}
}

// Bounds of the reminders.
const (
	remindEvery = 5 * time.Minute // how exact a reminder's time is
	remindLease = 2 * time.Minute
	remindBatch = 500 // orders at once: one short transaction
)

// reminders is the job of reminding those who have not answered. Until the
// last line has its answer, the next reminder follows the one before.
func reminders(s *store.DB, after time.Duration) []store.Job {
	if after == 0 {
		return nil
	}
	return []store.Job{{Name: "reminders", Every: min(remindEvery, after), Lease: remindLease,
		Do: func(ctx context.Context, _ int64) (int64, error) {
			for {
				n, err := s.Remind(ctx, webhook.MailFormat, s.Now().Add(-after), remindBatch)
				if err != nil || n < remindBatch {
					return 0, err
				}
			}
		}}}
}

// How often is looked for what is old enough, and how long one look may take.
const (
	retainEvery   = 5 * time.Minute
	retainLease   = 10 * time.Minute
	leftoverEvery = 24 * time.Hour
	leftoverLease = time.Minute
)

// jobs delete what is older than its retention; without a limit there are none.
func (r Retention) jobs(db *store.DB) (jobs []store.Job) {
	if r.RetainDocuments > 0 {
		jobs = append(jobs, store.Job{Name: store.DropJob, Final: true, Every: retainEvery, Lease: retainLease,
			Do: db.Dropping(r.RetainDocuments)})
	}
	if r.RetainOrders > 0 {
		jobs = append(jobs,
			store.Job{Name: store.RetireJob, Final: true, Every: retainEvery, Lease: retainLease,
				Do: db.Retiring(r.RetainOrders)},
			store.Job{Name: store.LeftoverJob, Every: leftoverEvery, Lease: leftoverLease,
				Do: db.Leftovers(r.RetainOrders)})
	}
	return jobs
}
