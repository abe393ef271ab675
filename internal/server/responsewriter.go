package server

import (
	"net/http"
	"sync"
	"time"

	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// responseWriter watches what a handler sends, for the log and for the catching of
// panics, and sets a deadline of its own for every chunk of it.
type responseWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	server  *Server       // nil where nothing is limited
	record  *reqlog.Event // of the request
	address owner         // that the request comes from
	body    *incoming     // what the client sends; nil for nothing
	lingers bool          // the rest of the body comes after the answer
	varies  bool          // by the origin of the page that asks
	join    func()        // makes the request end when its client leaves; nil without a connection
	status  int           // 0 until the header has been handed over
	bytes   int64
	err     error // of the first write that failed: the client went away

	admitted bool   // among those that are limited
	claims   bool   // shows a credential
	working  bool   // has a place among those that work
	works    owner  // of that place
	seat     *place // among those that do not: that wait, send their body, or are refused
	held     int64  // bytes of memory for the body
	holder   owner  // of these

	mu  sync.Mutex // over what another request may do that takes this one's place
	cut bool       // among those that send
}

func (s *Server) newResponseWriter(w http.ResponseWriter, rec *reqlog.Event) *responseWriter {
	return &responseWriter{ResponseWriter: w, control: http.NewResponseController(w), server: s, record: rec}
}

// begun reports whether a status has been handed over, after which no other
// answer is possible.
func (a *responseWriter) begun() bool { return a.status != 0 }

// statusSent is the status that the client sees: a handler that writes nothing
// has answered 200.
func (a *responseWriter) statusSent() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}

// sentTo is how much of a body the client got: of a HEAD nothing, whatever its
// handler wrote.
func (a *responseWriter) sentTo(r *http.Request) int64 {
	if r.Method == http.MethodHead {
		return 0
	}
	return a.bytes
}

// Leave frees the request's place, wherever it is: before its end when
// nothing is left to do but to wait.
func (a *responseWriter) Leave() {
	if a.working {
		a.server.work.give(a.works, 1)
		a.working = false
	}
	if a.seat != nil {
		a.seat.leave()
		a.seat = nil
	}
}

// end returns all that the request has.
func (a *responseWriter) end() {
	a.Leave()
	a.hold(0)
}

// WriteHeader hands the status over, once; a second one is ignored, as the
// first is what the client has.
func (a *responseWriter) WriteHeader(status int) {
	if a.begun() {
		return
	}
	if status >= http.StatusOK {
		a.status = status
		if a.varies { // now, for a handler may have a Vary of its own
			a.Header().Add("Vary", "Origin")
		}
		if a.server.phase.Load() != serving { // now, for the drain may have begun since the request came
			a.Header().Set("Connection", "close")
		}
		a.readUnread()
	}
	a.ResponseWriter.WriteHeader(status)
}

// readUnread reads and discards what the handler has left of the body, before
// the answer's header leaves, and keeps its place for that to the request's end
// instead of one among those that work. The answer to a body that was not asked
// for, or is too long to be read, goes first, and lingers.
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

// Write sends b, a large one chunk by chunk, each with its own deadline.
func (a *responseWriter) Write(b []byte) (n int, err error) {
	if !a.begun() {
		a.WriteHeader(http.StatusOK)
	}
	for {
		chunk := b[n:min(n+writeChunk, len(b))]
		a.extend()
		m, err := a.send(chunk)
		n += m
		a.bytes += int64(m)
		if err != nil {
			a.fail(err)
			return n, err
		}
		if n == len(b) {
			return n, nil
		}
	}
}

// FlushError sends what is buffered; [http.ResponseController] finds it.
func (a *responseWriter) FlushError() error {
	if !a.begun() {
		a.WriteHeader(http.StatusOK)
	}
	a.extend()
	err := a.control.Flush()
	a.fail(err)
	return err
}

// Unwrap lets [http.ResponseController] reach the connection.
func (a *responseWriter) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// send writes a chunk. When that takes long, because the client reads slowly,
// the request leaves its working place to others until its end.
func (a *responseWriter) send(chunk []byte) (int, error) {
	if !a.working {
		return a.ResponseWriter.Write(chunk)
	}
	aside := make(chan struct{})
	slow := time.AfterFunc(a.server.limits.slowSend, func() {
		defer close(aside)
		seat, _ := a.server.sending.take(a.owner(), a.cutOff)
		a.Leave()
		a.seat = seat
	})
	n, err := a.ResponseWriter.Write(chunk)
	if !slow.Stop() {
		<-aside
	}
	return n, err
}

