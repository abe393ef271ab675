//go:build all

package chaos

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/handover"
	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/plant"
)

// The kills of a hand-over: as many as there is time for, at any moment of it.
const (
	quickHandoverKills = 6
	handoverSpan       = 500 * time.Millisecond // from the start of the new process until it serves, about
	servesWithin       = 30 * time.Second       // on a busy machine
)

// TestHandoverNewEnds has a new process that ends at each stage of a hand-over. The
// old one must serve, as if nothing had been.
func TestHandoverNewEnds(t *testing.T) {
	t.Parallel()
	s := newScene(t, sqlite)
	g := start(t, s, append([]string{"--drain", "1m"}, quiet...)...)
	defer g.Kill() // a stop would drain for a minute
	sender := login(t, g, s.Sender)
	open := &keepAlive{addr: strings.TrimPrefix(g.Base, "http://"), token: sender.Token()}
	defer open.close()
	path := filepath.Join(s.Dir, "handover.sock")
	ask := func() *handover.Predecessor {
		p, err := handover.Ask(path, handover.Hello{Version: "next", Process: os.Getpid()})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for i, stage := range []struct {
		name string
		end  func()
	}{
		{"before it says who it is", func() {
			c, err := net.Dial("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
		}},
		{"with the sockets in hand", func() { ask().Close() }},
		{"with a reason", func() { ask().Refuse("the store is damaged") }},
		{"as it serves", func() { ready(t, ask(), false).Close() }},
		{"while the old one drains", func() {
			p := ready(t, ask(), true)
			time.Sleep(200 * time.Millisecond)
			p.Close()
		}},
	} {
		t.Run(stage.name, func(t *testing.T) {
			stage.end()
			alone(t, g, s, fmt.Sprintf("new-%d", i))
			res, _, err := open.do(http.MethodGet, "/v2/orders?mode=SENT_BY_ME", nil)
			if err != nil || res.StatusCode != http.StatusOK {
				t.Errorf("a connection from before: %v", err)
			}
			again(t, func() bool {
				res, err := http.Get(g.Metrics)
				if err != nil {
					return false
				}
				res.Body.Close()
				return res.StatusCode == http.StatusOK
			}, "the metrics are served")
		})
	}
}

// TestHandoverNewEndsControl has an old process that does not come back.
func TestHandoverNewEndsControl(t *testing.T) {
	t.Parallel()
	s := plantedScene(t, sqlite, plant.NoTakeBack)
	g := start(t, s, append([]string{"--drain", "1m"}, quiet...)...)
	defer g.Kill()
	open := &keepAlive{addr: strings.TrimPrefix(g.Base, "http://"), token: login(t, g, s.Sender).Token()}
	if _, _, err := open.do(http.MethodGet, "/v2/orders?mode=SENT_BY_ME", nil); err != nil { // what the drain waits for
		t.Fatal(err)
	}
	defer open.close()
	p, err := handover.Ask(filepath.Join(s.Dir, "handover.sock"), handover.Hello{})
	if err != nil {
		t.Fatal(err)
	}
	ready(t, p, true).Close()
	if !waitEnded(g, servesWithin) {
		t.Error("control: a process that ends although the new one has is not caught")
	}
}

// ready says that the new process serves, and waits for the answer if it is to.
func ready(t *testing.T, p *handover.Predecessor, hear bool) *handover.Predecessor {
	t.Helper()
	if !hear {
		go p.Ready()
		time.Sleep(time.Millisecond)
		return p
	}
	if err := p.Ready(); err != nil {
		t.Fatal(err)
	}
	return p
}

// alone wants the process to serve, and no other to be let in; nor must a hand-over be
// spoilt for the next.
func alone(t *testing.T, g *harness.Gateway, s harness.Scene, number string) {
	t.Helper()
	again(t, func() bool {
		res, err := http.Get(g.Base + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK && !res.Close
	}, "it is ready")
	if _, err := login(t, g, s.Sender).Submit(harness.OrderXML(orderNumber(number, 0, 1), 1)); err != nil {
		t.Errorf("an order: %v\n%s", err, g.Log())
	}
	if other, err := s.Start(quiet...); err == nil {
		other.Kill()
		t.Error("a second process serves the folder")
	} else if !strings.Contains(err.Error(), "is in use by another bookgate (process") {
		t.Error(err)
	}
	again(t, func() bool {
		p, err := handover.Ask(filepath.Join(s.Dir, "handover.sock"), handover.Hello{})
		if err != nil {
			return false
		}
		p.Close()
		return true
	}, "it can be followed")
}

// again asks until the answer is yes.
func again(t *testing.T, ask func() bool, what string) {
	t.Helper()
	for end := time.Now().Add(servesWithin); !ask(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("not so after %s: %s", servesWithin, what)
			return
		}
	}
}

// TestHandoverOldEnds has an old process that ends at each stage of a hand-over. The
// new one must serve, and be one to take over from.
func TestHandoverOldEnds(t *testing.T) {
	t.Parallel()
	for _, stage := range []struct {
		name string
		old  func(*handover.Successor, handover.Offer, []syscall.RawConn)
	}{
		{"before it hands over", func(p *handover.Successor, _ handover.Offer, _ []syscall.RawConn) { p.Close() }},
		{"after it handed over", func(p *handover.Successor, o handover.Offer, files []syscall.RawConn) {
			go p.Send(o, files)
			time.Sleep(10 * time.Millisecond)
			p.Close()
		}},
		{"when the new one serves", func(p *handover.Successor, o handover.Offer, files []syscall.RawConn) {
			if err := p.Send(o, files); err != nil {
				t.Error(err)
			}
			p.Close()
		}},
		{"while it drains", func(p *handover.Successor, o handover.Offer, files []syscall.RawConn) {
			if err := p.Send(o, files); err != nil {
				t.Error(err)
			}
			p.Draining()
			time.Sleep(100 * time.Millisecond)
			p.Close()
		}},
	} {
		t.Run(stage.name, func(t *testing.T) {
			s := newScene(t, sqlite)
			offer := offerOf(t, s)
			path := filepath.Join(s.Dir, "handover.sock")
			socket, err := handover.Listen(path)
			if err != nil {
				t.Fatal(err)
			}
			listener, lock := oldProcess(t, s)
			go func() {
				p, err := socket.Accept()
				if err != nil {
					t.Error(err)
					return
				}
				raws := []syscall.RawConn{mustRaw(t, listener.(*net.TCPListener)), mustRaw(t, lock)}
				offer.Names = []string{"api", "lock"}
				stage.old(p, offer, raws)
				listener.Close()
				lock.Close()
				socket.Close() // and leaves the file, as one that is killed does
			}()
			g, err := s.Start(append([]string{"--handover"}, quiet...)...)
			if err != nil {
				t.Fatal(err)
			}
			alone(t, g, s, "old")
			next, err := s.Start(append([]string{"--handover"}, quiet...)...)
			if err != nil {
				t.Fatalf("%v\n%s", err, g.Log())
			}
			defer next.Stop()
			<-g.Ended()
			alone(t, next, s, "next")
		})
	}
}

// offerOf asks a process over the scene's store what it would hand over.
func offerOf(t *testing.T, s harness.Scene) handover.Offer {
	t.Helper()
	g := start(t, s, quiet...)
	defer g.Stop()
	p, err := handover.Ask(filepath.Join(s.Dir, "handover.sock"), handover.Hello{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	return p.Offer
}

// oldProcess has what a process has that serves: a socket and the folder's lock.
func oldProcess(t *testing.T, s harness.Scene) (net.Listener, *os.File) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(s.Dir, "serve.lock"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	return l, f
}

func mustRaw(t *testing.T, c syscall.Conn) syscall.RawConn {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestHandoverKills kills one of the two processes at any moment of a hand-over. The
// other must serve, with every order that was acknowledged.
func TestHandoverKills(t *testing.T) {
	t.Parallel()
	handoverKills(t, quickHandoverKills)
}

func handoverKills(t *testing.T, kills int) {
	s, book := newScene(t, sqlite), newLedger()
	args := append([]string{"--drain", "200ms"}, quiet...)
	g := start(t, s, args...)
	killed := map[string]int{}
	for round := range kills {
		client := login(t, g, s.Sender)
		submit := func(c *harness.Client, name string) {
			number := orderNumber(name, round, 1)
			id, err := c.Submit(harness.OrderXML(number, 1))
			if err != nil {
				t.Errorf("%v\n%s", err, g.Log())
			}
			book.write(number, id, err)
		}
		submit(client, "before")
		started := make(chan *harness.Gateway, 1)
		next, err := s.Begin(append([]string{"--handover"}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			next.Wait()
			started <- next
		}()
		time.Sleep(rand.N(handoverSpan))
		victim := "old"
		if rand.IntN(2) == 0 {
			victim = "new"
		}
		switch victim {
		case "old":
			g.Kill()
			<-started
			if !next.Running() {
				t.Fatalf("round %d: the old process was killed, and the new one has ended:\n%s", round, next.Log())
			}
			g = next
		case "new":
			next.Kill()
			<-started
			if !servesOn(g) { // the hand-over was through, and the new one alone
				victim = "new, alone"
				g = start(t, s, args...)
			}
		}
		killed[victim]++
		alone(t, g, s, fmt.Sprintf("alone%d", round))
		book.write(orderNumber(fmt.Sprintf("alone%d", round), 0, 1), "", nil)
		submit(login(t, g, s.Sender), "after")
	}
	defer g.Stop()
	if fault := settled(t, g, s, book, settleLimit); fault != "" {
		t.Fatalf("%s\n%s", fault, g.Log())
	}
	figures(t, "%d hand-overs, one process killed at any moment: %v; the other served each time, %d orders acknowledged, 0 lost, 0 doubled (%s)",
		kills, killed, len(book.acked), bound(kills))
}

// servesOn waits until the process has ended, or serves and does not drain.
func servesOn(g *harness.Gateway) bool {
	for end := time.Now().Add(servesWithin); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if waitEnded(g, 0) {
			return false
		}
		res, err := http.Get(g.Base + "/readyz")
		if err != nil {
			continue
		}
		res.Body.Close()
		if res.StatusCode == http.StatusOK && !res.Close {
			return true
		}
	}
	return true
}

func waitEnded(g *harness.Gateway, limit time.Duration) bool {
	select {
	case <-g.Ended():
		return true
	case <-time.After(limit):
		return false
	}
}
