//go:build all

package chaos

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
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

// The load of a rolling restart: clients at full speed, and ones that leave their
// connection alone for a while, so that some are idle whenever a drain begins.
const (
	quickRestarts   = 6
	quickRequests   = 10_000
	quickTime       = 10 * time.Second // after which fewer requests are enough: the machine is busy
	quickActivated  = 3
	quickPgRestarts = 2
	controlRestarts = 3

	busyClients = 6
	calmClients = 12
	calmPause   = 400 * time.Millisecond // at most, between two requests
	feedReaders = 4
	listeners   = 4

	rollingDrain = 2 * time.Second        // five times the pause: a client on a busy machine is late
	rollingPace  = 300 * time.Millisecond // between the end of one process and the next start
	oldGone      = 30 * time.Second       // after which a process does not end at all; on an idle machine it takes 1 s
	orderEvery   = 8                      // of the requests one submits an order
)

// TestRolling replaces the process under load again and again, each time by one
// that takes the sockets over. No request may fail, and what clients wait for must
// come without a gap.
func TestRolling(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) { rolling(t, newScene(t, sqlite), quickRestarts, quickRequests) })
	t.Run("PostgreSQL", func(t *testing.T) { rolling(t, newScene(t, postgres), quickPgRestarts, 0) })
	t.Run("control", rollingControl)
}

// TestRollingActivated does the same with one process after the other, on a socket
// that a service manager holds: requests wait in its queue meanwhile.
func TestRollingActivated(t *testing.T) {
	t.Parallel()
	activated(t, newScene(t, sqlite), quickActivated)
	activatedControl(t)
}

// rolling replaces the process so many times, and more often while there is time and
// there are fewer requests than there should be.
func rolling(t *testing.T, s harness.Scene, restarts int, requests int64) {
	args := rollingArgs(t, s)
	g := start(t, s, args...)
	load := newRollingLoad(t, g, s)
	done, end := 0, time.Now().Add(quickTime)
	load.run(func() {
		for done < restarts || load.requests.Load() < requests && time.Now().Before(end) {
			if g = load.handOver(t, g, s, args); t.Failed() {
				return
			}
			done++
		}
	})
	defer g.Stop()
	load.check(t, g, s, fmt.Sprintf("%d hand-overs", done))
}

// rollingArgs are the settings of each process of a run.
func rollingArgs(t *testing.T, s harness.Scene) []string {
	args := append([]string{"--drain", rollingDrain.String(), "--allow-webhook-net", "127.0.0.1/32"}, quiet...)
	if s.Database != "" {
		args = append(args, "--handover-socket", filepath.Join(t.TempDir(), "handover.sock"))
	}
	return args
}

// rollingControl has a gateway that ends its connections at once when another takes
// over.
func rollingControl(t *testing.T) {
	s := plantedScene(t, sqlite, plant.NoLameDuck)
	args := rollingArgs(t, s)
	g := start(t, s, args...)
	load := newRollingLoad(t, g, s)
	load.run(func() {
		for range controlRestarts {
			g = load.handOver(t, g, s, args)
		}
	})
	defer g.Stop()
	failed := len(load.failures)
	figures(t, "control, connections closed at once: %d hand-overs, %d requests, %d failed", controlRestarts, load.requests.Load(), failed)
	if failed == 0 {
		t.Error("control: a gateway without a lame-duck phase was not caught")
	}
}

func activated(t *testing.T, s harness.Scene, restarts int) {
	load, g, codes := activate(t, s, restarts)
	defer g.Stop()
	for _, code := range codes {
		if code != 0 {
			t.Errorf("stopped with code %d", code)
		}
	}
	load.check(t, g, s, fmt.Sprintf("%d restarts on a socket of the service manager", restarts))
}

// activatedControl has a gateway that ends its connections at once when it is to
// stop.
func activatedControl(t *testing.T) {
	load, g, _ := activate(t, plantedScene(t, sqlite, plant.NoLameDuck), controlRestarts)
	defer g.Stop()
	failed := len(load.failures)
	figures(t, "control, connections closed at once: %d restarts, %d requests, %d failed", controlRestarts, load.requests.Load(), failed)
	if failed == 0 {
		t.Error("control: a gateway that closes connections under requests was not caught")
	}
}

