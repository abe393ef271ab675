package order

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
	for range x.config.Workers {
		wg.Go(func() { x.processQueue(ctx) })
	}
	wg.Go(func() { x.pollLoop(ctx) })
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := x.ProcessPending(ctx); err != nil {
			x.logFailure(ctx, "settle waiting orders", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// pollLoop asks the store every so often what is new for the parties that are
// waited for, until ctx ends.
func (x *Exchange) pollLoop(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := x.poll(ctx); err != nil {
			x.logFailure(ctx, "look for changes made elsewhere", err)
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

// ProcessNext is one step of Run without its waiting: it routes the order that was
// submitted here longest ago, if one is not routed yet.
func (x *Exchange) ProcessNext(ctx context.Context) (found bool) {
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

// ProcessPending routes every order that waits, whichever replica accepted it. One that
// cannot be routed now does not hold up the others; it is tried again when its
// lease has ended.
func (x *Exchange) ProcessPending(ctx context.Context) error {
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

// processAll routes many orders at once and returns what went wrong.
func (x *Exchange) processAll(ctx context.Context, waiting []Order) (failures []error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	slots := make(chan struct{}, x.config.Workers)
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
		events, err = x.rules(o).withStateEvent(o, system, now, func(o *Order) ([]Event, error) {
			return o.applyRouting(d, now), nil
		})
		return events, err
	})
	if err == nil {
		x.publish(&o, events)
	}
	return o, err
}

// Decision is where an order goes, and why; or why it goes nowhere.
type Decision struct {
	Seller PartyID
	Why    string
	Failed *Reason
}

// route finds the receiver of an order: the seller that the document names,
// else the routes of its products, else the sender's default seller.
func (x *Exchange) route(ctx context.Context, o *Order) (Decision, error) {
	if o.Header.Seller != nil && strings.TrimSpace(o.Header.Seller.ID.Value) != "" {
		return x.routeByDocument(ctx, *o.Header.Seller)
	}
	sellers, unrouted, err := x.routeByProduct(ctx, o)
	if err != nil {
		return Decision{}, err
	}
	fallback, err := x.directory.DefaultSeller(ctx, o.Sender)
	if err != nil {
		return Decision{}, fmt.Errorf("default seller of %s: %w", o.Sender, err)
	}
	return decide(sellers, unrouted, fallback, o.Sender), nil
}

// routeByDocument follows SellerParty, by any number that it returns.
func (x *Exchange) routeByDocument(ctx context.Context, seller TradeParty) (Decision, error) {
	for _, id := range append([]Identifier{seller.ID}, seller.AdditionalIDs...) {
		p, err := x.directory.Resolve(ctx, id)
		if err == nil && !p.Erased.IsZero() {
			return Decision{Failed: erasedReceiver(id, p)}, nil
		}
		if err == nil {
			return Decision{Seller: p.ID, Why: fmt.Sprintf("SellerParty names %s, which is %s", id, p.Name)}, nil
		}
		if KindOf(err) != NotFound {
			return Decision{}, fmt.Errorf("seller %s: %w", id, err)
		}
	}
	parties, err := x.directory.Parties(ctx)
	if err != nil {
		return Decision{}, fmt.Errorf("parties: %w", err)
	}
	return Decision{Failed: unknownReceiver(seller.ID, parties)}, nil
}

// routeByProduct asks the routes for each product. unrouted is the first EAN
// that no route covers.
func (x *Exchange) routeByProduct(ctx context.Context, o *Order) (sellers map[PartyID]string, unrouted string, err error) {
	sellers = map[PartyID]string{}
	for i := range o.Lines {
		ean := o.Lines[i].EAN()
		r, ok, err := x.directory.RouteFor(ctx, ean)
		if err != nil {
			return nil, "", fmt.Errorf("route of %s: %w", ean, err)
		}
		if ok {
			sellers[r.Seller] = r.Prefix
		} else if unrouted == "" {
			unrouted = ean
		}
	}
	return sellers, unrouted, nil
}

// decide weighs what the routes said of an order's products.
func decide(sellers map[PartyID]string, unrouted string, fallback, sender PartyID) Decision {
	switch {
	case len(sellers) == 1 && unrouted == "":
		for seller, prefix := range sellers {
			return Decision{Seller: seller, Why: fmt.Sprintf("EAN prefix %s is routed to %s", prefix, seller)}
		}
	case fallback != "":
		return Decision{Seller: fallback, Why: fmt.Sprintf("%s is the default seller of %s", fallback, sender)}
	case len(sellers) > 1:
		return Decision{Failed: &Reason{
			Code:   "receiver-ambiguous",
			Detail: "The order names no SellerParty and its products belong to several receivers: " + joinParties(sellers) + ".",
			Hint:   "Send one order for each receiver, with a new OrderNumber, or name the receiver in SellerParty.",
		}}
	}
	return Decision{Failed: &Reason{
		Code:   "receiver-missing",
		Detail: fmt.Sprintf("The order names no SellerParty, no route covers the product %s, and party %s has no default seller.", unrouted, sender),
		Hint:   "Name the receiver in SellerParty and send again with a new OrderNumber, or ask the operator for a route.",
	}}
}

func joinParties(m map[PartyID]string) string {
	var names []string
	for p := range m {
		names = append(names, string(p))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// erasedReceiver is the reason that the party left the exchange.
func erasedReceiver(id Identifier, p Party) *Reason {
	return &Reason{
		Code:   "receiver-erased",
		Detail: fmt.Sprintf("The receiver %s was taken out of this exchange at %s and takes no more orders.", Truncate(id.String()), p.Erased.UTC().Format(time.RFC3339)),
		Hint:   "Name another receiver in SellerParty and send again with a new OrderNumber.",
	}
}

// unknownReceiver is a reason with the connected party that is spelled most like the one
// that the document names.
func unknownReceiver(id Identifier, parties []Party) *Reason {
	r := &Reason{
		Code:   "receiver-unknown",
		Detail: fmt.Sprintf("The receiver %s (type %s) is not connected.", Truncate(id.Value), Truncate(id.Type)),
		Hint:   "Correct SellerParty/PartyID and send again with a new OrderNumber.",
	}
	if near, ok := nearest(id.Value, parties); ok {
		r.Detail += fmt.Sprintf(" Nearest connected: %s %s.", near.ID, near.Name)
	}
	return r
}

// nearest finds the party with a number at most two edits away.
func nearest(value string, parties []Party) (best Party, ok bool) {
	var numbers []string
	bearer := map[string]Party{}
	for _, p := range parties {
		if !p.Erased.IsZero() {
			continue
		}
		for _, id := range p.Identifiers() {
			numbers = append(numbers, id.Value)
			bearer[id.Value] = p
		}
	}
	number, ok := Nearest(value, numbers)
	return bearer[number], ok
}

// applyRouting moves an UNPROCESSED order to SENT or FAILED. It does nothing to an
// order that has been settled before or is held, so it may run any number of times.
func (o *Order) applyRouting(d Decision, now time.Time) []Event {
	if o.Status != Unprocessed || o.OnHold {
		return nil
	}
	ev := o.event(EventProcessed, system, now)
	ev.From, ev.To, ev.Text = Unprocessed, Sent, d.Why
	if d.Failed != nil {
		ev.To, ev.Text = Failed, d.Failed.Detail
		o.Reason = d.Failed
	} else {
		o.Seller, o.Routing = d.Seller, d.Why
		if o.IsTest() {
			ev.Text += "; a test order, not shown to the receiver"
		}
	}
	for i := range o.Lines {
		o.Lines[i].Status, o.Lines[i].Changed = ev.To, now
	}
	o.Status = ev.To
	return []Event{ev}
}
