package boknett

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/order"
)

// TestPollingMissesNothing lets readers poll while writers write. What a
// reader by cursor has seen at the end is every order at its last change, each
// change once and in order; what an old client gets in one answer has every
// order that was there before, once.
func TestPollingMissesNothing(t *testing.T) {
	const writers = 3
	ordersEach := fulltest.Rounds(4, 12)
	w := newWorld(t)
	w.api.rows = 3
	stop := w.tick()
	defer stop()

	var writing sync.WaitGroup
	for n := range writers {
		writing.Go(func() { w.write(n, ordersEach) })
	}
	written := make(chan struct{})
	go func() {
		writing.Wait()
		close(written)
	}()
	var reading sync.WaitGroup
	for reader, surface := range []string{"/v2/orders", "/v2/orders", "/orders", "/orders/v1"} {
		random := rand.New(rand.NewPCG(uint64(reader), 1))
		reading.Go(func() {
			if surface == "/v2/orders" {
				w.pollClean(random, written)
			} else {
				w.pollLegacy(random, surface, written)
			}
		})
	}
	reading.Go(func() { w.pollWhole(written) })
	reading.Wait()
	if n := len(w.get(seller, "/orders?mode=SENT_TO_ME&fromDate=20260101000000").items(t)); n != writers*ordersEach {
		t.Errorf("%d orders in the end, want %d", n, writers*ordersEach)
	}
}

// tick moves the clock and settles, as time does.
func (w *world) tick() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			w.clock.Advance(50 * time.Millisecond)
			if err := w.exchange.ProcessPending(ctx); err != nil && ctx.Err() == nil {
				w.t.Error(err)
			}
			time.Sleep(time.Millisecond)
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// bearer asks with a token, which needs no Date while the clock runs.
func (w *world) bearer(as order.PartyID, method, path, body string) answer {
	return w.do(call{method: method, path: path, body: body, header: []string{"Authorization: Bearer " + tokenOf(as)}})
}

// write submits orders, and answers and reduces some of them.
func (w *world) write(n, orders int) {
	random := rand.New(rand.NewPCG(uint64(n), 2))
	for i := range orders {
		a := w.bearer(buyer, "POST", "/orders", orderXML(fmt.Sprintf("poll-%d-%d", n, i), 3, 4))
		at := "/orders/" + string(orderOf(a))
		for range 400 {
			if w.bearer(seller, "GET", at, "").StatusCode == http.StatusOK {
				break
			}
			time.Sleep(time.Millisecond)
		}
		for range random.IntN(4) {
			status := order.Answers()[random.IntN(2)]
			w.bearer(seller, "POST", fmt.Sprintf("%s/lines/%d", at, 1+random.IntN(2)), fmt.Sprintf(`{"status":%q}`, status))
			w.bearer(buyer, "POST", at+"/update", `{"ean":"9788202337926","number":-1}`)
		}
	}
}

// ended reports whether the writers are done; a reader that sees it and then
// an idle page has seen everything.
func ended(written <-chan struct{}) bool {
	select {
	case <-written:
		return true
	default:
		return false
	}
}

// pollClean follows the change numbers that the lists under /v2 show.
func (w *world) pollClean(random *rand.Rand, written <-chan struct{}) {
	last, next, newest := map[order.ID]int64{}, "", int64(0)
	for {
		over := ended(written)
		query := fmt.Sprintf("/v2/orders?mode=SENT_TO_ME&pagesize=%d", 1+random.IntN(5))
		if next != "" {
			query += "&next=" + next
		}
		list, err := hal.ParseList([]byte(w.bearer(seller, "GET", query, "").body))
		if err != nil {
			w.t.Error(err)
			return
		}
		for _, o := range list.Embedded.Orders {
			if o.Change <= newest {
				w.t.Errorf("change %d came after change %d", o.Change, newest)
			}
			newest, last[o.ID] = o.Change, o.Change
		}
		if len(list.Embedded.Orders) == 0 && over && next == list.Cursor {
			break
		}
		next = list.Cursor
	}
	w.compareLast(last, newest)
}

// compareLast holds what a poller saw against the store.
func (w *world) compareLast(last map[order.ID]int64, newest int64) {
	page, err := w.exchange.List(context.Background(), order.Query{Party: seller, Mode: order.SentToMe, Limit: order.MaxPage})
	if err != nil || len(page.Items) != len(last) {
		w.t.Errorf("%d orders seen, %d are there, %v", len(last), len(page.Items), err)
	}
	for _, it := range page.Items {
		if last[it.ID] != it.Change {
			w.t.Errorf("order %s changed last at %d, the poller saw %d", it.ID, it.Change, last[it.ID])
		}
	}
	if head, err := w.exchange.Head(context.Background(), seller); err != nil || newest != head {
		w.t.Errorf("the poller ends at %d, the head is %d, %v", newest, head, err)
	}
}

// pollLegacy follows the Next header and keeps the last status of each order.
func (w *world) pollLegacy(random *rand.Rand, surface string, written <-chan struct{}) {
	status, next := map[order.ID]string{}, ""
	for {
		over := ended(written)
		query := surface + "?mode=SENT_TO_ME&fromDate=20260101000000"
		if next != "" {
			query = surface + "?mode=SENT_TO_ME&next=" + next + fmt.Sprintf("&pagesize=%d", 1+random.IntN(5))
		}
		a := w.bearer(seller, "GET", query, "")
		items := a.items(w.t)
		for _, it := range items {
			status[it.OrderID] = it.Status
		}
		if len(items) == 0 && over && next == a.Header.Get("Next") {
			break
		}
		next = a.Header.Get("Next")
	}
	page, err := w.exchange.List(context.Background(), order.Query{Party: seller, Mode: order.SentToMe, Limit: order.MaxPage})
	if err != nil || len(page.Items) != len(status) {
		w.t.Errorf("%s: %d orders seen, %d are there, %v", surface, len(status), len(page.Items), err)
	}
	for _, it := range page.Items {
		if status[it.ID] != hal.StatusWord(it.Status) {
			w.t.Errorf("%s: order %s is %s, the poller saw %s", surface, it.ID, it.Status, status[it.ID])
		}
	}
}

// pollWhole asks for everything at once, page by page on the way.
func (w *world) pollWhole(written <-chan struct{}) {
	var known []order.ID
	for !ended(written) {
		seen := map[order.ID]int{}
		a := w.bearer(seller, "GET", "/orders?mode=SENT_TO_ME&fromDate=20260101000000", "")
		if !strings.HasSuffix(a.body, "]") {
			w.t.Errorf("the answer ends early: %s", a.body)
		}
		for _, it := range a.items(w.t) {
			seen[it.OrderID]++
			if seen[it.OrderID] > 1 {
				w.t.Errorf("order %s came twice in one answer", it.OrderID)
			}
		}
		for _, id := range known {
			if seen[id] != 1 {
				w.t.Errorf("order %s was there before and came %d times", id, seen[id])
			}
		}
		known = known[:0]
		for id := range seen {
			known = append(known, id)
		}
	}
}
