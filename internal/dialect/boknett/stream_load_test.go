package boknett

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/internal/server"
)

// impatient makes connections with little buffer and little time, so that a test
// need not fill megabytes nor wait a minute.
type impatient struct {
	net.Listener
	limit time.Duration
}

type impatientConn struct {
	*net.TCPConn
	limit time.Duration
}

func (l impatient) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp := c.(*net.TCPConn)
	return impatientConn{tcp, l.limit}, tcp.SetWriteBuffer(4 << 10)
}

func (c impatientConn) SetWriteDeadline(at time.Time) error {
	if at.IsZero() {
		return c.TCPConn.SetWriteDeadline(at)
	}
	return c.TCPConn.SetWriteDeadline(time.Now().Add(min(time.Until(at), c.limit)))
}

// TestEventsSlowListener: one that does not read is dropped, and holds no other
// up.
func TestEventsSlowListener(t *testing.T) {
	t.Parallel() // it waits
	w := newWorld(t)
	const lines = 600
	quantities := make([]int, lines)
	var answers []string
	for i := range quantities {
		quantities[i] = 1
		answers = append(answers, responseLine(i+1, 1, "AcceptedShipping"))
	}
	w.server.Close()
	log := &page{}
	s := httptest.NewUnstartedServer(server.New(server.Config{Public: public, Dialects: []server.Dialect{w.api}, Log: slog.New(slog.NewJSONHandler(log, nil))}).Handler())
	s.Listener = impatient{s.Listener, time.Second}
	s.Start()
	w.server = s
	id := w.sent("slow-1", quantities...)
	slow, err := net.Dial("tcp", s.Listener.Addr().String())
	check(t, err)
	defer slow.Close()
	check(t, slow.(*net.TCPConn).SetReadBuffer(4<<10))
	_, err = io.WriteString(slow, w.fill(seller, "GET "+hal.EventsPath+"?after=0 HTTP/1.1\nHost: HOST\nAuthorization: Bearer "+tokenOf(seller)+"\n\n"))
	check(t, err)
	quick := w.listen(seller, "?after=0")
	quick.event() // the order itself
	w.post(seller, "/orders/"+string(id)+"/response", responseXML("slow-1", answers...)).want(t, http.StatusOK)
	for i := range lines {
		if b := quick.event(); b.number() != fmt.Sprint(i+2) {
			t.Fatalf("heard %s, want %d", b.id, i+2)
		}
	}
	eventually(t, "the slow one is dropped", func() bool { return log.holds("the listener left") })
	rest, _ := io.ReadAll(slow)
	if n := bytes.Count(rest, []byte("event: ")); n >= lines {
		t.Errorf("the slow one was served %d events", n)
	}
}

// page is what a listener of the crowd gets to see, without a connection.
type page struct {
	mu     sync.Mutex
	header http.Header
	body   bytes.Buffer
	status int
}

func (p *page) Header() http.Header { return p.header }
func (p *page) WriteHeader(s int)   { p.status = s }
func (p *page) Flush()              {}
func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.body.Write(b)
}

func (p *page) holds(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Contains(p.body.String(), text)
}

// TestEventsCrowd: two thousand listeners cost a goroutine each and little
// else, all hear what happens, and all end when the server stops.
func TestEventsCrowd(t *testing.T) {
	crowd := fulltest.Rounds(200, 2000)
	w := newWorld(t)
	handler := server.New(server.Config{Public: public, Dialects: []server.Dialect{w.api}, InFlight: 16}).Handler()
	before := runtime.NumGoroutine()
	memory := heap()
	pages := make([]*page, crowd)
	var all sync.WaitGroup
	for i := range pages {
		pages[i] = &page{header: http.Header{}}
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, hal.EventsPath, nil)
		req.Header.Set("Authorization", "Bearer "+tokenOf(seller))
		all.Go(func() {
			defer func() {
				if v := recover(); v != http.ErrAbortHandler {
					t.Errorf("listener %d was not cut off: %v", i, v)
				}
			}()
			handler.ServeHTTP(pages[i], req)
		})
		if i%8 == 7 { // they come a few at a time, for the places of those that work are few
			eventually(t, "they wait", func() bool { return pages[i].holds("retry: ") && pages[i-1].holds("retry: ") })
		}
	}
	for _, p := range pages {
		eventually(t, "everybody listens", func() bool { return p.holds("-0\nevent: place\n") })
	}
	if n := runtime.NumGoroutine() - before; n > crowd+50 {
		t.Errorf("%d goroutines for %d listeners", n, crowd)
	}
	if n := int64(heap()-memory) / int64(crowd); n > 32<<10 {
		t.Errorf("%d bytes for each listener", n)
	}
	w.sent("crowd-1", 1)
	for _, p := range pages {
		eventually(t, "all hear of it", func() bool { return p.holds("event: order.sent") })
	}
	w.exchange.Shutdown()
	all.Wait()
	for i, p := range pages {
		if !p.holds(": the server is being stopped") || p.status != http.StatusOK {
			t.Fatalf("listener %d ended with %d:\n%s", i, p.status, &p.body)
		}
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestEventsParked: who listens takes no place of those that work, and where
// there is no place to wait is answered so.
func TestEventsParked(t *testing.T) {
	w := newWorld(t)
	w.reserve(1, 1)
	l := w.listen(seller, "")
	l.next()
	eventually(t, "a place to work", func() bool { status, _, _ := w.ask(buyer, "/v2/feed"); return status == http.StatusOK })
	if _, code, h := w.ask(buyer, hal.EventsPath); code != "waiting-full" || h.Get("Retry-After") != "5" {
		t.Errorf("no place to wait: %s", code)
	}
	late := w.listen(buyer, "", "Accept: text/event-stream")
	if b, ok := late.next(); !ok || !strings.Contains(b.comment, "wait for something to happen") {
		t.Errorf("EventSource hears %+v", b)
	}
	if b, ok := late.next(); ok || !late.cut {
		t.Errorf("then %+v, cut off: %t", b, late.cut)
	}
	var body struct{ Type string }
	w.sent("parked-1", 1)
	if b := l.event(); json.Unmarshal([]byte(b.data), &body) != nil || body.Type != b.name {
		t.Errorf("heard %+v", b)
	}
}
