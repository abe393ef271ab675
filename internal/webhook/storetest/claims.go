package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

func claimPromises() []promise {
	return []promise{
		{"what is due is leased once, oldest first", leasedOnce},
		{"a lease that ran out is given to another", leaseEnds},
		{"one endpoint gets so many at once", perEndpoint},
		{"all endpoints of one party get so many at once", perParty},
		{"a failing endpoint gets one", failingOne},
		{"the events of an order come one after the other", inOrder},
		{"an endpoint that is not due holds back its own alone", endpointNotDue},
		{"endpoints that have all they may have take no space", noSpaceTaken},
		{"those served longest ago come first", longestAgoFirst},
		{"claims at once give no delivery twice", claimsAtOnce},
	}
}

func leasedOnce(t *testing.T, h *fixture) {
	h.endpoint(t, shop, "ep_A")
	for _, number := range []string{"1", "2", "3"} {
		h.add(t, number)
	}
	tasks := h.claim(t, 9, 2)
	if len(tasks) != 2 || tasks[0].Delivery.Event.Number != "1" || tasks[0].Endpoint.URL != "https://ep_A.example/" {
		t.Fatalf("claimed %+v", tasks)
	}
	if rest := h.claim(t, 9, 9); len(rest) != 1 || rest[0].Delivery.Event.Number != "3" {
		t.Errorf("then claimed %+v", rest)
	}
}

func leaseEnds(t *testing.T, h *fixture) {
	h.endpoint(t, shop, "ep_A")
	h.add(t, "1")
	first := h.claim(t, 1, 1)
	if again := h.claim(t, 1, 1); len(again) != 0 {
		t.Fatalf("leased twice: %v", again)
	}
	h.step(2 * time.Minute)
	if again := h.claim(t, 1, 1); len(again) != 1 || again[0].Delivery.ID != first[0].Delivery.ID {
		t.Errorf("after the lease: %v", again)
	}
}

func perEndpoint(t *testing.T, h *fixture) {
	h.endpoint(t, shop, "ep_A")
	h.endpoint(t, shop, "ep_B")
	for n := range 5 {
		h.add(t, fmt.Sprint(n))
	}
	tasks := h.claim(t, 2, 9)
	if len(tasks) != 4 || len(h.claim(t, 2, 9)) != 0 {
		t.Fatalf("claimed %d", len(tasks))
	}
	h.finish(t, tasks[0])
	if more := h.claim(t, 2, 9); len(more) != 1 || more[0].Endpoint.ID != tasks[0].Endpoint.ID {
		t.Errorf("after one was finished: %v", more)
	}
}

func perParty(t *testing.T, h *fixture) {
	for n := range 6 {
		h.endpoint(t, shop, fmt.Sprint("ep_", n), "order.received")
	}
	h.endpoint(t, publisher, "ep_other", "order.sent")
	h.add(t, "1")
	claim := func(limit int) (mine, others []webhook.Task) {
		t.Helper()
		tasks, err := h.Claim(t.Context(), h.now(), h.now().Add(time.Minute), webhook.Bounds{PerEndpoint: 2, PerParty: 4, Limit: limit})
		ok(t, err)
		for _, task := range tasks {
			if task.Endpoint.Party == shop {
				mine = append(mine, task)
			} else {
				others = append(others, task)
			}
		}
		return mine, others
	}
	mine, _ := claim(3)
	more, _ := claim(many)
	if len(mine) != 3 || len(more) != 1 {
		t.Fatalf("claimed %d and %d, want 3 and 1", len(mine), len(more))
	}
	h.move(t, h.add(t, "2").ID, order.EventProcessed, order.Sent)
	if more, others := claim(1); len(more) != 0 || len(others) != 1 {
		t.Errorf("a claim for one gave %+v and of another party %+v", more, others)
	}
	h.finish(t, mine[0])
	if more, _ := claim(many); len(more) != 1 {
		t.Errorf("after one was finished: %+v", more)
	}
	h.step(2 * time.Minute) // the leases end
	if more, _ := claim(many); len(more) != 4 {
		t.Errorf("after the leases claimed %d", len(more))
	}
}

func failingOne(t *testing.T, h *fixture) {
	e := h.endpoint(t, shop, "ep_A")
	_, err := h.ChangeEndpoint(t.Context(), shop, e.ID, func(e *webhook.Endpoint) error { e.State = webhook.Failing; return nil })
	ok(t, err)
	h.add(t, "1")
	h.add(t, "2")
	if tasks := h.claim(t, 2, 9); len(tasks) != 1 || tasks[0].Delivery.Event.Number != "1" {
		t.Errorf("claimed %v", tasks)
	}
}