// activate starts one process after the other on a socket that it holds, as a service
// manager does, under load. It returns the codes with which they ended, and the last.
func activate(t *testing.T, s harness.Scene, restarts int) (load *rollingLoad, g *harness.Gateway, codes []int) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	socket, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	args := rollingArgs(t, s)
	next := func() *harness.Gateway {
		g, err := s.StartActivated([]*os.File{socket}, "bookgate.socket", args...)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	g = next()
	if want := "http://" + l.Addr().String(); g.Base != want {
		t.Fatalf("serves %s, the socket is of %s", g.Base, want)
	}
	load = newRollingLoad(t, g, s)
	load.run(func() {
		for range restarts {
			time.Sleep(rollingPace)
			codes = append(codes, g.Stop())
			g = next()
		}
	})
	return load, g, codes
}

// rollingLoad is what goes on while processes come and go.
type rollingLoad struct {
	addr     string
	sender   string // tokens
	receiver string
	book     *ledger
	hook     *hookCount

	stop     chan struct{}
	requests atomic.Int64
	orders   atomic.Int64
	dials    atomic.Int64
	idle     atomic.Int64
	polls    atomic.Int64
	streams  atomic.Int64 // that were begun

	mu       sync.Mutex
	failures []string
	heard    [][]int64 // by each reader of the feed and each listener
	gone     time.Duration
}

func newRollingLoad(t *testing.T, g *harness.Gateway, s harness.Scene) *rollingLoad {
	t.Helper()
	receiver := login(t, g, s.Receiver)
	return &rollingLoad{addr: strings.TrimPrefix(g.Base, "http://"), book: newLedger(), stop: make(chan struct{}),
		sender: login(t, g, s.Sender).Token(), receiver: receiver.Token(), hook: newHookCount(t, receiver)}
}

// handOver replaces the process and returns the new one.
func (l *rollingLoad) handOver(t *testing.T, g *harness.Gateway, s harness.Scene, args []string) *harness.Gateway {
	time.Sleep(rollingPace)
	next, err := s.Start(append([]string{"--handover"}, args...)...)
	if err != nil {
		t.Errorf("%v\nthe one before:\n%s", err, g.Log())
		return g
	}
	begun := time.Now()
	select {
	case <-g.Ended():
		l.gone = max(l.gone, time.Since(begun))
	case <-time.After(oldGone):
		t.Errorf("the process before is still there after %s\n%s", oldGone, g.Log())
		g.Kill()
	}
	return next
}

// run has all clients at work while something happens.
func (l *rollingLoad) run(happen func()) {
	var wg sync.WaitGroup
	for n := range busyClients + calmClients {
		wg.Go(func() { l.client(n) })
	}
	for range feedReaders {
		wg.Go(l.readFeed)
	}
	for range listeners {
		wg.Go(l.listen)
	}
	happen()
	close(l.stop)
	wg.Wait()
}

func (l *rollingLoad) over() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}

func (l *rollingLoad) fail(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures = append(l.failures, fmt.Sprintf(format, args...))
}

// client sends one request after the other over one connection.
func (l *rollingLoad) client(n int) {
	c := &keepAlive{addr: l.addr, token: l.sender}
	defer func() {
		c.close()
		l.dials.Add(int64(c.dials))
		l.idle.Add(int64(c.idle))
	}()
	last := ""
	for i := 0; !l.over(); i++ {
		if n >= busyClients {
			time.Sleep(rand.N(calmPause))
		}
		var err error
		switch {
		case i%orderEvery == 0:
			last, err = l.submit(c, fmt.Sprintf("c%d-%d", n, i))
		case last == "":
			_, err = l.get(c, "/v2/orders?mode=SENT_BY_ME&limit=1")
		default:
			_, err = l.get(c, "/v2/orders/"+last)
		}
		if err != nil {
			l.fail("client %d, request %d: %v", n, i, err)
		}
	}
}

func (l *rollingLoad) submit(c *keepAlive, number string) (id string, err error) {
	number = orderNumber(number, 0, 1)
	res, body, err := c.do(http.MethodPost, "/orders", harness.OrderXML(number, 1))
	l.requests.Add(1)
	if err == nil && res.StatusCode != http.StatusAccepted {
		err = fmt.Errorf("POST: %s: %s", res.Status, body)
	}
	if err == nil {
		l.orders.Add(1)
		id = idIn(res)
	}
	l.book.write(number, id, err)
	return id, err
}

func (l *rollingLoad) get(c *keepAlive, target string) ([]byte, error) {
	res, body, err := c.do(http.MethodGet, target, nil)
	l.requests.Add(1)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %s", target, res.Status, body)
	}
	return body, err
}

