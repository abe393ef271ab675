package server

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// The limits of pausing a listener.
const (
	// sweepTime is how long connections are still accepted before a listener is
	// closed, for those that wait in its queue: they are reset with it.
	sweepTime = 20 * time.Millisecond

	// parkTime is how long a paused listener waits for its last Accept to come back; that
	// takes microseconds.
	parkTime = time.Second
)

// sharedListener can be paused, with its socket left open for another process that
// accepts on it, and resumed.
type sharedListener struct {
	net.Listener
	all *connections

	mu      sync.Mutex
	resumed chan struct{} // while paused: closed when it is over
	parked  chan struct{} // while paused: closed when nothing more is accepted
	closed  chan struct{}
	once    sync.Once
}

func newSharedListener(l net.Listener, all *connections) *sharedListener {
	return &sharedListener{Listener: l, all: all, closed: make(chan struct{})}
}

// Accept returns the next connection, and while it is paused none.
func (l *sharedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err == nil {
			return l.all.add(c), nil
		}
		resumed := l.park()
		if resumed == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
		select {
		case <-resumed:
		case <-l.closed:
			return nil, net.ErrClosed
		}
	}
}

// park says that an Accept has come back. It returns nil where the listener is not paused.
func (l *sharedListener) park() (resumed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.resumed == nil {
		return nil
	}
	select {
	case <-l.parked:
	default:
		close(l.parked)
	}
	return l.resumed
}

// pause stops accepting after a while and returns when nothing more is accepted.
// It reports whether the listener is of a kind that can do that.
func (l *sharedListener) pause(after time.Duration) bool {
	timed, ok := l.Listener.(interface{ SetDeadline(time.Time) error })
	if !ok {
		return false
	}
	l.mu.Lock()
	l.resumed, l.parked = make(chan struct{}), make(chan struct{})
	parked := l.parked
	l.mu.Unlock()
	if err := timed.SetDeadline(time.Now().Add(after)); err != nil {
		return false
	}
	select {
	case <-parked:
		return true
	case <-time.After(after + parkTime):
		return false
	}
}

// resume accepts again.
func (l *sharedListener) resume() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.resumed == nil {
		return
	}
	if timed, ok := l.Listener.(interface{ SetDeadline(time.Time) error }); ok {
		timed.SetDeadline(time.Time{})
	}
	close(l.resumed)
	l.resumed = nil
}

// Close closes the socket of this process.
func (l *sharedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}
