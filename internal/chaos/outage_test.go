//go:build all

package chaos

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/postgrestest"
)

const (
	quickServerKills   = 2
	controlServerKills = 2

	// The server is killed this long after it began to be used again.
	shortestUse = 200 * time.Millisecond
	longestUse  = 800 * time.Millisecond

	usualAbsence = time.Second // at most, before it is started again

	gapPromised = 3 * time.Second  // without a success after the server is ready again
	gapLimit    = 30 * time.Second // what a busy machine is given
)

// TestServerKills kills the PostgreSQL server under a gateway again and again.
// The gateway waits for it by itself: it is never started again, its clients
// see success or a time to come back, and every change that was acknowledged is
// there once, also the reductions, which nothing in them makes repeatable.
func TestServerKills(t *testing.T) {
	t.Parallel()
	serverKills(t, quickServerKills, usualAbsence)
}

// serverKills kills the server so many times, the last time for an absence of
// its own.
func serverKills(t *testing.T, kills int, last time.Duration) {
	server := postgrestest.Start(t)
	scene := newSceneAt(t, server.Database(t))
	g := start(t, scene, quiet...)
	defer g.Stop()
	pid, c := g.PID(), newCustomers(t, g, scene)
	var worst time.Duration
	for n := range kills {
		absence := rand.N(usualAbsence)
		if n == kills-1 {
			absence = last
		}
		killServer(t, server, absence)
		worst = max(worst, c.gap(time.Now()))
	}
	c.leave()
	if !g.Running() || g.PID() != pid {
		t.Fatalf("the gateway ended:\n%s", g.Log())
	}
	resend(t, g, scene, c.book)
	if fault := settled(t, g, scene, c.book, settleLimit); fault != "" {
		t.Fatalf("%s\n%s", fault, g.Log())
	}
	checkHistories(t, g, scene, c.book)
	reductions := c.checkReductions(func() *harness.Client { return login(t, g, scene.Sender) })
	figures(t, "%d kills of the PostgreSQL server under load, %d orders and %d reductions acknowledged, 0 lost, 0 doubled (%s); "+
		"%d of %d requests got Retry-After; at most %s without a success after the server was ready, promised are %s (%s with its absence); gateway %d ran throughout",
		kills, len(c.book.acked), reductions, bound(kills), c.refused, c.asked, worst.Round(time.Millisecond), gapPromised, c.longest.Round(time.Millisecond), pid)
	if worst > gapLimit {
		t.Errorf("%s without a success after the server was ready", worst)
	}
	serverKillControl(t, server)
}

// killServer kills the server after a while, leaves it away for a while, and
// waits until it is ready again.
func killServer(t *testing.T, s *postgrestest.Server, absence time.Duration) {
	t.Helper()
	time.Sleep(shortestUse + rand.N(longestUse-shortestUse))
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(absence)
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
}

// serverKillControl does the same behind a front that takes the silence of a
// database for success.
func serverKillControl(t *testing.T, server *postgrestest.Server) {
	scene, book := newSceneAt(t, server.Database(t)), newLedger()
	g := start(t, scene, quiet...)
	defer g.Stop()
	client := login(t, g, scene.Sender)
	for n := range controlServerKills {
		underLoad(client.Via(impatientFront(t, g)), book, fmt.Sprintf("k%d", n), func() { killServer(t, server, usualAbsence) })
	}
	lost := countLost(t, client, book)
	figures(t, "control, silence of the database taken for success: %d kills, %d orders acknowledged, %d lost", controlServerKills, len(book.acked), lost)
	if lost == 0 || compare(t, client, "SENT_BY_ME", book) == "" {
		t.Error("control: silence that is taken for success was not caught")
	}
}
