//go:build all

package chaos

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/plant"
)

const (
	// delayGoal is promised for 99 of 100 events from their commit to the first
	// byte at the receiver, and delayGoalBeside while some receivers are bad.
	delayGoal       = 250 * time.Millisecond
	delayGoalBeside = time.Second

	// mostDelay is ten times the first goal: later than that no busy machine
	// makes an event, and the planted fault makes it.
	mostDelay = 10 * delayGoal

	slowAnswer = 2 * time.Second

	// patienceForEvents is how long events are waited for once all orders are
	// written. What has not come by then counts as late by that.
	patienceForEvents = 6 * time.Second
)

// timing is a run of orders that are written one after the other, to receivers
// of which some answer slowly.
type timing struct {
	orders    int
	pause     time.Duration // from one order to the next
	endpoints int           // of the sender
	bad       int           // of these, which take slowAnswer to answer
	others    int           // of the receiver, which are as slow
	patience  time.Duration
}

// TestWebhookDelay measures how long events are on their way: when all is well,
// and beside receivers that take their time. The control has one place for all
// deliveries.
func TestWebhookDelay(t *testing.T) {
	quick := timing{orders: 60, pause: 50 * time.Millisecond, endpoints: 1, patience: patienceForEvents}
	well := quick.delays(t, newScene(t, sqlite))
	quick.others = 4
	beside := quick.delays(t, newScene(t, sqlite))
	quick.orders = 10
	late := quick.delays(t, plantedScene(t, sqlite, plant.SingleWorker))
	figures(t, "from commit to the first byte: %s (goal %s); beside %d receivers that take %s: %s; control, one place for all: %s",
		spreadOf(well), delayGoal, quick.others, slowAnswer, spreadOf(beside), spreadOf(late))
	for what, all := range map[string][]time.Duration{"when all is well": well, "beside slow receivers": beside} {
		if p99 := percentOf(all, 99); p99 > mostDelay {
			t.Errorf("%s 99 of 100 events came within %s, %s is allowed", what, p99, mostDelay)
		}
	}
	if p99 := percentOf(late, 99); p99 <= mostDelay || late[0] > patienceForEvents {
		t.Errorf("control: with one place for all deliveries the first event came within %s, and 99 of 100 within %s", late[0], p99)
	}
}

// delays runs a gateway over a scene and returns how late each event came to a
// good receiver of the sender, the shortest first.
func (run timing) delays(t *testing.T, scene harness.Scene) []time.Duration {
	t.Helper()
	g := start(t, scene, deliveryArgs()...)
	t.Cleanup(g.Kill)
	shop, publisher := login(t, g, scene.Sender), login(t, g, scene.Receiver)
	good := &timedReceiver{came: map[string]time.Duration{}}
	server := httptest.NewServer(good)
	t.Cleanup(server.Close)
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // or its end is not noticed
		select {
		case <-time.After(slowAnswer):
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(slow.Close)
	for n := range run.endpoints {
		url := server.URL
		if n < run.bad {
			url = slow.URL
		}
		registerHook(t, shop, fmt.Sprintf("%s/%d", url, n))
	}
	for n := range run.others {
		registerHook(t, publisher, fmt.Sprintf("%s/%d", slow.URL, n))
	}
	for n := range run.orders {
		if !writeOne(shop, publisher, orderNumber("timed", n, 1)) {
			t.Fatalf("order %d was not written\n%s", n, g.Log())
		}
		time.Sleep(run.pause)
	}
	want := run.orders * eventsOfOrder * (run.endpoints - run.bad)
	written := time.Now()
	for good.count() < want && time.Since(written) < run.patience {
		time.Sleep(10 * time.Millisecond)
	}
	g.Kill()
	all := good.all()
	for len(all) < want {
		all = append(all, time.Since(written))
	}
	slices.Sort(all)
	return all
}

func registerHook(t *testing.T, owner *harness.Client, url string) {
	t.Helper()
	endpoint, _ := json.Marshal(map[string]any{"url": url})
	res, body, err := owner.Do(http.MethodPost, "/v2/webhooks", endpoint, "application/json")
	if err != nil || res.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %v %s", url, err, body)
	}
}

// timedReceiver takes events, and notes how long each was on its way when it
// came first.
type timedReceiver struct {
	mu   sync.Mutex
	came map[string]time.Duration // by path and webhook-id
}

func (r *timedReceiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	now := time.Now()
	var event struct{ Timestamp time.Time }
	if err := json.NewDecoder(req.Body).Decode(&event); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key := req.URL.Path + " " + req.Header.Get("webhook-id")
	if _, again := r.came[key]; !again {
		r.came[key] = now.Sub(event.Timestamp)
	}
	w.WriteHeader(http.StatusNoContent)
}

func (r *timedReceiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.came)
}

func (r *timedReceiver) all() (all []time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.came {
		all = append(all, d)
	}
	return all
}

// percentOf is a percentile of sorted times.
func percentOf(sorted []time.Duration, percent int) time.Duration {
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)].Round(time.Millisecond)
}

// spreadOf says how sorted times are spread.
func spreadOf(sorted []time.Duration) string {
	return fmt.Sprintf("%d events, half within %s, 99 %% within %s, all within %s", len(sorted), percentOf(sorted, 50), percentOf(sorted, 99), percentOf(sorted, 100))
}
