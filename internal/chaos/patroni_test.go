//go:build soak

package chaos

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/patronitest"
)

// The load of a Patroni run. In every second round the leader's log stands
// still before it is killed, as when its network goes first: what it writes in
// that time is on no standby.
const (
	leaderKills = 3
	underWay    = 4 * time.Second // of load before a kill and after the trio is whole again
	standstill  = time.Second
)

// TestSoakPatroni kills the leader of a Patroni trio under two replicas again
// and again. What was acknowledged must be there once, and clients, at a replica
// or through HAProxy, may hear nothing worse than 503 and when to come again.
func TestSoakPatroni(t *testing.T) {
	trio := patronitest.Start(t)
	s := newGateways(t, trio)
	callers := newCallers(t, s)
	var gaps, whole []string
	for round := range leaderKills {
		time.Sleep(underWay)
		f := killLeader(t, trio, time.Duration(round%2)*standstill)
		revived := time.Now()
		if err := trio.Revive(f); err != nil {
			t.Fatal(err)
		}
		whole = append(whole, seconds(time.Since(revived)))
		time.Sleep(underWay)
		gaps = append(gaps, seconds(callers.longestGap(f.At)))
	}
	planned := time.Now()
	if err := trio.Switchover(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(underWay)
	callers.leave()
	s.check(t, callers)
	figures(t, "Patroni trio, leader killed %d times: %d orders acknowledged, 0 lost, 0 doubled; %d requests answered 503 with Retry-After, none anything else; %d orders under way at the kills (%s)",
		leaderKills, len(callers.book.entries()), callers.refused, leaderKills*ways*writersEach, bound(leaderKills*ways*writersEach))
	figures(t, "no change acknowledged for %s s after the kills, and for %s s at a planned switchover; killed members followed again after %s s",
		strings.Join(gaps, ", "), seconds(callers.longestGap(planned)), strings.Join(whole, ", "))
	t.Run("control", patroniControl)
}

// killLeader kills the leader and waits for the next.
func killLeader(t *testing.T, trio *patronitest.Trio, halted time.Duration) patronitest.Fallen {
	t.Helper()
	f, err := trio.KillLeader(halted)
	if err == nil {
		err = trio.AwaitLeader()
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// patroniControl does the same to a trio whose leader waits for no standby.
func patroniControl(t *testing.T) {
	trio := patronitest.StartAsynchronous(t)
	s := newGateways(t, trio)
	callers := newCallers(t, s)
	time.Sleep(underWay)
	killLeader(t, trio, standstill)
	time.Sleep(underWay)
	callers.leave()
	missing, fault := countLost(t, login(t, s.gateways[0], s.scene.Sender), callers.book), compare(t, login(t, s.gateways[0], s.scene.Sender), "SENT_BY_ME", callers.book)
	figures(t, "control, a leader that waits for no standby: 1 kill, %d orders acknowledged, %d lost", len(callers.book.entries()), missing)
	if missing == 0 || fault == "" {
		t.Error("control: a trio that loses what it acknowledged was not caught")
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()) }

// gateways are two replicas over a trio, and HAProxy before them.
type gateways struct {
	scene    harness.Scene
	gateways []*harness.Gateway
	front    string
}

func newGateways(t *testing.T, trio *patronitest.Trio) gateways {
	t.Helper()
	scene, err := harness.NewScene(needProgram(t), t.TempDir(), "BOOKGATE_DATABASE="+trio.URL())
	if err != nil {
		t.Fatal(err)
	}
	s := gateways{scene: scene}
	for range 2 {
		g := start(t, scene, quiet...)
		t.Cleanup(g.Kill)
		s.gateways = append(s.gateways, g)
	}
	s.front = trio.Front(t, s.gateways[0].Base, s.gateways[1].Base)
	return s
}

// ways are the ways in: each replica, and the front.
const ways = 3

func (s gateways) clients(t *testing.T) [ways]*harness.Client {
	t.Helper()
	a, b := login(t, s.gateways[0], s.scene.Sender), login(t, s.gateways[1], s.scene.Sender)
	return [ways]*harness.Client{a, b, a.Via(s.front)}
}

// check demands that both replicas show every acknowledged order to both
// parties, once and with one history.
func (s gateways) check(t *testing.T, c *callers) {
	t.Helper()
	for _, g := range s.gateways {
		if fault := settled(t, g, s.scene, c.book, settleLimit); fault != "" {
			t.Fatalf("%s\n%s", fault, g.Log())
		}
	}
	checkHistories(t, s.gateways[0], s.scene, c.book)
}
