package problem

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// StreamType labels a stream of Server-Sent Events.
const StreamType = "text/event-stream"

// ReconnectWait is what clients of a stream are asked to wait before they
// connect again: a restarted server is back by then.
const ReconnectWait = 3 * time.Second

// cutWait is the time between the last bytes of a stream and its cut when the
// stream is begun only to say that there is none. Varnish answers 503 itself when
// what it asks breaks off before it has passed anything on.
const cutWait = 500 * time.Millisecond

// WantsStream reports whether a request can be answered with a stream of
// events and with nothing else, as EventSource asks. A client that also accepts
// a problem gets one.
func WantsStream(r *http.Request) bool {
	accept := strings.ToLower(strings.Join(r.Header.Values("Accept"), ","))
	return r.Method == http.MethodGet && strings.Contains(accept, StreamType) && !strings.Contains(accept, "json")
}

// StreamHeader sets the header of a stream.
func StreamHeader(h http.Header) {
	h.Set("Content-Type", StreamType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that collects what it passes on would hold events back
}

// WriteStream answers a request for a stream that cannot be had now: with a
// stream that says when to connect again, and is cut off. EventSource ends for
// good when the answer is a 503, whatever Retry-After says. It does not return.
func (p Problem) WriteStream(w http.ResponseWriter, r *http.Request) {
	StreamHeader(w.Header())
	fmt.Fprintf(w, "retry: %d\n: %s\n", max(p.RetryAfter, ReconnectWait).Milliseconds(), strings.Map(oneLine, p.Detail))
	_ = http.NewResponseController(w).Flush() // a client that is gone needs no answer
	if l, ok := w.(leaver); ok {
		l.Leave()
	}
	time.Sleep(cutWait)
	Cut(w, r)
}

// leaver is the writer of a server that has few places for requests.
type leaver interface{ Leave() }

func oneLine(r rune) rune {
	if r == '\n' || r == '\r' {
		return ' '
	}
	return r
}

// Cut ends an answer as a crash would: without the last chunk. Clients exist
// that take a tidy end of a stream for the end of all events, and every one
// connects again after a cut. It does not return.
func Cut(w http.ResponseWriter, r *http.Request) {
	if !r.ProtoAtLeast(1, 1) {
		reset(w)
	}
	panic(http.ErrAbortHandler)
}

// reset resets a connection of HTTP/1.0, which has no chunks: there only a
// reset differs from the end of the answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // no connection, as in a test
	}
	inner := conn
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok { // of TLS
		inner = t.NetConn()
	}
	if tcp, ok := inner.(interface{ SetLinger(sec int) error }); ok {
		_ = tcp.SetLinger(0) // where it fails, the connection is closed all the same
	}
	inner.Close()
}
