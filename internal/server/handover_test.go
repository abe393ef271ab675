package server

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

// client is a keep-alive connection of a test.
type client struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

func (h *fixture) connect() *client {
	h.t.Helper()
	c := h.dial()
	h.t.Cleanup(func() { c.Close() })
	return &client{h.t, c, bufio.NewReader(c)}
}

// get sends a request and returns whether the answer was the connection's last.
func (c *client) get(path string) (last bool) {
	c.t.Helper()
	io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
	return c.answered(http.StatusOK)
}

func (c *client) answered(status int) (last bool) {
	c.t.Helper()
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		c.t.Fatalf("no answer: %v", err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || res.StatusCode != status {
		c.t.Fatalf("answered %d %s (%v), wanted %d", res.StatusCode, body, err, status)
	}
	return res.Close
}

// wantEnd wants the server to have closed its side in order, and not to have reset
// the connection.
func (c *client) wantEnd() {
	c.t.Helper()
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := c.r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		c.t.Errorf("the connection ended with %v after %d bytes", err, n)
	}
}

// TestDrainLeavesConnections: in a drain an idle connection has one more request, and
// one without is closed when the drain is over, and not before.
func TestDrainLeavesConnections(t *testing.T) {
	t.Parallel() // it waits
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for name, c := range map[string]struct {
		proxies []netip.Prefix
		header  string
	}{
		"a client":             {nil, ""},
		"a proxy":              {loopback, ""},
		"a proxy that says so": {loopback, "PROXY TCP4 192.0.2.7 127.0.0.1 4711 80\r\n"},
	} {
		t.Run(name, func(t *testing.T) { drainLeavesConnections(t, c.proxies, c.header) })
	}
}

func drainLeavesConnections(t *testing.T, proxies []netip.Prefix, header string) {
	const drain = 500 * time.Millisecond
	h := open(t, func(c *Config, _ *limits) { c.Drain, c.Proxies = drain, proxies })
	used, idle, fresh := h.connect(), h.connect(), h.connect()
	for _, c := range []*client{used, idle, fresh} {
		io.WriteString(c, header)
	}
	for _, c := range []*client{used, idle} {
		if c.get("/orders") {
			t.Error("closed before the drain")
		}
	}
	begun := time.Now()
	h.stop()
	for h.phase.Load() == serving {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(drain / 2)
	if !used.get("/orders") {
		t.Error("an answer in the drain does not say that it is the last")
	}
	used.wantEnd()
	if !fresh.get("/orders") {
		t.Error("a first answer in the drain does not say that it is the last")
	}
	idle.wantEnd()
	if took := time.Since(begun); took < drain {
		t.Errorf("an idle connection was closed after %s of a drain of %s", took, drain)
	}
	if err := <-h.done; err != nil {
		t.Error(err)
	}
}

// TestAnswerBegunBeforeTheDrain: a connection whose answer began before the drain was
// not announced as the last, so its next request is answered, however late.
func TestAnswerBegunBeforeTheDrain(t *testing.T) {
	const drain = 200 * time.Millisecond
	h := open(t, func(c *Config, _ *limits) { c.Drain = drain })
	c := h.connect()
	io.WriteString(c, "GET /begun HTTP/1.1\r\nHost: x\r\n\r\n")
	<-h.entered
	h.stop()
	time.Sleep(2 * drain)
	close(h.release)
	if c.answered(http.StatusOK) {
		t.Error("the answer says that it is the last, although it began before the drain")
	}
	if !c.get("/orders") {
		t.Error("the next answer does not say that it is the last")
	}
	if err := <-h.done; err != nil {
		t.Error(err)
	}
}

// TestLastLook: a request that has arrived when its idle connection is to be closed is
// answered. The control is the same without one.
func TestLastLook(t *testing.T) {
	near, far := pair(t)
	cs := newConnections(time.Second)
	c := cs.add(far).(*connection)
	cs.begin()
	io.WriteString(near, "GET")
	time.Sleep(20 * time.Millisecond) // it lies in the socket, unread
	if left := cs.retire(0); left != 1 {
		t.Fatalf("%d connections", left)
	}
	got := make([]byte, 8)
	if n, err := c.Read(got); err != nil || string(got[:n]) != "GET" {
		t.Errorf("read %q, %v", got[:n], err)
	}
	if c.isIdle() {
		t.Error("a connection with a request counts as idle")
	}
	c.rest()
	cs.retire(0)
	if n, err := c.Read(got); n != 0 || err == nil {
		t.Errorf("control: read %q, %v", got[:n], err)
	}
}

// TestRequestWhenADrainEnds: a client that asks again just after it had an answer has
// the next one too, although there is no time for a drain.
func TestRequestWhenADrainEnds(t *testing.T) {
	h := open(t, nil)
	c := h.connect()
	c.get("/orders")
	h.stop()
	time.Sleep(lastLook / 4)
	if !c.get("/orders") {
		t.Error("the last answer does not say so")
	}
	c.wantEnd()
	if err := <-h.done; err != nil {
		t.Error(err)
	}
}

// TestRequestWhenIdleTimeEnds: the same where a connection was idle for too long.
func TestRequestWhenIdleTimeEnds(t *testing.T) {
	near, far := pair(t)
	c := newConnections(time.Second).add(far)
	c.SetReadDeadline(longAgo())
	time.AfterFunc(lastLook/4, func() { io.WriteString(near, "GET") })
	got := make([]byte, 8)
	if n, err := c.Read(got); err != nil || string(got[:n]) != "GET" {
		t.Errorf("read %q, %v", got[:n], err)
	}
	if n, err := c.Read(got); n != 0 || err == nil {
		t.Errorf("control: read %q, %v", got[:n], err)
	}
}

// TestRetiredWhileADeadlineIsSet: net/http sets the deadline of an idle connection
// just after it has called it idle; that must not keep it open.
func TestRetiredWhileADeadlineIsSet(t *testing.T) {
	_, far := pair(t)
	cs := newConnections(time.Second)
	c := cs.add(far).(*connection)
	cs.begin()
	cs.retire(0)
	c.SetReadDeadline(time.Now().Add(time.Minute))
	begun := time.Now()
	if _, err := c.Read(make([]byte, 1)); err == nil || time.Since(begun) > 10*time.Second {
		t.Errorf("read for %s: %v", time.Since(begun), err)
	}
}

// TestLingeringClose: what a client sent when the answer was on its way does not
// destroy it.
func TestLingeringClose(t *testing.T) {
	near, far := pair(t)
	cs := newConnections(time.Second)
	c := cs.add(far)
	cs.begin()
	io.WriteString(c, "answer")
	io.WriteString(near, "another request") // unread: without lingering the close is a reset
	time.Sleep(20 * time.Millisecond)
	c.Close()
	time.Sleep(20 * time.Millisecond)
	near.SetReadDeadline(time.Now().Add(10 * time.Second))
	if got, err := io.ReadAll(near); string(got) != "answer" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	near.Close()
	if !cs.drain(0, 10*time.Second, nil) {
		t.Error("the connection is still counted")
	}
}

// TestQueueOfAListenerThatEnds: connections that wait in the queue when the time to
// accept is over are accepted, and then the socket is closed.
func TestQueueOfAListenerThatEnds(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := newSharedListener(inner, newConnections(time.Second))
	const clients = 5
	for range clients {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, "x")
	}
	l.ending = true
	inner.(*net.TCPListener).SetDeadline(longAgo())
	for i := range clients {
		c, err := l.Accept()
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer c.Close()
		if n, err := c.Read(make([]byte, 1)); n != 1 {
			t.Errorf("connection %d: %v", i, err)
		}
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after the last one: %v", err)
	}
	if c, err := net.Dial("tcp", inner.Addr().String()); err == nil {
		c.Close()
		t.Error("the socket is open")
	}
}

