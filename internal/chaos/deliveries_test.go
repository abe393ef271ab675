//go:build all

package chaos

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// The load of a delivery run. An order of one line makes four events for its
// sender: received, sent, line answered, order answered.
const (
	quickDeliveryKills = 5
	quickDeliveries    = 300
	eventsOfOrder      = 4
	deliveryWriters    = 8
	markTries          = 400 // looks at whether an order can be answered yet
)

// deliveredLimit leaves time for a busy machine.
const deliveredLimit = 4 * time.Minute

// TestDeliveries kills the process while it sends events to a receiver that
// drops some and takes some twice. The receiver applies what comes, and fills
// gaps in the change numbers from the feed: it ends with exactly our state.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	deliveries(t, quickDeliveryKills, quickDeliveries)
}

func deliveries(t *testing.T, kills, events int) {
	run := newDeliveryRun(t, events/eventsOfOrder)
	for range kills {
		run.live(t, func() {
			time.Sleep(time.Duration(shortestLife+rand.IntN(longestLife-shortestLife)) * time.Millisecond)
		})
	}
	run.live(t, func() {
		t.Logf("%d events were accepted in the %d lives that were cut short", run.careful.count(), kills)
		run.waitWritten(t)
		run.waitDelivered(t)
		run.calm.Store(true) // of what is forgotten behind the last event no receiver could know
		run.todo <- orderNumber("last", 0, 1)
		run.waitWritten(t)
		run.waitDelivered(t)
		run.judge(t, kills)
	})
}

// deliveryRun is one run: three followers of the same party's events.
type deliveryRun struct {
	scene             harness.Scene
	receivers         *receivers
	careful, careless *follower
	forgetful         *follower // gets one type of event alone, as if the dispatcher forgot the others
	todo              chan string
	written           atomic.Int64
	wanted            int64
	calm              atomic.Bool
	shop              atomic.Pointer[harness.Client] // of the life at hand
	gateway           *harness.Gateway
}

// deliveryArgs let the gateway send to this machine.
func deliveryArgs() []string { return append([]string{"--allow-webhook-net", "127.0.0.0/8"}, quiet...) }

func newDeliveryRun(t *testing.T, orders int) *deliveryRun {
	t.Helper()
	run := &deliveryRun{scene: newScene(t, sqlite), todo: make(chan string, orders+1), wanted: int64(orders)}
	for n := range orders {
		run.todo <- orderNumber("d", n, 1)
	}
	run.receivers = listenForEvents(t, &run.calm)
	g := start(t, run.scene, deliveryArgs()...)
	defer g.Kill()
	client := login(t, g, run.scene.Sender)
	follow := func(name string, applies applier, filter ...string) *follower {
		f := &follower{name: name, apply: applies, feed: run.feed, arrived: map[int64]int{}, orders: map[string]*followed{}}
		f.register(t, client, run.receivers, filter)
		return f
	}
	run.careful = follow("careful", (*follower).applyCarefully)
	run.careless = follow("careless", (*follower).applyBlindly)
	run.forgetful = follow("forgetful", (*follower).applyBlindly, "order.sent")
	return run
}

// live starts the gateway, lets the writers write until during returns, and
// kills it.
func (run *deliveryRun) live(t *testing.T, during func()) {
	g := start(t, run.scene, deliveryArgs()...)
	run.gateway = g
	shop, publisher := login(t, g, run.scene.Sender), login(t, g, run.scene.Receiver)
	run.shop.Store(shop)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range deliveryWriters {
		wg.Go(func() { run.write(shop, publisher, stop) })
	}
	during()
	g.Kill()
	close(stop)
	wg.Wait()
}

// write makes orders and answers them; what is cut short is begun again in the
// next life, for both requests may be repeated.
func (run *deliveryRun) write(shop, publisher *harness.Client, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case number := <-run.todo:
			if !writeOne(shop, publisher, number) {
				run.todo <- number
				return
			}
			run.written.Add(1)
		}
	}
}

func writeOne(shop, publisher *harness.Client, number string) bool {
	id, err := shop.Submit(bodyOf(number))
	if err != nil {
		return false
	}
	for range markTries {
		res, _, err := publisher.Do(http.MethodPost, "/orders/"+id+"/lines/1", []byte(`{"status":"RECEIVED"}`), "application/json")
		if err != nil {
			return false
		}
		if res.StatusCode == http.StatusOK {
			return true
		}
		time.Sleep(visiblePause)
	}
	return false
}

// waitWritten waits until every order was written and answered.
func (run *deliveryRun) waitWritten(t *testing.T) {
	t.Helper()
	run.wait(t, "orders are left to be written", func() bool { return run.written.Load() >= run.wanted && len(run.todo) == 0 })
	run.wanted++
}

// wakeEvery is how often the owner of the endpoints has what failed sent again,
// instead of waiting for the schedule, whose fourth try comes after minutes.
const wakeEvery = 5 * time.Second

