package server

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

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

// readUnread reads and discards what the handler has left of the body, before
// the answer's header leaves, and keeps its place for that to the request's end
// instead of one among those that work. The answer to a body that was not asked for, or is
// too long to be read, goes first, and lingers.
func (a *responseWriter) readUnread() {
	if a.body == nil || a.body.ended {
		return
	}
	if a.body.expects && !a.body.begun || a.body.length > unreadBytes {
		a.lingers = a.control.EnableFullDuplex() == nil // else net/http reads it before the answer leaves
		a.Header().Set("Connection", "close")
		return
	}
	seat, _ := a.server.unread.take(a.owner(), a.body.cutOff)
	if a.seat != nil && a.seat.shares == a.server.waiting {
		defer seat.leave()
	} else { // a body that comes slowly holds up no other's work
		a.Leave()
		a.seat = seat
	}
	a.discard(a.server.limits.unreadStill)
	if !a.body.ended {
		a.Header().Set("Connection", "close")
	}
}

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

// attached returns a context that ends with the client once join is called, and
// until then with the request alone. net/http takes a client that has closed its
// sending side for one that is gone, and would break off the work of one that
// sends all, says that it is done, and waits for the answer.
func attached(client context.Context) (ctx context.Context, join, end context.CancelFunc) {
	ctx, end = context.WithCancel(context.WithoutCancel(client))
	return ctx, func() { context.AfterFunc(client, end) }, end
}