// pair is a connection over TCP, both ends.
func pair(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if near, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}

// TestHandOver: the server stops accepting, and answers what it has; Serve comes back
// when the last connection has ended, and the socket still takes connections.
func TestHandOver(t *testing.T) {
	stopped := make(chan struct{}) // accepting
	h, held := openHeld(t, func(c *Config, _ *limits) { c.Drain, c.OnStop = time.Minute, func() { close(stopped) } })
	c := h.connect()
	c.get("/orders")
	through := make(chan bool, 1)
	go func() { through <- h.HandOver(nil) }()
	<-stopped
	next := h.connect() // for the other process
	if !c.get("/orders") {
		t.Error("an answer in the hand-over does not say that it is the last")
	}
	c.wantEnd()
	if err := <-h.done; err != nil || !<-through {
		t.Errorf("Serve: %v", err)
	}
	other, err := held.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if other.RemoteAddr().String() != next.LocalAddr().String() {
		t.Errorf("the other process got %s, wanted %s", other.RemoteAddr(), next.LocalAddr())
	}
}

// TestHandOverIsTakenBack when the other process ends: the server is as it was.
func TestHandOverIsTakenBack(t *testing.T) {
	calls := make(chan string, 100)
	h, _ := openHeld(t, func(c *Config, _ *limits) {
		c.Drain = time.Minute
		c.OnStop = func() { calls <- "stop" }
		c.OnResume = func() { calls <- "resume" }
	})
	idle := h.connect()
	idle.get("/orders")
	for range 3 {
		lost, through := make(chan struct{}), make(chan bool, 1)
		go func() { through <- h.HandOver(lost) }()
		if got := <-calls; got != "stop" {
			t.Fatalf("called %s", got)
		}
		waiting := h.connect()
		io.WriteString(waiting, "GET /orders HTTP/1.1\r\nHost: x\r\n\r\n")
		close(lost)
		if <-through {
			t.Fatal("handed over to a process that has ended")
		}
		if got := <-calls; got != "resume" {
			t.Fatalf("called %s", got)
		}
		if waiting.answered(http.StatusOK) || h.connect().get("/orders") || idle.get("/orders") {
			t.Error("an answer after it was taken back says that it is the last")
		}
		if r := h.do("GET", "/readyz", nil); r.StatusCode != http.StatusOK {
			t.Errorf("/readyz: %d", r.StatusCode)
		}
	}
}

// TestHandOverOfAServerThatStops is through when that has ended.
func TestHandOverOfAServerThatStops(t *testing.T) {
	h, _ := openHeld(t, nil)
	h.stop()
	if err := <-h.done; err != nil {
		t.Fatal(err)
	}
	if !h.HandOver(nil) {
		t.Error("a server that has ended serves again")
	}
}

// openHeld opens a server on a socket that the test holds too, as another process
// does.
func openHeld(t *testing.T, change func(*Config, *limits)) (h *fixture, held net.Listener) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if held, err = net.FileListener(f); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { held.Close() })
	return openOn(t, l, change), held
}