// extend sets the time of the next chunk. A writer without deadlines, as in a
// test without a listener, has none to extend.
func (a *responseWriter) extend() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.cut {
		_ = a.control.SetWriteDeadline(time.Now().Add(a.server.limits.write))
	}
}

// cutOff ends the sending now.
func (a *responseWriter) cutOff() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cut = true
	_ = a.control.SetWriteDeadline(longAgo())
}

func (a *responseWriter) fail(err error) {
	if a.err == nil {
		a.err = err
	}
}

// pace is the time that reading a body may take.
type pace struct {
	still time.Duration // 0 counts nothing
	end   time.Time
	set   time.Time // when the last deadline was set
}

// next returns the deadline of the next read. It changes at most ten times
// within the time that a body may stand still.
func (p *pace) next() (by time.Time, changed bool) {
	if p.still == 0 {
		return by, false
	}
	now := time.Now()
	if !p.set.IsZero() && now.Sub(p.set) < p.still/10 {
		return by, false
	}
	p.set = now
	if by = now.Add(p.still); by.After(p.end) {
		by = p.end
	}
	return by, true
}

// Receive is called before the body is read: the request leaves its place among
// those that work to another until the body has come, and takes one among those
// whose body is on its way. It waits for memory of hold bytes, and returns the body
// the time that one of size bytes needs. See [body.Receiver].
func (a *responseWriter) Receive(hold, size int64) error {
	if !a.admitted || a.body == nil || a.body.ended {
		return nil
	}
	seat, _ := a.server.bodies.take(a.owner(), a.body.cutOff)
	a.Leave()
	a.seat = seat
	if err := a.Hold(hold); err != nil {
		return err
	}
	l := a.server.limits
	a.body.pace = pace{still: min(l.bodyStill, l.read), end: time.Now().Add(min(l.read, timeFor(size)))}
	return nil
}

// timeFor is how long a body may take.
func timeFor(size int64) time.Duration {
	return bodyTime + time.Duration(float64(size)/float64(bodyPace)*float64(time.Second))
}

// Hold waits until the request has memory of so many bytes in all.
func (a *responseWriter) Hold(bytes int64) error {
	if a.seat == nil || bytes <= a.held {
		return nil
	}
	if a.held == 0 {
		a.holder = a.owner()
	}
	waiting := time.Now()
	if !a.server.memory.take(a.holder, bytes-a.held, a.server.limits.memory, a.body.gone) {
		if a.body.isCut() {
			return errCut()
		}
		return errMemory()
	}
	a.held = bytes
	if a.body.pace.still != 0 { // what was spent here is not the client's time
		a.body.pace.end = a.body.pace.end.Add(time.Since(waiting))
		a.body.pace.set = time.Time{}
	}
	return nil
}

// hold returns what memory the request has beyond so many bytes.
func (a *responseWriter) hold(bytes int64) {
	if a.held > bytes {
		a.server.memory.give(a.holder, a.held-bytes)
		a.held = bytes
	}
}

// Received is called when reading has ended, with the error that it ended with;
// the body takes size bytes. The request takes a place among those that work
// again, and Received returns the error to answer with.
func (a *responseWriter) Received(size int64, err error) error {
	if a.seat == nil || a.seat.shares != a.server.bodies {
		return err
	}
	a.Leave()
	a.hold(size)
	a.body.pace = pace{}
	if err != nil {
		a.hold(0)
		if a.body.isCut() {
			return errCut()
		}
		return err
	}
	if a.body.ended {
		a.body.until(time.Time{})
	}
	return a.work()
}

func errMemory() error {
	return busy("The bodies of other requests, of yours or of all, take as much memory as they may.")
}

func errCut() error {
	return busy("The body came more slowly than those of many newer requests, and was not read to its end.")
}

// busy refuses a request that the server has no capacity for.
func busy(why string) error {
	e := order.Errorf(order.Unavailable, "busy", "%s Nothing was saved.", why).
		WithHint("Send the request again after the time in Retry-After.")
	e.RetryAfter = busyRetry
	return e
}
