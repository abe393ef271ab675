package order

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Processing at its own pace. An order submitted here is routed at once; an
// order left behind by a crash, by another replica or by a full queue is found
// by the sweep.
const (
	workers    = 64               // orders routed at once, by default: they wait together for one commit, at no cost
	sweepEvery = 2 * time.Second  // how long a left-behind order may wait beyond its lease
	sweepBatch = 256              // orders taken by one sweep
	leaseFor   = 30 * time.Second // how long a replica may take over one batch
)

// Run routes what was submitted, and looks for changes made elsewhere on behalf
// of those who wait, until ctx ends. It may run in several replicas at once:
// settling is a no-op on an order that is settled.
func (x *Exchange) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	for range x.config.Settlers {
		wg.Go(func() { x.processQueue(ctx) })
	}
	wg.Go(func() { x.pollLoop(ctx) })
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := x.SettleWaiting(ctx); err != nil {
			x.logFailure(ctx, "settle waiting orders", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// processQueue routes the orders that were submitted here.
func (x *Exchange) processQueue(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-x.queue:
			if !x.wait(ctx, o) {
				return
			}
			x.processQueued(ctx, o.Order)
		}
	}
}

// SettleNext is one step of Run without its waiting: it routes the order that was
// submitted here longest ago, if one is not routed yet.
func (x *Exchange) SettleNext(ctx context.Context) (found bool) {
	select {
	case o := <-x.queue:
		x.processQueued(ctx, o.Order)
		return true
	default:
		return false
	}
}

// processQueued routes an order that was taken from the queue. One that cannot be
// routed now is found by the sweep; one that is gone was found by it before.
func (x *Exchange) processQueued(ctx context.Context, o Order) {
	if _, err := x.process(ctx, o); err != nil && KindOf(err) != Gone {
		x.logFailure(ctx, fmt.Sprintf("settle order %s", o.ID), err)
	}
}

// wait holds an order for the configured delay; false means that ctx ended. It goes
// by the time that passes, whatever is done to clocks.
func (x *Exchange) wait(ctx context.Context, o submitted) bool {
	left := x.config.Delay - time.Since(o.at)
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
		failures = append(failures, x.processAll(ctx, waiting)...)
		if len(waiting) < sweepBatch {
			return errors.Join(failures...)
		}
	}
}

// processAll routes many orders at once and gives what went wrong.
func (x *Exchange) processAll(ctx context.Context, waiting []Order) (failures []error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	slots := make(chan struct{}, x.config.Settlers)
	for _, o := range waiting {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if _, err := x.process(ctx, o); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failures = append(failures, fmt.Errorf("order %s: %w", o.ID, err))
			}
		})
	}
	wg.Wait()
	return failures
}

func (x *Exchange) logFailure(ctx context.Context, what string, err error) {
	if !errors.Is(err, context.Canceled) {
		x.config.Log.ErrorContext(ctx, what, "err", err)
	}
}

// process routes one UNPROCESSED order: it ends SENT, or FAILED with a reason.
func (x *Exchange) process(ctx context.Context, o Order) (Order, error) {
	d, err := x.route(ctx, &o)
	if err != nil {
		return o, fmt.Errorf("route: %w", err)
	}
	var events []Event
	o, err = x.store.Update(ctx, o.ID, func(o *Order) (_ []Event, err error) {
		now := x.config.Now()
		events, err = x.rules(o).withStateEvent(o, system, now, func(o *Order) ([]Event, error) { return o.applyRouting(d, now), nil })
		return events, err
	})
	if err == nil {
		x.publish(&o, events)
	}
	return o, err
}
