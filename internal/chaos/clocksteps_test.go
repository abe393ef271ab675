//go:build all

package chaos

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/plant"
)

const (
	stepGoal   = 3 * time.Second  // for what goes on at a step of the clock
	stepLimit  = 20 * time.Second // after which it counts as stuck: the planted clock is an hour wrong
	firstRetry = 6 * time.Second  // after a failed delivery, at most
)

// What the control must be caught by.
const (
	noOrder = "a new order is not sent"
	noRetry = "no retry"
)

// clockSteps are where the clock goes, in seconds from the true time: an hour
// and ten years, there and back, in both directions. Those of one group are set
// while one delivery waits for its next try.
func clockSteps() [][]int64 {
	const hour, years = 3600, 10 * 365 * 86400
	return [][]int64{{hour, -hour}, {years, -years}, {0}}
}

// TestClockSteps sets the clock of a serving gateway, with a start in between.
// At each step an order goes to its receiver, the next try of a delivery that
// failed before it comes when it should, and the ticket of before it is good. The
// control is a gateway that waits for the clock of its machine.
func TestClockSteps(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, on stage) { clockStepsOn(t, on, 1) })
}

func clockStepsOn(t *testing.T, on stage, rounds int) {
	var control sync.WaitGroup
	defer control.Wait()
	bad := newStepRun(t, on.engine, plant.WaitByClock)
	control.Go(func() {
		fault := bad.steps(-1, []int64{-3600})
		if !strings.Contains(fault, noOrder) && !strings.Contains(fault, noRetry) {
			t.Errorf("a gateway that waits for its clock was not caught: %q", fault)
		}
	})
	r := newStepRun(t, on.engine, "")
	n := 0
	for range rounds {
		for group, seconds := range clockSteps() {
			if fault := r.steps(n, seconds); fault != "" {
				t.Errorf("clock set to %d s: %s", seconds, fault)
			}
			if n += len(seconds); group == 0 {
				r.restart(t)
			}
		}
	}
	figures(t, "%s: %d steps of the clock, latest order after %.1f s (goal %s), latest retry %.1f s after its failure (%s and the goal)",
		on, n, r.order.Seconds(), stepGoal, r.retry.Seconds(), firstRetry)
}

// stepRun is a gateway whose clock can be set, with a receiver of its events.
type stepRun struct {
	scene        harness.Scene
	clock        string // the file that sets it
	gateway      *harness.Gateway
	sender       *harness.Client
	receiver     *httptest.Server
	refuses      atomic.Bool
	taken        chan time.Time
	refused      chan struct{}
	order, retry time.Duration // the latest
}

func newStepRun(t *testing.T, e engine, f plant.Fault) *stepRun {
	t.Helper()
	r := &stepRun{clock: filepath.Join(t.TempDir(), "clock"), taken: make(chan time.Time, 1000), refused: make(chan struct{}, 1000)}
	if err := r.set(0); err != nil {
		t.Fatal(err)
	}
	r.receiver = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if r.refuses.Load() {
			r.refused <- struct{}{}
			http.Error(w, "later", http.StatusInternalServerError)
			return
		}
		r.taken <- time.Now()
	}))
	t.Cleanup(r.receiver.Close)
	r.scene = plantedScene(t, e, f)
	r.scene.Env = append(r.scene.Env, "PLANTED_CLOCK="+r.clock)
	r.start(t)
	r.sender = login(t, r.gateway, r.scene.Sender)
	body := fmt.Sprintf(`{"url":%q,"events":["order.received"]}`, r.receiver.URL+"/events")
	if res, said, err := r.sender.Do(http.MethodPost, "/v2/webhooks", []byte(body), "application/json"); err != nil || res.StatusCode != http.StatusCreated {
		t.Fatalf("webhook: %v %v %s", res, err, said)
	}
	return r
}

func (r *stepRun) start(t *testing.T) {
	t.Helper()
	r.gateway = start(t, r.scene, "--log-level", "error", "--allow-webhook-net", "127.0.0.0/8", "--drain", "0s")
	t.Cleanup(func() { r.gateway.Stop() })
}

func (r *stepRun) restart(t *testing.T) {
	t.Helper()
	r.gateway.Stop()
	r.start(t)
	r.sender = login(t, r.gateway, r.scene.Sender)
}

func (r *stepRun) set(seconds int64) error {
	return os.WriteFile(r.clock, []byte(strconv.FormatInt(seconds, 10)), 0o600)
}

// steps sets the clock, once or more often, between a failed delivery and its next
// try, and returns what did not go on. The first step has number n.
func (r *stepRun) steps(n int, seconds []int64) (fault string) {
	r.refuses.Store(true)
	if _, err := r.sender.Submit(bodyOf(orderNumber("before", n+1, 1))); err != nil {
		return err.Error()
	}
	select {
	case <-r.refused:
	case <-time.After(stepLimit):
		return fmt.Sprintf("no delivery within %s", stepLimit)
	}
	failed := time.Now()
	time.Sleep(200 * time.Millisecond) // in which the failure is stored
	r.refuses.Store(false)
	for i, by := range seconds {
		if fault := r.step(n+i, by); fault != "" {
			return fmt.Sprintf("at %d s %s", by, fault)
		}
	}
	for range len(seconds) + 1 { // the new ones at once, and the other when its time comes
		select {
		case at := <-r.taken:
			r.retry = max(r.retry, at.Sub(failed))
		case <-time.After(firstRetry + stepLimit - time.Since(failed)):
			return fmt.Sprintf(noRetry+" within %s", time.Since(failed).Round(time.Second))
		}
	}
	return ""
}

// step sets the clock and wants an order that comes then to be sent.
func (r *stepRun) step(n int, seconds int64) (fault string) {
	if err := r.set(seconds); err != nil {
		return err.Error()
	}
	time.Sleep(100 * time.Millisecond)
	began := time.Now()
	id, err := r.sender.Submit(bodyOf(orderNumber("after", n+1, 1)))
	if err != nil {
		return "the ticket is refused: " + err.Error()
	}
	for status := ""; status != "SENT"; time.Sleep(visiblePause) {
		_, body, err := r.sender.Do(http.MethodGet, "/v2/orders/"+id, nil, "")
		var o struct{ Status string }
		if err == nil && json.Unmarshal(body, &o) == nil {
			status = o.Status
		}
		if time.Since(began) > stepLimit {
			return fmt.Sprintf(noOrder+" within %s: %s", stepLimit, status)
		}
	}
	r.order = max(r.order, time.Since(began))
	return ""
}
