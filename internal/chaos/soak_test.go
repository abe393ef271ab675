//go:build all && soak

package chaos

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// The promise: a client of the old kind that asks for everything at once gets
// it, and the server's memory does not grow with the list.
const (
	million      = 1_000_000
	memoryLimit  = 150 << 20
	fillers      = 256 // submitting at once, so that commits are shared
	sampleEvery  = 200 * time.Millisecond
	progressStep = 100_000
)

// The long forms. What each zero is worth stands in the line that it prints.
const (
	soakKills       = 2000
	soakPgKills     = 200
	soakServerKills = 60
	soakAbsence     = time.Minute // once: longer than the gateway waits for its database, so that clients are refused
	soakPairs       = 100
	soakCuts        = 1000 // of each recording
	soakRecordings  = 20
	soakCycles      = 200
	soakSame        = 5000
	soakPolling     = 10 * time.Minute
	soakClockRounds = 8
	soakFlips       = 5000
	soakBackups     = 10
	soakFullDisks   = 500

	soakRestarts      = 300
	soakPgRestarts    = 60
	soakActivated     = 100
	soakHandoverKills = 300
	soakCanaries      = 60               // rounds at every API, beside the load of orders
	soakAttack        = 10 * time.Minute // of each kind
	soakLogins        = 1000

	soakDeliveryKills = 500
	soakDeliveries    = 20_000
	soakAnswered      = 300 // orders for each behaviour
	soakHostile       = 10 * time.Minute
)

// TestSoakKillLoop is the long form of TestKillLoop.
func TestSoakKillLoop(t *testing.T) {
	onEach(t, func(t *testing.T, s stage) {
		killLoop(t, s.engine, map[engine]int{sqlite: soakKills, postgres: soakPgKills}[s.engine])
	})
}

// TestSoakRolling is the long form of TestRolling and TestRollingActivated.
func TestSoakRolling(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { rolling(t, newScene(t, sqlite), soakRestarts, 0) })
	t.Run("PostgreSQL", func(t *testing.T) { rolling(t, newScene(t, postgres), soakPgRestarts, 0) })
	t.Run("activated", func(t *testing.T) { activated(t, newScene(t, sqlite), soakActivated) })
	t.Run("control", rollingControl)
}

// TestSoakHandoverKills is the long form of TestHandoverKills.
func TestSoakHandoverKills(t *testing.T) { handoverKills(t, soakHandoverKills) }

// TestSoakPowerCut is the long form of TestPowerCut: many recordings, for no
// two have their flushes at the same places.
func TestSoakPowerCut(t *testing.T) {
	for range soakRecordings {
		powerCut(t, soakCuts)
	}
}

// TestSoakDiskFull is the long form of TestDiskFull.
func TestSoakDiskFull(t *testing.T) { diskFull(t, soakCycles) }

// TestSoakSameOrderAtOnce is the long form of TestSameOrderAtOnce.
func TestSoakSameOrderAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, s stage) { sameOrder(t, s, soakSame) })
}

// TestSoakFourPollers is the long form of TestFourPollers.
func TestSoakFourPollers(t *testing.T) {
	onEach(t, func(t *testing.T, s stage) { fourPollers(t, s, soakPolling) })
}

// TestSoakClockSteps is the long form of TestClockSteps.
func TestSoakClockSteps(t *testing.T) {
	onEach(t, func(t *testing.T, s stage) { clockStepsOn(t, s, soakClockRounds) })
}

// TestSoakBitFlips is the long form of TestBitFlips.
func TestSoakBitFlips(t *testing.T) {
	onEach(t, func(t *testing.T, s stage) { bitFlips(t, s.engine, soakFlips) })
}

// TestSoakServerKills is the long form of TestServerKills.
func TestSoakServerKills(t *testing.T) { serverKills(t, soakServerKills, soakAbsence) }

// TestSoakDeadHolder is the long form of TestDeadHolder.
func TestSoakDeadHolder(t *testing.T) {
	for held := 0; held < soakPairs; held += quickPairs {
		deadHolders(t, quickPairs, time.Sleep)
	}
}

// TestSoakBackupWhileWriting is the long form of TestBackupWhileWriting.
func TestSoakBackupWhileWriting(t *testing.T) { backupWhileWriting(t, soakBackups) }

// TestSoakBackupDiskFull is the long form of TestBackupDiskFull.
func TestSoakBackupDiskFull(t *testing.T) { backupDiskFull(t, soakFullDisks) }

// TestSoakDeliveries is the long form of TestDeliveries.
func TestSoakDeliveries(t *testing.T) { deliveries(t, soakDeliveryKills, soakDeliveries) }

// TestSoakWebhookAnswers is the long form of TestWebhookAnswers.
func TestSoakWebhookAnswers(t *testing.T) { webhookAnswers(t, soakAnswered) }

