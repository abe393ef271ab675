package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

var leasePromises = []promise{
	{"waiting orders come oldest first, whole, and as many as asked for", waitingOldest},
	{"an order touched after the given instant does not wait", waitingBefore},
	{"a leased order is not given again until the lease ends", leaseHolds},
	{"a settled order does not wait", settledGone},
	{"an order that came before the clock was set back waits at once, and so does one that was leased then", clockSetBack},
	{"8 workers get each of 200 orders exactly once", leasedOnce},
}

// soon is a time after everything that the test does.
func soon(h *fixture) time.Time { return h.clock.now().Add(time.Hour) }

func waiting(t testing.TB, h *fixture, lease time.Time, limit int) []order.Order {
	t.Helper()
	orders, err := h.Waiting(t.Context(), soon(h), lease, limit)
	if err != nil {
		t.Fatalf("Waiting: %v", err)
	}
	return orders
}

func waitingOldest(t *testing.T, h *fixture) {
	var want []order.Order
	for i := range 5 {
		want = append(want, add(t, h, full(fmt.Sprintf("A-%d", 9-i))))
	}
	wantSame(t, "the first three", want[:3], waiting(t, h, soon(h), 3))
	wantSame(t, "the rest", want[3:], waiting(t, h, soon(h), 3))
}

func waitingBefore(t *testing.T, h *fixture) {
	first, second := add(t, h, sample("A-1")), add(t, h, sample("A-2"))
	orders, err := h.Waiting(t.Context(), second.Updated, soon(h), 10)
	if err != nil || len(orders) != 1 || orders[0].ID != first.ID {
		t.Errorf("%d orders, %v; want the first alone", len(orders), err)
	}
}

func leaseHolds(t *testing.T, h *fixture) {
	o := add(t, h, sample("A-1"))
	if n := len(waiting(t, h, h.clock.now().Add(time.Minute), 10)); n != 1 {
		t.Fatalf("%d orders wait, want 1", n)
	}
	if n := len(waiting(t, h, soon(h), 10)); n != 0 {
		t.Errorf("%d leased orders were given again", n)
	}
	h.clock.step(2 * time.Minute)
	if n := len(waiting(t, h, soon(h), 10)); n != 1 {
		t.Errorf("%d orders wait after the lease, want 1", n)
	}
	if got, err := h.Order(t.Context(), shop, o.ID); err != nil || got.Revision != 1 || head(t, h, shop) != 1 {
		t.Errorf("leasing is no change of the order: revision %d, %v", got.Revision, err)
	}
}

func clockSetBack(t *testing.T, h *fixture) {
	const ahead = 24 * time.Hour
	now := func() time.Time { return h.clock.now().Add(time.Second) }
	h.clock.step(ahead)
	leased := add(t, h, sample("A-1"))
	if n := len(waiting(t, h, h.clock.now().Add(time.Minute), 1)); n != 1 {
		t.Fatalf("%d orders wait, want 1", n)
	}
	h.clock.step(-ahead)
	fresh := add(t, h, sample("A-2")) // its stamp is not before that of the first
	orders, err := h.Waiting(t.Context(), now(), now().Add(time.Minute), 10)
	if err != nil || len(orders) != 2 || orders[0].ID != leased.ID || orders[1].ID != fresh.ID {
		t.Errorf("%d orders wait, %v; want both", len(orders), err)
	}
	if orders, err = h.Waiting(t.Context(), now(), now().Add(time.Minute), 10); err != nil || len(orders) != 0 {
		t.Errorf("%d leased orders were given again, %v", len(orders), err)
	}
}

func settledGone(t *testing.T, h *fixture) {
	change(t, h, add(t, h, sample("A-1")).ID, send(publisher))
	change(t, h, add(t, h, sample("A-2")).ID, fail)
	if n := len(waiting(t, h, soon(h), 10)); n != 0 {
		t.Errorf("%d settled orders wait", n)
	}
}

func leasedOnce(t *testing.T, h *fixture) {
	const workers, orders, batch = 8, 200, 7
	var adders sync.WaitGroup
	for w := range workers {
		adders.Go(func() {
			for i := range orders / workers {
				add(t, h, sample(fmt.Sprintf("A-%d-%d", w, i)))
			}
		})
	}
	adders.Wait()
	var mu sync.Mutex
	times := map[order.ID]int{}
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for {
				got := waiting(t, h, soon(h), batch)
				mu.Lock()
				for _, o := range got {
					times[o.ID]++
				}
				mu.Unlock()
				if len(got) == 0 {
					return
				}
			}
		})
	}
	all.Wait()
	if len(times) != orders {
		t.Errorf("%d orders were leased, want %d", len(times), orders)
	}
	for id, n := range times {
		if n != 1 {
			t.Errorf("order %s was leased %d times", id, n)
		}
	}
}
