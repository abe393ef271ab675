package server

import (
	"time"

	"github.com/bookgate/bookgate/order"
)

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
// whose body is on its way. It waits for memory of hold bytes, and gives the body
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

// hold gives back what memory the request has beyond so many bytes.
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

// busy refuses a request that the server has no room for.
func busy(why string) error {
	e := order.Errorf(order.Unavailable, "busy", "%s Nothing was saved.", why).
		WithHint("Send the request again after the time in Retry-After.")
	e.RetryAfter = busyRetry
	return e
}
