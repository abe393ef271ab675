package order

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// PartyErasure tells how far the erasure of a party is.
type PartyErasure struct {
	Party  Party
	Orders int // erased by this call
}

// How the orders of a party are erased: batches are bounded so that progress
// is told, and some orders wait together for one commit.
const (
	forgetBatch = 200
	erasers     = 16
)

// EraseParty takes a party out of the exchange, with the personal data in
// every order that it sent or that was sent in its name. Called again after it
// was broken off, it goes on with what is left. progress is called after each
// batch and may be nil.
func (x *Exchange) EraseParty(ctx context.Context, by Actor, id PartyID, reason string, progress func(PartyErasure)) (done PartyErasure, err error) {
	if err := checkReason(reason); err != nil {
		return done, err
	}
	if done.Party, err = x.directory.EraseParty(ctx, id); err != nil {
		return done, err
	}
	for after := int64(0); ; {
		sent, next, err := x.store.Forget(ctx, id, after, forgetBatch)
		if err != nil {
			return done, fmt.Errorf("orders of party %s: %w", id, err)
		}
		erased, err := x.eraseAll(ctx, by, sent, reason)
		done.Orders += erased
		if err != nil {
			return done, err
		}
		if progress != nil {
			progress(done)
		}
		if after = next; next == 0 {
			break
		}
	}
	_, err = x.directory.EraseParty(ctx, id) // once more, for a login that was under way
	return done, err
}

// eraseAll erases several orders at once and tells how many were not yet.
func (x *Exchange) eraseAll(ctx context.Context, by Actor, ids []ID, reason string) (erased int, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	slots := make(chan struct{}, erasers)
	for _, id := range ids {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			did, fault := x.eraseOne(ctx, by, id, reason)
			mu.Lock()
			defer mu.Unlock()
			err = errors.Join(err, fault)
			if did {
				erased++
			}
		})
	}
	wg.Wait()
	return erased, err
}

// eraseOne erases an order and tells whether anything was left to erase. One
// that was taken out of keeping meanwhile has nothing left.
func (x *Exchange) eraseOne(ctx context.Context, by Actor, id ID, reason string) (did bool, err error) {
	_, err = x.store.Update(ctx, id, func(o *Order) ([]Event, error) {
		events := o.erase(by, reason, x.config.Now())
		did = len(events) > 0
		return events, nil
	})
	if KindOf(err) == Gone {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("erase order %s: %w", id, err)
	}
	return did, nil
}