// readFeed follows the receiver's feed with long polls.
func (l *rollingLoad) readFeed() {
	c := &keepAlive{addr: l.addr, token: l.receiver}
	defer c.close()
	var heard []int64
	after := int64(0)
	for !l.over() {
		body, err := l.get(c, fmt.Sprintf("/v2/feed?after=%d&wait=5&limit=100", after))
		if err != nil {
			l.fail("long poll: %v", err)
			continue
		}
		l.polls.Add(1)
		var page struct{ Changes []change }
		if err := json.Unmarshal(body, &page); err != nil {
			l.fail("long poll: %v", err)
		}
		for _, ch := range page.Changes {
			heard = append(heard, ch.Number)
			after = ch.Number
		}
	}
	l.keep(heard)
}

func (l *rollingLoad) keep(heard []int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard = append(l.heard, heard)
}

// listen follows the receiver's stream of events, and resumes behind the last one
// that it has.
func (l *rollingLoad) listen() {
	var heard []int64
	last := "0"
	for !l.over() {
		if err := l.stream(&heard, &last); err != nil && !l.over() {
			l.fail("stream: %v", err)
		}
	}
	l.keep(heard)
}

// stream reads one stream to its end.
func (l *rollingLoad) stream(heard *[]int64, last *string) error {
	conn, err := net.DialTimeout("tcp", l.addr, keepAliveLimit)
	if err != nil {
		return err
	}
	defer conn.Close()
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-l.stop:
			conn.SetDeadline(time.Now())
		case <-ended:
		}
	}()
	fmt.Fprintf(conn, "GET /v2/events?after=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nLast-Event-ID: %s\r\n\r\n", l.receiver, *last)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	l.requests.Add(1)
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s", res.Status)
	}
	l.streams.Add(1)
	readEvents(res.Body, func(id string, number int64) {
		*heard, *last = append(*heard, number), id
	})
	return nil // every end is one to resume from
}

// readEvents hears whole events until the stream ends.
func readEvents(r io.Reader, hear func(id string, number int64)) {
	lines := bufio.NewScanner(r)
	id, data := "", false
	for lines.Scan() {
		line := lines.Text()
		if rest, ok := strings.CutPrefix(line, "id:"); ok {
			id = strings.TrimSpace(rest)
		}
		data = data || strings.HasPrefix(line, "data:")
		if line != "" {
			continue
		}
		if data {
			digits := id[strings.LastIndexFunc(id, func(r rune) bool { return r < '0' || r > '9' })+1:]
			number, _ := strconv.ParseInt(digits, 10, 64)
			hear(id, number)
		}
		data = false
	}
}

// check judges the run when the last process is there.
func (l *rollingLoad) check(t *testing.T, g *harness.Gateway, s harness.Scene, what string) {
	t.Helper()
	failed := len(l.failures)
	for _, f := range l.failures[:min(failed, 10)] {
		t.Error(f)
	}
	if fault := settled(t, g, s, l.book, settleLimit); fault != "" {
		t.Fatalf("%s\n%s", fault, g.Log())
	}
	checkHistories(t, g, s, l.book)
	_, body, err := login(t, g, s.Receiver).Do(http.MethodGet, "/v2/feed?after=0&limit=1", nil, "")
	var page struct{ Head int64 }
	if err != nil || json.Unmarshal(body, &page) != nil || page.Head == 0 {
		t.Fatalf("the feed: %v %s", err, body)
	}
	for i, heard := range l.heard {
		if fault := gapless(heard); fault != "" {
			t.Errorf("reader %d: %s", i, fault)
		}
	}
	doubled := l.hook.await(t, page.Head)
	requests := int(l.requests.Load())
	figures(t, "%s: %d requests without a second try, %d of them orders, %d failed (%s); %d connections, %d of them ended while idle; "+
		"%d long polls and %d streams, nothing missed; %d events delivered, %d of them twice; the old process was gone in %s at most",
		what, requests, l.orders.Load(), failed, worth(failed, requests), l.dials.Load(), l.idle.Load(), l.polls.Load(), l.streams.Load(), page.Head, doubled,
		l.gone.Round(time.Millisecond))
}

// gapless returns what is missing, doubled or out of order in what a reader heard.
func gapless(heard []int64) string {
	for i, n := range heard {
		if n != int64(i+1) {
			return fmt.Sprintf("change %d came as number %d", n, i+1)
		}
	}
	if len(heard) == 0 {
		return "heard nothing"
	}
	return ""
}