func inOrder(t *testing.T, h *fixture) {
	h.endpoint(t, shop, "ep_A")
	a := h.add(t, "A")
	h.move(t, a.ID, order.EventProcessed, order.Sent)
	h.add(t, "B")
	tasks := h.claim(t, 9, 9)
	if len(tasks) != 2 || tasks[0].Delivery.Type != webhook.OrderReceived || tasks[1].Delivery.Event.Number != "B" {
		t.Fatalf("claimed %+v", tasks)
	}
	h.fail(t, tasks[0], time.Hour)
	h.finish(t, tasks[1])
	h.move(t, a.ID, order.EventMarked, order.Received)
	if early := h.claim(t, 9, 9); len(early) != 0 {
		t.Fatalf("a later event overtook the failed one: %+v", early)
	}
	for _, want := range []webhook.Type{webhook.OrderReceived, webhook.OrderSent, webhook.OrderLineStatus} {
		h.step(2 * time.Hour)
		next := h.claim(t, 9, 9)
		if len(next) != 1 || next[0].Delivery.Type != want {
			t.Fatalf("claimed %+v, want %s", next, want)
		}
		h.finish(t, next[0])
	}
}

func endpointNotDue(t *testing.T, h *fixture) {
	e := h.endpoint(t, shop, "ep_A")
	h.endpoint(t, shop, "ep_B")
	_, err := h.ChangeEndpoint(t.Context(), shop, e.ID, func(e *webhook.Endpoint) error { e.Due = h.now().Add(time.Minute); return nil })
	ok(t, err)
	h.add(t, "1")
	if tasks := h.claim(t, 9, 9); len(tasks) != 1 || tasks[0].Endpoint.ID != "ep_B" {
		t.Fatalf("claimed %v", tasks)
	}
	h.step(time.Hour)
	if tasks := h.claim(t, 9, 9); len(tasks) != 2 {
		t.Errorf("an hour later claimed %v", tasks)
	}
}

// noSpaceTaken lets ten endpoints hang with all that they may have, or with the
// first event of an order whose second waits behind it: they never had a
// success, so they are those that were served longest ago.
func noSpaceTaken(t *testing.T, h *fixture) {
	for n := range 5 {
		h.endpoint(t, shop, fmt.Sprint("ep_busy", n), "order.received")
		h.endpoint(t, shop, fmt.Sprint("ep_behind", n), "order.received", "order.sent")
	}
	first := h.add(t, "1")
	if tasks := h.claim(t, 1, many); len(tasks) != 10 {
		t.Fatalf("claimed %d", len(tasks))
	}
	h.move(t, first.ID, order.EventProcessed, order.Sent)
	good := h.endpoint(t, publisher, "ep_good")
	h.move(t, h.add(t, "2").ID, order.EventProcessed, order.Sent)
	if tasks := h.claim(t, 1, 1); len(tasks) != 1 || tasks[0].Endpoint.ID != good.ID {
		t.Errorf("a claim for one gave %+v", tasks)
	}
}

func longestAgoFirst(t *testing.T, h *fixture) {
	for _, id := range []string{"ep_A", "ep_B", "ep_C", "ep_D"} {
		h.endpoint(t, shop, id, "order.received")
	}
	h.endpoint(t, shop, "ep_idle", "order.failed")
	h.add(t, "1")
	first := map[string]webhook.Task{}
	for _, task := range h.claim(t, 1, many) {
		first[task.Endpoint.ID] = task
	}
	for _, id := range []string{"ep_C", "ep_A", "ep_B"} {
		h.finish(t, first[id])
	}
	h.fail(t, first["ep_D"], 0)
	h.add(t, "2")
	for _, want := range []string{"ep_D", "ep_C", "ep_A", "ep_B"} {
		if tasks := h.claim(t, 1, 1); len(tasks) != 1 || tasks[0].Endpoint.ID != want {
			t.Errorf("claimed %+v, want one of %s", tasks, want)
		}
	}
}

func claimsAtOnce(t *testing.T, h *fixture) {
	const orders, workers = 40, 8
	h.endpoint(t, shop, "ep_A")
	h.endpoint(t, shop, "ep_B")
	for n := range orders {
		h.add(t, fmt.Sprint(n))
	}
	var mu sync.Mutex
	seen := map[string]int{}
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for {
				tasks, err := h.Claim(t.Context(), h.now(), h.now().Add(time.Hour), webhook.Bounds{PerEndpoint: orders, PerParty: 2 * orders, Limit: 3})
				if err != nil {
					t.Error(err)
				}
				if len(tasks) == 0 {
					return
				}
				mu.Lock()
				for _, task := range tasks {
					seen[task.Delivery.ID]++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was leased %d times", id, n)
		}
	}
	rest := h.claim(t, orders, 3*orders)
	if len(seen)+len(rest) != 2*orders {
		t.Errorf("%d of %d deliveries were leased", len(seen)+len(rest), 2*orders)
	}
}
