package server

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

// The limits of ending connections in a drain.
const (
	// lastLook is how long an idle connection is read once more before it is
	// closed: what arrives by then is a request, and is answered. It is time for a
	// client that has just had an answer to send what it asks next.
	lastLook = 100 * time.Millisecond

	// lingerTime is how long a connection is read and what comes discarded, after
	// our side of it was closed: closed at once it would be reset by what the client
	// sent meanwhile, and the client could lose the answer before (RFC 9112, 9.6).
	lingerTime = 500 * time.Millisecond

	// drainEvery is how often a drain looks for connections that are to end.
	drainEvery = 20 * time.Millisecond
)

// connections are those that a server has open. net/http closes idle ones without
// a look when it shuts down, under a request that is on its way; these end so
// that it is answered.
type connections struct {
	header time.Duration // for the header of a request that came at the last moment

	mu    sync.Mutex
	open  map[*connection]bool
	begun time.Time // of the drain; zero while there is none
}

func newConnections(header time.Duration) *connections {
	return &connections{header: header, open: map[*connection]bool{}}
}

// add takes in a connection that was just accepted.
func (cs *connections) add(c net.Conn) net.Conn {
	own := &connection{Conn: c, all: cs, since: time.Now()}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.open[own] = true
	return own
}

func (cs *connections) remove(c *connection) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	delete(cs.open, c)
}

// begin begins a drain.
func (cs *connections) begin() {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.begun = time.Now()
}

// resume ends a drain that was for nothing.
func (cs *connections) resume() {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.begun = time.Time{}
}

func (cs *connections) lingers() bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return !cs.begun.IsZero()
}

// retire ends those that have been idle for the grace since the drain began. It
// returns how many connections are left.
func (cs *connections) retire(grace time.Duration) (left int) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for c := range cs.open {
		c.retire(cs.begun, grace)
	}
	return len(cs.open)
}

// drain retires connections until none is left, which it reports, or until the
// limit is over or lost is closed.
func (cs *connections) drain(grace, limit time.Duration, lost <-chan struct{}) bool {
	end := time.After(limit)
	tick := time.NewTicker(drainEvery)
	defer tick.Stop()
	for cs.retire(grace) > 0 {
		select {
		case <-tick.C:
		case <-end:
			return false
		case <-lost:
			return false
		}
	}
	return true
}

// cut closes what is left, whatever it does.
func (cs *connections) cut() {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.begun = time.Time{}
	for c := range cs.open {
		c.Conn.Close()
	}
}

// observe learns from net/http what a connection does.
func (cs *connections) observe(c net.Conn, state http.ConnState) {
	if p, ok := c.(proxiedConn); ok {
		c = p.Raw()
	}
	own, ok := c.(*connection)
	switch {
	case ok && state == http.StateActive:
		own.begin()
	case ok && state == http.StateIdle:
		own.rest()
	}
}

// connection is one of them.
type connection struct {
	net.Conn
	all    *connections
	closed sync.Once

	mu      sync.Mutex
	busy    bool      // with a request, of which the first byte has come
	since   time.Time // that it is not
	retired bool      // it ends unless there is a request on its way
}

// Read reads. At the end of an idle connection's time it looks once more: package
// net does not when the time is over.
func (c *connection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) && c.isIdle() {
		c.Conn.SetReadDeadline(time.Now().Add(lastLook))
		if n, err = c.Conn.Read(p); n > 0 {
			c.Conn.SetReadDeadline(time.Now().Add(c.all.header))
		}
	}
	if n > 0 {
		c.begin()
	}
	return n, err
}

// SetReadDeadline sets the time until which reads wait; those of a retired
// connection wait no longer.
func (c *connection) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.retired {
		t = longAgo()
	}
	return c.Conn.SetReadDeadline(t)
}

// CloseWrite ends our side. net/http looks for it.
func (c *connection) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Close closes the connection: in a drain after the client has had time to read
// what was written.
func (c *connection) Close() (err error) {
	c.closed.Do(func() {
		if !c.all.lingers() {
			c.all.remove(c)
			err = c.Conn.Close()
			return
		}
		err = c.CloseWrite()
		go c.discard()
	})
	return err
}

// discard reads until the client has closed its side too.
func (c *connection) discard() {
	defer c.all.remove(c)
	defer c.Conn.Close()
	c.Conn.SetReadDeadline(time.Now().Add(lingerTime))
	for buffer := make([]byte, 4096); ; {
		if _, err := c.Conn.Read(buffer); err != nil {
			return
		}
	}
}

func (c *connection) isIdle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.busy
}

