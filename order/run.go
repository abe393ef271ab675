package order

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Processing at its own pace. An order submitted here is routed at once; an
// order left behind by a crash, by another replica or by a full queue is found
// by the sweep.
const (
	sweepEvery = 2 * time.Second  // how long a left-behind order may wait beyond its lease
	sweepBatch = 100              // orders taken by one sweep
	leaseFor   = 30 * time.Second // how long a replica may take over one batch
)

// Run routes what was submitted until ctx ends. Several may run, here and in
// other replicas: settling is a no-op on an order that is settled.
func (x *Exchange) Run(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	x.sweepLogged(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case o := <-x.fresh:
			if x.wait(ctx, o) {
				x.settleLogged(ctx, o)
			}
		case <-tick.C:
			x.sweepLogged(ctx)
		}
	}
}

// wait holds an order for the configured delay; false means that ctx ended.
func (x *Exchange) wait(ctx context.Context, o Order) bool {
	left := x.config.Delay - x.config.Now().Sub(o.Created)
	if left <= 0 {
		return true
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(left):
		return true
	}
}

func (x *Exchange) sweepLogged(ctx context.Context) {
	if err := x.SettleWaiting(ctx); err != nil {
		x.logFailure(ctx, "settle waiting orders", err)
	}
}

// SettleWaiting routes every order that waits, whoever submitted it. One that
// cannot be routed now does not hold up the others; it is tried again when its
// lease has ended.
func (x *Exchange) SettleWaiting(ctx context.Context) error {
	var failures []error
	for {
		now := x.config.Now()
		waiting, err := x.store.Waiting(ctx, now.Add(-x.config.Delay), now.Add(leaseFor), sweepBatch)
		if err != nil {
			return errors.Join(append(failures, fmt.Errorf("look for waiting orders: %w", err))...)
		}
		for _, o := range waiting {
			if err := x.settle(ctx, o); err != nil {
				failures = append(failures, fmt.Errorf("order %s: %w", o.ID, err))
			}
		}
		if len(waiting) < sweepBatch {
			return errors.Join(failures...)
		}
	}
}

func (x *Exchange) settleLogged(ctx context.Context, o Order) {
	if err := x.settle(ctx, o); err != nil {
		x.logFailure(ctx, fmt.Sprintf("settle order %s", o.ID), err)
	}
}

func (x *Exchange) logFailure(ctx context.Context, what string, err error) {
	if !errors.Is(err, context.Canceled) {
		x.config.Log.ErrorContext(ctx, what, "err", err)
	}
}

// settle routes one UNPROCESSED order: it ends SENT, or FAILED with a reason.
func (x *Exchange) settle(ctx context.Context, o Order) error {
	d, err := x.route(ctx, &o)
	if err != nil {
		return fmt.Errorf("route: %w", err)
	}
	_, err = x.store.Update(ctx, o.ID, func(o *Order) ([]Event, error) { return o.settle(d, x.config.Now()), nil })
	return err
}
