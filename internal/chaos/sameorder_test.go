package chaos

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

const (
	copies      = 32 // of an order, submitted at once
	quickOrders = 50
	killedEvery = 10 // the process is killed among the copies of each tenth order
	killWithin  = 6  // milliseconds from the first copy on: about as long as 32 copies take
)

// TestSameOrderAtOnce submits the same order many times at once, with kills
// between. It must be one order with one event, and everybody must be told the
// same place.
func TestSameOrderAtOnce(t *testing.T) {
	t.Parallel()
	sameOrder(t, quickOrders)
}

func sameOrder(t *testing.T, orders int) {
	scene, book := newScene(t), newLedger()
	g := start(t, scene, quiet...)
	told, kills := places{}, 0
	for n := range orders {
		number := orderNumber("same", n, 3)
		if n%killedEvery == killedEvery-1 {
			g, kills = killAmong(t, scene, g, told, number), kills+1
		}
		for _, a := range burst(number, login(t, g, scene.Sender)) {
			if a.err != nil {
				t.Fatal(a.err)
			}
			told.add(number, a.id)
			book.write(number, a.id, nil)
		}
	}
	defer func() { g.Stop() }()
	if fault := told.fault(); fault != "" {
		t.Error(fault)
	}
	if fault := settled(t, g, scene, book, settleLimit); fault != "" {
		t.Error(fault)
	}
	checkHistories(t, g, scene, book)
	t.Logf("%d orders submitted %d times each, %d kills: %d orders, 0 doubled (%s)", orders, copies, kills, len(book.acked), bound(orders))
	sameOrderControl(t)
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

// killAmong kills the process while the copies come in and starts another.
// What was acknowledged before the kill counts like everything else.
func killAmong(t *testing.T, s harness.Scene, g *harness.Gateway, told places, number string) *harness.Gateway {
	t.Helper()
	client := login(t, g, s.Sender)
	after := time.Duration(rand.IntN(killWithin*1000)) * time.Microsecond
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		time.Sleep(after)
		g.Kill()
	}()
	for _, a := range burst(number, client) {
		if a.err == nil {
			told.add(number, a.id)
		}
	}
	<-killed
	return start(t, s, quiet...)
}

// sameOrderControl sends the copies to two gateways with a store each, as if
// replicas shared nothing: each makes an order of its own.
func sameOrderControl(t *testing.T) {
	one := newScene(t)
	two := one
	two.Dir = filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(two.Dir, os.DirFS(one.Dir)); err != nil {
		t.Fatal(err)
	}
	a, b := start(t, one, quiet...), start(t, two, quiet...)
	defer a.Stop()
	defer b.Stop()
	told := places{}
	for _, x := range burst(orderNumber("twin", 0, 3), login(t, a, one.Sender), login(t, b, two.Sender)) {
		if x.err != nil {
			t.Fatal(x.err)
		}
		told.add("twin", x.id)
	}
	t.Logf("control, two gateways that share no store: %q", told.fault())
	if told.fault() == "" {
		t.Error("control: an order with two places was not caught")
	}
}
