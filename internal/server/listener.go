package server

import (
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/pires/go-proxyproto"
)

// The limits of pausing a listener.
const (
	// sweepTime is how long connections are still accepted before a listener is
	// closed: those that wait in its queue are reset with it.
	sweepTime = 20 * time.Millisecond

	// parkTime is how long a listener that is paused or ends waits for its last Accept to come back; that
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
	ending  bool // as soon as no connection waits
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
		if l.isEnding() && errors.Is(err, os.ErrDeadlineExceeded) {
			return l.last()
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

// end accepts for a while more and closes the socket when no connection waits in its
// queue.
func (l *sharedListener) end() {
	l.mu.Lock()
	l.ending = true
	l.mu.Unlock()
	if setDeadline(l.Listener, time.Now().Add(sweepTime)) {
		select {
		case <-l.closed:
		case <-time.After(sweepTime + parkTime):
		}
	}
	l.Close()
}

func (l *sharedListener) isEnding() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ending
}

// last returns a connection that waits in the queue, or closes the socket at once: in
// between, microseconds, a client can still be reset.
func (l *sharedListener) last() (net.Conn, error) {
	c, err := waiting(l.Listener)
	if err != nil {
		l.Close()
		return nil, net.ErrClosed
	}
	return l.all.add(c), nil
}

// waiting accepts without waiting, which package net does not where a deadline has
// passed.
func waiting(l net.Listener) (net.Conn, error) {
	of, ok := l.(syscall.Conn)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	raw, err := of.SyscallConn()
	if err != nil {
		return nil, err
	}
	var fd int
	errControl := raw.Control(func(from uintptr) {
		if err = syscall.SetNonblock(int(from), true); err == nil { // a process that shares the socket may have changed that
			fd, _, err = syscall.Accept(int(from))
		}
	})
	if err = errors.Join(errControl, err); err != nil {
		return nil, err
	}
	syscall.CloseOnExec(fd)
	f := os.NewFile(uintptr(fd), "connection")
	defer f.Close()
	return net.FileConn(f)
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

// pause stops accepting and returns when nothing more is accepted. It reports whether
// the listener is of a kind that can do that.
func (l *sharedListener) pause() bool {
	l.mu.Lock()
	l.resumed, l.parked = make(chan struct{}), make(chan struct{})
	parked := l.parked
	l.mu.Unlock()
	if !setDeadline(l.Listener, longAgo()) {
		return false
	}
	select {
	case <-parked:
		return true
	case <-time.After(parkTime):
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
	setDeadline(l.Listener, time.Time{}) // it had one, so it can
	close(l.resumed)
	l.resumed = nil
}

// Close closes the socket of this process.
func (l *sharedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// setDeadline ends Accept at a time; false says that the listener cannot.
func setDeadline(l net.Listener, t time.Time) bool {
	timed, ok := l.(interface{ SetDeadline(time.Time) error })
	return ok && timed.SetDeadline(t) == nil
}

// proxied is a listener that believes the PROXY protocol, version 1 or 2, from
// proxies. Whether a connection begins with it is for the proxy to choose: plain
// HTTP from the same address works on. From any other address the protocol is
// not looked for at all.
type proxied struct {
	net.Listener
	proxies proxies
	header  time.Duration // until the protocol's header must be there
}

// Accept returns the next connection. What it begins with is read later, by the
// connection's own goroutine.
func (l proxied) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if peer, ok := plainAddr(c.RemoteAddr().String()); !ok || !l.proxies.trust(peer) {
		return c, nil
	}
	believed := proxyproto.NewConn(c, proxyproto.WithPolicy(proxyproto.USE), proxyproto.SetReadHeaderTimeout(l.header))
	return proxiedConn{believed}, nil
}

// proxiedConn is a connection from a proxy.
type proxiedConn struct{ *proxyproto.Conn }

// RemoteAddr is the client's address. A client that reached the proxy over a
// socket file has none, and the proxy's stands for it.
func (c proxiedConn) RemoteAddr() net.Addr {
	a := c.Conn.RemoteAddr()
	if _, ok := plainAddr(a.String()); !ok {
		return c.Raw().RemoteAddr()
	}
	return a
}

// CloseWrite is what net/http looks for, to let an answer arrive before a
// connection is closed.
func (c proxiedConn) CloseWrite() error {
	if half, ok := c.Raw().(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
