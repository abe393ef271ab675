//go:build all

package chaos

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

const (
	copies      = 32 // of an order, submitted at once
	quickOrders = 20
	killedEvery = 10 // the process is killed among the copies of each tenth order
	killWithin  = 6  // milliseconds from the first copy on: about as long as 32 copies take
)

// TestSameOrderAtOnce submits the same order many times at once, with kills
// between. It must be one order with one event, and every client must get the
// same place.
func TestSameOrderAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s stage) { sameOrder(t, s, quickOrders) })
}

func sameOrder(t *testing.T, on stage, orders int) {
	scene, book := newScene(t, on.engine), newLedger()
	all := startAll(t, scene, on.replicas, quiet...)
	defer func() { all.stop() }()
	answered, kills := places{}, 0
	for n := range orders {
		number := orderNumber("same", n, 3)
		if n%killedEvery == killedEvery-1 {
			killAmong(t, scene, all, answered, number)
			kills++
		}
		for _, a := range burst(number, all.login(t, scene.Sender)...) {
			if a.err != nil {
				t.Fatal(a.err)
			}
			answered.add(number, a.id)
			book.write(number, a.id, nil)
		}
	}
	if fault := answered.fault(); fault != "" {
		t.Error(fault)
	}
	if fault := settled(t, all[0], scene, book, settleLimit); fault != "" {
		t.Error(fault)
	}
	checkHistories(t, all[0], scene, book)
	figures(t, "%d orders submitted %d times each to %s, %d kills: %d orders, 0 doubled (%s)", orders, copies, on, kills, len(book.acked), bound(orders))
	sameOrderControl(t, on.engine)
}

// places are the ids that the acknowledgements of a number named.
type places map[string]map[string]bool

func (p places) add(number, id string) {
	if p[number] == nil {
		p[number] = map[string]bool{}
	}
	p[number][id] = true
}

func (p places) fault() string {
	for number, ids := range p {
		if len(ids) != 1 {
			return fmt.Sprintf("order %s is acknowledged in %d places", number, len(ids))
		}
	}
	return ""
}

type answer struct {
	id  string
	err error
}

// burst submits the copies of an order at once, in turn through the clients.
func burst(number string, clients ...*harness.Client) []answer {
	answers, body := make([]answer, copies), bodyOf(number)
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			<-begin
			answers[i].id, answers[i].err = clients[i%len(clients)].Submit(body)
		})
	}
	close(begin)
	wg.Wait()
	return answers
}

// killAmong kills a gateway while the copies come in and starts another. What
// was acknowledged before the kill counts like everything else.
func killAmong(t *testing.T, s harness.Scene, all replicas, answered places, number string) {
	t.Helper()
	clients, victim := all.login(t, s.Sender), rand.IntN(len(all))
	after := time.Duration(rand.IntN(killWithin*1000)) * time.Microsecond
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		time.Sleep(after)
		all[victim].Kill()
	}()
	for _, a := range burst(number, clients...) {
		if a.err == nil {
			answered.add(number, a.id)
		}
	}
	<-killed
	all[victim] = start(t, s, quiet...)
}

// sameOrderControl sends the copies to two gateways with a store each, as if
// replicas shared nothing: each makes an order of its own.
func sameOrderControl(t *testing.T, e engine) {
	one, two := newScene(t, e), newScene(t, e)
	a, b := start(t, one, quiet...), start(t, two, quiet...)
	defer a.Stop()
	defer b.Stop()
	answered := places{}
	for _, x := range burst(orderNumber("twin", 0, 3), login(t, a, one.Sender), login(t, b, two.Sender)) {
		if x.err != nil {
			t.Fatal(x.err)
		}
		answered.add("twin", x.id)
	}
	figures(t, "control, two gateways that share no store: %q", answered.fault())
	if answered.fault() == "" {
		t.Error("control: an order with two places was not caught")
	}
}