// begin counts the connection as busy. A retired one is not any more: its request
// was there in time.
func (c *connection) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = true
	if c.retired {
		c.retired = false
		c.Conn.SetReadDeadline(time.Now().Add(c.all.header))
	}
}

func (c *connection) rest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy, c.since = false, time.Now()
}

// retire wakes the connection's reader if it has been idle for the grace.
func (c *connection) retire(begun time.Time, grace time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	from := c.since
	if from.Before(begun) {
		from = begun
	}
	if c.busy || c.retired || time.Since(from) < grace {
		return
	}
	c.retired = true
	c.Conn.SetReadDeadline(longAgo())
}

// The limits of reading what has been refused.
const (
	// unreadBytes is how much of a refused body is read and discarded. A client
	// or proxy that sends all before it reads sees no answer when the connection
	// is closed on it (RFC 9112, 9.6), and net/http by itself reads 256 KiB, of
	// HTTP/1.0 nothing. The greatest document is a sixth of this.
	unreadBytes = 32 << 20

	// unreadTime bounds the reading of one refused body: 5 MiB in it are
	// 260 kB/s. It is less than finishTime, for a server that stops waits for it.
	unreadTime = 20 * time.Second

	// unreadStill is how long a refused body may stand still. An accepted one has
	// longer; here the only loss is the answer.
	unreadStill = 5 * time.Second

	// unreadPlaces is how many refused bodies are read at once. They need no more
	// than their connections; for what comes beyond, an older one of the owner that has
	// the most is cut.
	unreadPlaces = 1024

	// unreadShare is how many of these one party or address has. When it has
	// them all, its oldest one is cut.
	unreadShare = unreadPlaces / 4

	// lingerStill is how long the connection of a client that was not asked for
	// its body stays open for it. Some proxies send it all the same.
	lingerStill = time.Second
)

// incoming is a request's body as it comes over the connection, below all
// limits and content codings.
type incoming struct {
	io.ReadCloser
	length  int64 // -1 where it is not known
	expects bool  // the client sends it only when it is asked to (RFC 9110, 10.1.1), which reading does
	begun   bool
	ended   bool // read to its end, or broken
	control *http.ResponseController
	pace    pace // nothing while the time is not counted

	mu   sync.Mutex    // over what another request may do that takes this one's place
	gone chan struct{} // closed when the place was taken away
	cut  bool
}

// incomingOf returns the body of a request, or nil where it has none.
func (a *responseWriter) incomingOf(r *http.Request) *incoming {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	return &incoming{ReadCloser: r.Body, length: r.ContentLength, control: a.control, gone: make(chan struct{}),
		expects: r.ProtoAtLeast(1, 1) && r.Header.Get("Expect") != ""}
}

func (b *incoming) Read(p []byte) (int, error) {
	b.begun = true
	if by, changed := b.pace.next(); changed {
		b.until(by)
	}
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || err != nil
	return n, err
}

// until sets the time at which reading ends with an error; the zero time is
// never. A writer without deadlines, as in a test without a listener, has none
// to set.
func (b *incoming) until(t time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.cut {
		_ = b.control.SetReadDeadline(t)
	}
}

// cutOff ends the reading now.
func (b *incoming) cutOff() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.cut {
		b.cut = true
		close(b.gone)
		_ = b.control.SetReadDeadline(longAgo())
	}
}

// isCut reports whether the place was taken away.
func (b *incoming) isCut() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cut
}

// longAgo is a deadline that has passed, on every clock.
func longAgo() time.Time { return time.Unix(1, 0) }

// linger discards for a while what comes in after the answer, so that closing
// the connection does not destroy the answer on its way (RFC 9112, 9.6). An
// answer without a length would end only after that, so it does not linger.
func (a *responseWriter) linger() {
	length, err := strconv.ParseInt(a.Header().Get("Content-Length"), 10, 64)
	if !a.lingers || a.bytes != length || err != nil && a.status != http.StatusNoContent {
		return
	}
	if a.FlushError() != nil {
		return
	}
	seat, _ := a.server.unread.take(a.owner(), a.body.cutOff)
	defer seat.leave()
	a.discard(min(lingerStill, a.server.limits.unreadStill))
}

// discard reads until the body ends, stands still, or passes its bounds.
func (a *responseWriter) discard(still time.Duration) {
	a.body.pace = pace{still: still, end: time.Now().Add(a.server.limits.unread)}
	piece := make([]byte, unreadPiece)
	for left := int64(unreadBytes); left > 0 && !a.body.ended; {
		n, _ := a.body.Read(piece)
		left -= int64(n)
	}
}

// unreadPiece is what is read at once: a few packets, for a thousand are read
// at the same time.
const unreadPiece = 8 << 10
