package chaos

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// The load of a kill run: enough writers that several orders are always
// between their acknowledgement and their routing when the process dies.
const (
	writers     = 8
	quickKills  = 50
	settleLimit = 30 * time.Second
)

// TestKillLoop kills the process under load again and again. Every order that
// was acknowledged must be there once, routed once, and seen by both parties;
// an order whose acknowledgement was lost is sent again and must not double.
func TestKillLoop(t *testing.T) { killLoop(t, quickKills) }

// quiet keeps the log to what went wrong, so that a failure shows it.
var quiet = []string{"--log-level", "warn"}

func killLoop(t *testing.T, kills int) {
	scene := newScene(t)
	book := &ledger{acked: map[string]string{}}
	for round := range kills {
		g := start(t, scene, quiet...)
		resend(t, g, scene, book)
		load(t, g, scene, book, round)
	}
	g := start(t, scene, quiet...)
	defer g.Stop()
	resend(t, g, scene, book)
	settled(t, g, scene, book)
	checkHistories(t, g, scene, book)
	n := len(book.acked)
	t.Logf("%d kills, %d orders acknowledged, 0 lost, 0 doubled (loss rate below %.2g at 95 %%)", kills, n, 3/float64(n))
}

func newScene(t *testing.T) harness.Scene {
	t.Helper()
	binary, err := harness.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	scene, err := harness.NewScene(binary, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return scene
}

func start(t *testing.T, s harness.Scene, args ...string) *harness.Gateway {
	t.Helper()
	g, err := s.Start(args...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func login(t *testing.T, g *harness.Gateway, c harness.Credentials) *harness.Client {
	t.Helper()
	client, err := g.Login(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// ledger is kept outside the gateway: what was acknowledged, and what was sent
// without hearing back.
type ledger struct {
	mu      sync.Mutex
	acked   map[string]string // number to id
	unheard []string
}

func (l *ledger) write(number, id string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.unheard = append(l.unheard, number)
		return
	}
	l.acked[number] = id
}

// load lets the writers submit until the process is killed under them.
func load(t *testing.T, g *harness.Gateway, s harness.Scene, book *ledger, round int) {
	client := login(t, g, s.Sender)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for w := range writers {
		wg.Go(func() { write(client, book, fmt.Sprintf("r%d-w%d", round, w), stop) })
	}
	time.Sleep(time.Duration(60+rand.IntN(240)) * time.Millisecond)
	g.Kill()
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
		number := fmt.Sprintf("%s-%d", prefix, n)
		id, err := client.Submit(harness.OrderXML(number, 2))
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
	unheard := book.unheard
	book.unheard = nil
	for _, number := range unheard {
		id, err := client.Submit(harness.OrderXML(number, 2))
		if err != nil {
			t.Fatalf("%s sent again: %v", number, err)
		}
		book.write(number, id, nil)
	}
}

// settled waits until both parties see every acknowledged order, once, SENT.
func settled(t *testing.T, g *harness.Gateway, s harness.Scene, book *ledger) {
	t.Helper()
	sender, receiver := login(t, g, s.Sender), login(t, g, s.Receiver)
	deadline := time.Now().Add(settleLimit)
	for {
		fault := compare(t, sender, "SENT_BY_ME", book)
		if fault == "" {
			fault = compare(t, receiver, "SENT_TO_ME", book)
		}
		if fault == "" {
			return
		}
		if time.Now().After(deadline) || strings.Contains(fault, "doubled") {
			t.Fatalf("%s\n%s", fault, g.Log())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// compare tells the first difference between a party's list and the ledger.
func compare(t *testing.T, c *harness.Client, mode string, book *ledger) string {
	t.Helper()
	items, err := c.List(mode)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, it := range items {
		if _, twice := seen[it.Number]; twice {
			return fmt.Sprintf("%s: order %s is doubled", mode, it.Number)
		}
		seen[it.Number] = it.ID
		if it.Status != "SENT" {
			return fmt.Sprintf("%s: order %s is %s", mode, it.Number, it.Status)
		}
	}
	for number, id := range book.acked {
		if seen[number] != id {
			return fmt.Sprintf("%s: order %s was acknowledged as %s and is listed as %q", mode, number, id, seen[number])
		}
	}
	return ""
}

// checkHistories demands that order and event are one fact: each order was
// received once and processed once.
func checkHistories(t *testing.T, g *harness.Gateway, s harness.Scene, book *ledger) {
	t.Helper()
	client := login(t, g, s.Sender)
	for number, id := range book.acked {
		res, body, err := client.Do(http.MethodGet, "/v2/orders/"+id+"/history", nil, "")
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("history of %s: %v %s", number, err, body)
		}
		received := strings.Count(string(body), `"kind":"received"`)
		processed := strings.Count(string(body), `"kind":"processed"`)
		if received != 1 || processed != 1 {
			t.Fatalf("order %s was received %d times and processed %d times:\n%s", number, received, processed, body)
		}
	}
}
