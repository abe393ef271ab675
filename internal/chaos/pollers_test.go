package chaos

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// The load of a polling run. Each order is changed a few times and then left
// alone, so that a change that a poller misses is not hidden by a later one.
const (
	quickPolling   = 15 * time.Second
	pollWriters    = 4
	writerPause    = 40 * time.Millisecond // between two orders of a writer, at most
	ordersOfWriter = 40_000                // at most: the last list of all must stay readable
	pollOverlap    = 5 * time.Second       // what the gateway is told to make good for clients that poll by time
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
	fourPollers(t, quickPolling)
}

func fourPollers(t *testing.T, length time.Duration) {
	scene := newScene(t)
	g := start(t, scene, "--log-level", "warn", "--timezone", "UTC", "--poll-overlap", pollOverlap.String())
	defer g.Stop()
	w := &pollLoad{sender: login(t, g, scene.Sender), receiver: login(t, g, scene.Receiver)}
	all, done := pollers(login(t, g, scene.Receiver), pollOverlap), make(chan struct{})
	var polling sync.WaitGroup
	for _, p := range all {
		polling.Go(func() { p.run(t, done) })
	}
	w.run(time.Now().Add(length))
	if fault := settledCount(t, w, int(w.orders.Load())); fault != "" {
		t.Fatal(fault)
	}
	close(done)
	polling.Wait()
	compareWithTruth(t, all, w)
}

// compareWithTruth reads the whole list with a fresh cursor and holds what the
// pollers saw against it.
func compareWithTruth(t *testing.T, all []*poller, w *pollLoad) {
	t.Helper()
	fresh := &poller{client: w.receiver, changes: map[string]int64{}}
	if err := fresh.poll(); err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		n := p.missed(fresh.changes)
		control := ""
		if p.faulty {
			control = "control, "
		}
		t.Logf("%spoller %s: %d polls, %d orders, %d changes after they were sent, %d orders missed", control, p.name, p.polls, len(fresh.changes), w.changes.Load(), n)
		if p.faulty != (n > 0) {
			t.Errorf("%spoller %s missed the last change of %d of %d orders (%s)", control, p.name, n, len(fresh.changes), bound(len(fresh.changes)))
		}
	}
}

// settledCount waits until every order has reached its receiver.
func settledCount(t *testing.T, w *pollLoad, want int) string {
	t.Helper()
	end := time.Now().Add(settleLimit)
	for {
		items, err := w.receiver.List("SENT_TO_ME")
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
	sender, receiver *harness.Client
	orders, changes  atomic.Int64
}

func (w *pollLoad) run(end time.Time) {
	var writing sync.WaitGroup
	for n := range pollWriters {
		writing.Go(func() {
			for i := 0; i < ordersOfWriter && time.Now().Before(end); i++ {
				w.one(fmt.Sprintf("poll%d", n), i)
				time.Sleep(time.Duration(rand.Int64N(int64(writerPause))))
			}
		})
	}
	writing.Wait()
}

// one submits an order, and answers and reduces it a few times.
func (w *pollLoad) one(prefix string, n int) {
	id, err := w.sender.Submit(bodyOf(orderNumber(prefix, n, 4)))
	if err != nil {
		return
	}
	w.orders.Add(1)
	for range visibleTries {
		if res, _, err := w.receiver.Do(http.MethodGet, "/orders/"+id, nil, ""); err == nil && res.StatusCode == http.StatusOK {
			break
		}
		time.Sleep(visiblePause)
	}
	for range rand.IntN(changesAtMost + 1) {
		w.change(id)
	}
}

// change answers a line or takes a copy back; what the rules refuse changes
// nothing and does not count.
func (w *pollLoad) change(id string) {
	client, path := w.receiver, fmt.Sprintf("/orders/%s/lines/%d", id, 1+rand.IntN(4))
	body := fmt.Sprintf(`{"status":%q}`, []string{"RECEIVED", "FULFILLED", "REJECTED"}[rand.IntN(3)])
	if rand.IntN(reductionShare) == 0 {
		client, path = w.sender, "/orders/"+id+"/update"
		body = fmt.Sprintf(`{"ean":%q,"number":-1}`, harness.EAN(4))
	}
	res, _, err := client.Do(http.MethodPost, path, []byte(body), "application/json")
	if err == nil && res.StatusCode < http.StatusMultipleChoices {
		w.changes.Add(1)
	}
}