// TestSoakWebhookDelay is the long form of TestWebhookDelay: one receiver of
// twenty is bad.
func TestSoakWebhookDelay(t *testing.T) {
	long := timing{orders: 1500, pause: 350 * time.Millisecond, endpoints: 20, bad: 1, others: 1, patience: time.Minute}
	all := long.delays(t, newScene(t, sqlite))
	figures(t, "from commit to the first byte, with %d of %d receivers bad: %s (goal %s)", long.bad, long.endpoints, spreadOf(all), delayGoalBeside)
	if p99 := percentOf(all, 99); p99 > mostDelay {
		t.Errorf("99 of 100 events came within %s, %s is allowed", p99, mostDelay)
	}
}

// TestSoakHostileXML is the long form of TestHostileXML.
func TestSoakHostileXML(t *testing.T) { hostileXML(t, soakHostile) }

// TestSoakCanaries is the long form of TestCanaries.
func TestSoakCanaries(t *testing.T) {
	onEach(t, func(t *testing.T, s stage) { canaries(t, s.engine, soakCanaries) })
}

// TestSoakPlacesUnderAttack is the long form of TestPlacesUnderAttack.
func TestSoakPlacesUnderAttack(t *testing.T) {
	for name, a := range attacks() {
		t.Run(name, func(t *testing.T) { a.run(t, newScene(t, sqlite), soakAttack).check(t, a) })
	}
}

// TestSoakLogins is the long form of TestLoginsSideBySideTakeLittleMemory.
func TestSoakLogins(t *testing.T) {
	s := newScene(t, sqlite)
	if more := loginsSideBySide(t, s, serveUser(t, s), soakLogins); more > 2*mostLogins { // a thousand connections take their own
		t.Errorf("%d MiB more", more>>20)
	}
}

// TestSoakMillionOrders lists a million orders without paging.
func TestSoakMillionOrders(t *testing.T) {
	scene := newScene(t, sqlite)
	fill(t, scene.Dir, million)
	g := start(t, scene)
	defer g.Stop()
	peak, stopSampling := samplePeak(t, g)
	began := time.Now()
	rows := countRows(t, login(t, g, scene.Receiver))
	stopSampling()
	figures(t, "%d orders listed in one answer in %s, resident memory at most %d MiB", rows, time.Since(began).Round(time.Millisecond), *peak>>20)
	if rows != million {
		t.Errorf("%d orders listed, want %d", rows, million)
	}
	if *peak > memoryLimit {
		t.Errorf("resident memory rose to %d MiB, %d MiB are allowed", *peak>>20, memoryLimit>>20)
	}
}

// fill submits and routes n orders through the core, without HTTP.
func fill(t *testing.T, dir string, n int) {
	t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	x := order.NewExchange(db, db, order.Config{})
	numbers := make(chan int)
	var wg sync.WaitGroup
	for range fillers {
		wg.Go(func() {
			for i := range numbers {
				submitOne(ctx, t, x, i)
			}
		})
	}
	for i := range n {
		if i%progressStep == 0 {
			t.Logf("%d orders submitted", i)
		}
		numbers <- i
	}
	close(numbers)
	wg.Wait()
	if err := x.ProcessPending(ctx); err != nil {
		t.Fatal(err)
	}
}

func submitOne(ctx context.Context, t *testing.T, x *order.Exchange, i int) {
	body := harness.OrderXML(fmt.Sprintf("n%d", i), 1)
	o, _, err := editx.Decode(body)
	if err != nil {
		t.Error(err)
		return
	}
	by := order.Actor{Party: harness.Sender, Name: "fill", Via: "system"}
	if _, err := x.Submit(ctx, by, o, order.NewDocument("application/xml", body)); err != nil {
		t.Error(err)
	}
}

// samplePeak watches the resident memory until it is stopped.
func samplePeak(t *testing.T, g *harness.Gateway) (peak *int64, stop func()) {
	peak = new(int64)
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			u, err := g.Usage()
			if err != nil {
				t.Error(err)
				return
			}
			*peak = max(*peak, u.Resident)
			select {
			case <-quit:
				return
			case <-time.After(sampleEvery):
			}
		}
	}()
	return peak, func() { close(quit); <-done }
}

// countRows reads the list as it comes and counts its orders.
func countRows(t *testing.T, c *harness.Client) int {
	t.Helper()
	body, err := c.Stream("/orders?mode=SENT_TO_ME&fromDate=20000101000000")
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	rows, rest := 0, []byte(nil)
	mark := []byte(`"orderId":`)
	buf := make([]byte, 1<<20)
	for {
		n, err := body.Read(buf)
		rest = append(rest, buf[:n]...)
		rows += bytes.Count(rest, mark)
		if i := bytes.LastIndex(rest, mark); i >= 0 {
			rest = rest[i+len(mark):]
		}
		rest = append([]byte(nil), rest[max(0, len(rest)-len(mark)):]...)
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
