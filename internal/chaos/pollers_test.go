//go:build all

package chaos

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// The load of a polling run. Each order is changed a few times and then left
// alone, so that a change that a poller misses is not hidden by a later one.
const (
	quickPolling   = 6 * time.Second
	longestPolling = 2 * time.Minute // where a busy machine has few commits
	pollWriters    = 8
	writerPause    = 80 * time.Millisecond // between two orders of a writer, at most
	ordersOfWriter = 20_000                // at most: the last list of all must stay readable
	visibleTries   = 200                   // looks at whether an order reached its receiver
	visiblePause   = 5 * time.Millisecond  // between two of them
	changesAtMost  = 4                     // of an order after it was sent
	reductionShare = 3                     // each third change is a reduction, the others are answers
)

// TestFourPollers lets clients poll in the four ways that clients know while
// orders are submitted, answered and reduced. At the end each of them has been
// shown the last change of every order.
func TestFourPollers(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s stage) { fourPollers(t, s, quickPolling) })
}

func fourPollers(t *testing.T, on stage, length time.Duration) {
	scene, stalls := stallingScene(t, on.engine)
	gateways := startAll(t, scene, on.replicas, "--log-level", "warn", "--timezone", "UTC", "--poll-overlap", pollOverlap.String())
	defer gateways.stop()
	w := &pollLoad{senders: gateways.login(t, scene.Sender), receivers: gateways.login(t, scene.Receiver)}
	all, done := pollers(gateways.login(t, scene.Receiver)), make(chan struct{})
	var polling sync.WaitGroup
	for _, p := range all {
		polling.Go(func() { p.run(t, done) })
	}
	end := time.Now().Add(max(length, longestPolling))
	for w.run("a", time.Now().Add(length)); stalls() < stallsEnough && time.Now().Before(end); {
		w.run(fmt.Sprintf("b%d", w.orders.Load()), time.Now().Add(time.Second))
	}
	if fault := settledCount(t, w, int(w.orders.Load())); fault != "" {
		t.Fatal(fault)
	}
	close(done)
	polling.Wait()
	compareWithTruth(t, all, w, fmt.Sprintf("%s, %d commits stalled", on, stalls()))
}

// compareWithTruth reads the whole list with a fresh cursor and holds what the
// pollers saw against it.
func compareWithTruth(t *testing.T, all []*poller, w *pollLoad, where string) {
	t.Helper()
	fresh := &poller{clients: w.receivers[:1], changes: map[string]int64{}}
	if err := fresh.poll(); err != nil {
		t.Fatal(err)
	}
	right, wrong, total := "", "", 0
	for _, p := range all {
		n := p.missed(fresh.changes)
		if p.faulty != (n > 0) {
			t.Errorf("poller %s missed the last change of %d of %d orders", p.name, n, len(fresh.changes))
		}
		if p.faulty {
			wrong += fmt.Sprintf("; %s: %d", p.name, n)
			continue
		}
		right, total = right+fmt.Sprintf("; %s: %d polls", p.name, p.polls), total+n
	}
	orders := len(fresh.changes)
	figures(t, "%s: %d orders, %d changes after they were sent, of which pollers missed %d (%s)%s", where, orders, w.changes.Load(), total, worth(total, orders), right)
	figures(t, "control, orders missed by pollers that go%s", strings.TrimPrefix(wrong, ";"))
}

// settledCount waits until every order has reached its receiver.
func settledCount(t *testing.T, w *pollLoad, want int) string {
	t.Helper()
	end := time.Now().Add(settleLimit)
	for {
		items, err := w.receivers[0].List("SENT_TO_ME")
		if err != nil {
			t.Fatal(err)
		}
		if len(items) == want {
			return ""
		}
		if time.Now().After(end) {
			return fmt.Sprintf("%d orders reached their receiver, %d were acknowledged", len(items), want)
		}
		time.Sleep(visiblePause)
	}
}

// pollLoad writes what the pollers are to see.
type pollLoad struct {
	senders, receivers []*harness.Client // one of each for each replica
	orders, changes    atomic.Int64
}

func (w *pollLoad) run(prefix string, end time.Time) {
	var writing sync.WaitGroup
	for n := range pollWriters {
		writing.Go(func() {
			for i := 0; i < ordersOfWriter && time.Now().Before(end); i++ {
				w.one(fmt.Sprintf("%s-%d", prefix, n), i)
				time.Sleep(time.Duration(rand.Int64N(int64(writerPause))))
			}
		})
	}
	writing.Wait()
}

// one submits an order, and answers and reduces it a few times. An order for
// which something hung is then left alone: a client that missed it must not be helped
// by a later change.
func (w *pollLoad) one(prefix string, n int) {
	began := time.Now()
	id, err := oneOf(w.senders).Submit(bodyOf(orderNumber(prefix, n, 4)))
	if err != nil {
		return
	}
	w.orders.Add(1)
	for range visibleTries {
		if res, _, err := oneOf(w.receivers).Do(http.MethodGet, "/orders/"+id, nil, ""); err == nil && res.StatusCode == http.StatusOK {
			break
		}
		time.Sleep(visiblePause)
	}
	for range rand.IntN(changesAtMost + 1) {
		if time.Since(began) > stallLength/2 {
			return
		}
		began = time.Now()
		w.change(id)
	}
}

// change answers a line or takes a copy back; what the rules refuse changes
// nothing and does not count.
func (w *pollLoad) change(id string) {
	client, path := oneOf(w.receivers), fmt.Sprintf("/orders/%s/lines/%d", id, 1+rand.IntN(4))
	body := fmt.Sprintf(`{"status":%q}`, []string{"RECEIVED", "FULFILLED", "REJECTED"}[rand.IntN(3)])
	if rand.IntN(reductionShare) == 0 {
		client, path = oneOf(w.senders), "/orders/"+id+"/update"
		body = fmt.Sprintf(`{"ean":%q,"number":-1}`, harness.EAN(4))
	}
	res, _, err := client.Do(http.MethodPost, path, []byte(body), "application/json")
	if err == nil && res.StatusCode < http.StatusMultipleChoices {
		w.changes.Add(1)
	}
}

func oneOf(clients []*harness.Client) *harness.Client { return clients[rand.IntN(len(clients))] }
