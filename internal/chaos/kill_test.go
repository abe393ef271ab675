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

// The load of a kill run: enough writers that several orders are always
// between their acknowledgement and their routing when the process dies. A
// start takes about 50 ms; a life of 20 to 140 ms after it leaves most of the
// time to the load and still kills some processes before their first order.
const (
	writers      = 8
	quickKills   = 12
	quickPgKills = 4
	controlKills = 8
	shortestLife = 20
	longestLife  = 140
)

// settleLimit leaves time for an order whose lease the crash left behind; the
// lease runs for 30 s.
const settleLimit = 45 * time.Second

// TestKillLoop kills the process under load again and again. Every order that
// was acknowledged must be there once, routed once, and seen by both parties;
// an order whose acknowledgement was lost is sent again and must not double.
func TestKillLoop(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s stage) {
		killLoop(t, s.engine, map[engine]int{sqlite: quickKills, postgres: quickPgKills}[s.engine])
	})
}

func killLoop(t *testing.T, e engine, kills int) {
	scene, book := newScene(t, e), newLedger()
	killUnderLoad(t, scene, book, kills, nil)
	g := start(t, scene, quiet...)
	defer g.Stop()
	resend(t, g, scene, book)
	if fault := settled(t, g, scene, book, settleLimit); fault != "" {
		t.Fatalf("%s\n%s", fault, g.Log())
	}
	checkHistories(t, g, scene, book)
	figures(t, "%d kills of the gateway under load, %d orders acknowledged, 0 lost, 0 doubled (%s)", kills, len(book.acked), bound(kills))
	killControl(t, e)
}

// killControl runs the same behind a front that acknowledges before the order
// is stored. Without a kill every order would arrive all the same.
func killControl(t *testing.T, e engine) {
	scene, book := newScene(t, e), newLedger()
	killUnderLoad(t, scene, book, controlKills, hastyFront)
	g := start(t, scene, quiet...)
	defer g.Stop()
	lost := countLost(t, login(t, g, scene.Sender), book)
	figures(t, "control, acknowledged before stored: %d kills, %d orders acknowledged, %d lost", controlKills, len(book.acked), lost)
	if lost == 0 || compare(t, login(t, g, scene.Sender), "SENT_BY_ME", book) == "" {
		t.Error("control: a front that acknowledges before the order is stored was not caught")
	}
}

// front stands between the writers and the gateway; none is nil.
type front func(*testing.T, *harness.Gateway) (base string, end func())

func killUnderLoad(t *testing.T, s harness.Scene, book *ledger, kills int, before front) {
	for round := range kills {
		g := start(t, s, quiet...)
		resend(t, g, s, book)
		client, end := login(t, g, s.Sender), func() {}
		if before != nil {
			var base string
			base, end = before(t, g)
			client = client.Via(base)
		}
		underLoad(client, book, fmt.Sprintf("r%d", round), func() {
			time.Sleep(time.Duration(shortestLife+rand.IntN(longestLife-shortestLife)) * time.Millisecond)
			g.Kill()
		})
		end()
	}
}

// underLoad lets writers submit while something happens, until it has happened
// or they get no answer.
func underLoad(client *harness.Client, book *ledger, prefix string, happen func()) {
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for w := range writers {
		wg.Go(func() { write(client, book, fmt.Sprintf("%s-w%d", prefix, w), stop) })
	}
	happen()
	close(stop)
	wg.Wait()
}

func write(client *harness.Client, book *ledger, prefix string, stop <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		number := orderNumber(prefix, n, 2)
		id, err := client.Submit(bodyOf(number))
		book.write(number, id, err)
		if err != nil {
			return
		}
	}
}

// resend repeats what got no answer, as a real sender does.
func resend(t *testing.T, g *harness.Gateway, s harness.Scene, book *ledger) {
	t.Helper()
	client := login(t, g, s.Sender)
	for _, number := range book.takeUnheard() {
		id, err := client.Submit(bodyOf(number))
		if err != nil {
			t.Fatalf("%s sent again: %v", number, err)
		}
		book.write(number, id, nil)
	}
}