// waitDelivered waits until nothing is pending for any endpoint.
func (run *deliveryRun) waitDelivered(t *testing.T) {
	t.Helper()
	woken := time.Now()
	run.wait(t, "deliveries are pending", func() bool {
		if time.Since(woken) > wakeEvery {
			run.resume()
			woken = time.Now()
		}
		for _, f := range []*follower{run.careful, run.careless, run.forgetful} {
			_, body, err := run.shop.Load().Do(http.MethodGet, "/v2/webhooks/"+f.endpoint+"/deliveries?state=pending&limit=1", nil, "")
			var page struct {
				Embedded struct {
					Deliveries []json.RawMessage `json:"bk:delivery"`
				} `json:"_embedded"`
			}
			if err != nil || json.Unmarshal(body, &page) != nil || page.Embedded.Deliveries == nil || len(page.Embedded.Deliveries) > 0 {
				return false
			}
		}
		return true
	})
}

// pending reports what waits, and why.
func (run *deliveryRun) pending() (words string) {
	for _, f := range []*follower{run.careful, run.careless, run.forgetful} {
		for _, path := range []string{"", "/deliveries?state=pending&limit=3"} {
			_, body, _ := run.shop.Load().Do(http.MethodGet, "/v2/webhooks/"+f.endpoint+path, nil, "")
			words += string(body) + "\n"
		}
	}
	return words
}

// resume makes what waits for any endpoint due now.
func (run *deliveryRun) resume() {
	for _, f := range []*follower{run.careful, run.careless, run.forgetful} {
		run.shop.Load().Do(http.MethodPost, "/v2/webhooks/"+f.endpoint+"/resume", nil, "")
	}
}

func (run *deliveryRun) wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(deliveredLimit); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %s %s\n%s\n%s", deliveredLimit, what, run.pending(), run.gateway.Log())
		}
	}
}

// judge holds what the followers have against the gateway's own lists.
func (run *deliveryRun) judge(t *testing.T, kills int) {
	t.Helper()
	changes, _, err := run.feedAll()
	if err != nil {
		t.Fatal(err)
	}
	fresh := &poller{clients: []*harness.Client{run.shop.Load()}, changes: map[string]int64{}}
	if err := fresh.read("SENT_BY_ME", "/v2/orders?mode=SENT_BY_ME"); err != nil {
		t.Fatal(err)
	}
	if len(fresh.changes) != int(run.written.Load()) || len(changes) != eventsOfOrder*len(fresh.changes) {
		t.Errorf("%d orders and %d changes are listed, %d were written", len(fresh.changes), len(changes), run.written.Load())
	}
	c := run.careful
	wrong, missing := c.differences(changes, fresh.changes), c.missing(changes)
	t.Logf("%d kills, %d events: %d accepted of the careful receiver, %d of them twice or more, %d dropped, %d accepted and forgotten, %d gaps filled; %d orders differ, %d events never came (%s)",
		kills, len(changes), len(c.arrived), c.doubled(), c.dropped, c.forgotten, c.filled, wrong, missing, bound(len(changes)))
	if wrong > 0 || missing > 0 || c.unsigned > 0 {
		t.Errorf("%d orders differ, %d events never came, %d requests were not signed", wrong, missing, c.unsigned)
	}
	if c.dropped == 0 || c.forgotten == 0 || c.filled == 0 {
		t.Errorf("the receiver did not misbehave, so nothing was tested: %d dropped, %d forgotten, %d gaps", c.dropped, c.forgotten, c.filled)
	}
	careless, forgot := run.careless.differences(changes, fresh.changes), run.forgetful.missing(changes)
	t.Logf("control, a receiver that ignores gaps and doubles: %d orders differ; a dispatcher that forgets: %d events never came", careless, forgot)
	if careless == 0 || forgot == 0 {
		t.Error("control: a receiver that ignores gaps and doubles, or a dispatcher that forgets, was not caught")
	}
}

// feed reads the changes behind a number from the gateway at hand.
func (run *deliveryRun) feed(after int64) (changes []change, head int64, err error) {
	res, body, err := run.shop.Load().Do(http.MethodGet, fmt.Sprintf("/v2/feed?limit=1000&after=%d", after), nil, "")
	if err != nil {
		return nil, 0, err
	}
	var page struct {
		Head    int64    `json:"head"`
		Changes []change `json:"changes"`
	}
	if res.StatusCode != http.StatusOK {
		return nil, 0, fmt.Errorf("feed: %s %s", res.Status, body)
	}
	return page.Changes, page.Head, json.Unmarshal(body, &page)
}

func (run *deliveryRun) feedAll() (all []change, head int64, err error) {
	for {
		changes, head, err := run.feed(int64(len(all)))
		if all = append(all, changes...); err != nil || len(changes) == 0 {
			return all, head, err
		}
	}
}
