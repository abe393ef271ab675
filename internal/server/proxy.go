package server

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/pires/go-proxyproto"

	"github.com/bookgate/bookgate/internal/reqlog"
)

// proxies are the networks of the proxies that are believed about whom they
// speak for.
type proxies []netip.Prefix

// newProxies returns the networks in the form in which addresses are compared:
// IPv4 that is written as IPv6 is IPv4.
func newProxies(nets []netip.Prefix) proxies {
	p := make(proxies, 0, len(nets))
	for _, n := range nets {
		if n.Addr().Is4In6() && n.Bits() >= mappedBits {
			n = netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-mappedBits)
		}
		p = append(p, n)
	}
	return p
}

// mappedBits are the bits before the IPv4 address in an IPv4-mapped IPv6 address
// (RFC 4291, 2.5.5.2).
const mappedBits = 96

func (p proxies) trust(a netip.Addr) bool {
	for _, n := range p {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// client returns who has sent a request: the address of the connection, or where
// that is a proxy, the rightmost address in Forwarded (RFC 7239) or X-Forwarded-For
// that is not a proxy. What stands left of it is the client's own word. A proxy that
// does not name an address has its own instead.
//
// A proxy adds to one of the two headers and passes the other on as the client has
// made it up. Which one is not known here, so when both are there and disagree,
// neither counts.
func (p proxies) client(r *http.Request) (client netip.Addr, disagree bool) {
	peer, ok := plainAddr(r.RemoteAddr)
	if !ok || !p.trust(peer) {
		return peer, false
	}
	old, standard := r.Header.Values("X-Forwarded-For"), r.Header.Values("Forwarded")
	switch {
	case len(standard) == 0:
		return p.follow(peer, readForwardedFor(old)), false
	case len(old) == 0:
		return p.follow(peer, readForwarded(standard)), false
	}
	a, b := p.follow(peer, readForwardedFor(old)), p.follow(peer, readForwarded(standard))
	if a != b {
		return peer, true
	}
	return a, false
}

// follow goes from the connection towards the client as far as each step was
// named by a proxy.
func (p proxies) follow(peer netip.Addr, hops []string) netip.Addr {
	for i := len(hops) - 1; i >= 0 && p.trust(peer); i-- {
		next, ok := plainAddr(hops[i])
		if !ok {
			break
		}
		peer = next
	}
	return peer
}

// readForwardedFor returns the words of X-Forwarded-For, the last proxy's last.
func readForwardedFor(lines []string) (hops []string) {
	for _, line := range lines {
		for word := range strings.SplitSeq(line, ",") {
			if word = strings.TrimSpace(word); word != "" {
				hops = append(hops, word)
			}
		}
	}
	return hops
}

// readForwarded returns the node of each element's "for", "" where it has none or
// cannot be read. A line is read for itself: one that a client has left open must
// not hide what a proxy adds in the next.
func readForwarded(lines []string) (hops []string) {
	for _, line := range lines {
		for line = strings.TrimSpace(line); line != ""; {
			node, rest, ok := readElement(line)
			if !ok {
				hops = append(hops, "")
				break
			}
			if strings.TrimLeft(line, " \t")[0] != ',' {
				hops = append(hops, node)
			}
			line = strings.TrimLeft(strings.TrimPrefix(rest, ","), " \t")
		}
	}
	return hops
}

// readElement reads one forwarded-element (RFC 7239, 4), and returns what
// follows it. Blanks around the separators are tolerated, and so are brackets
// and colons without quotes, which some proxies forget.
func readElement(s string) (node, rest string, ok bool) {
	seen := false
	for {
		s = strings.TrimLeft(s, " \t")
		end := strings.IndexAny(s, "=;,")
		if end < 0 {
			return node, "", strings.TrimSpace(s) == ""
		}
		name := strings.TrimRight(s[:end], " \t")
		switch s[end] {
		case ',':
			return node, s[end:], name == ""
		case ';':
			if name != "" {
				return "", "", false
			}
			s = s[end+1:]
			continue
		}
		var value string
		if value, s, ok = readValue(strings.TrimLeft(s[end+1:], " \t")); !ok {
			return "", "", false
		}
		if strings.EqualFold(name, "for") {
			if seen { // RFC 7239, 4: each parameter once; which one counts would be a guess
				return "", "", false
			}
			node, seen = value, true
		}
		switch s = strings.TrimLeft(s, " \t"); {
		case s == "" || s[0] == ',':
			return node, s, true
		case s[0] != ';':
			return "", "", false
		}
		s = s[1:]
	}
}

// readValue reads a token or a quoted-string (RFC 9110, 5.6).
func readValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ";, \t\"")
		if end < 0 {
			return s, "", true
		}
		return s[:end], s[end:], s[end] != '"'
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}

// plainAddr reads an address as connections, X-Forwarded-For and Forwarded have
// it: IPv6 with or without brackets, either with or without a port. What stands
// for an address (unknown, _hidden) is none. A zone is of one machine's own.
func plainAddr(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		host := s
		if i := strings.LastIndexByte(s, ':'); i >= 0 && isNodePort(s[i+1:]) {
			host = s[:i]
		}
		bare, bracketed := strings.CutPrefix(host, "[")
		if bracketed {
			bare, bracketed = strings.CutSuffix(bare, "]")
		}
		if a, err = netip.ParseAddr(bare); err != nil || a.Is6() != bracketed {
			return netip.Addr{}, false
		}
	}
	return a.Unmap().WithZone(""), true
}

// isNodePort reports whether s is a port, or what stands for one (RFC 7239, 6).
func isNodePort(s string) bool {
	if obfuscated, ok := strings.CutPrefix(s, "_"); ok {
		return obfuscated != ""
	}
	return s != "" && len(s) <= len("65535") && strings.Trim(s, "0123456789") == ""
}

// nameClient returns the request with the client's address for that of its
// connection, which every later reader of RemoteAddr means. The client's port is
// not in any header.
func (s *Server) nameClient(r *http.Request, rec *reqlog.Event) *http.Request {
	client, disagree := s.proxies.client(r)
	if !client.IsValid() {
		rec.Client = r.RemoteAddr
		return r
	}
	if disagree {
		rec.Note("X-Forwarded-For and Forwarded disagree, so the client is taken for its proxy")
	}
	rec.Client = client.String()
	if peer, _ := plainAddr(r.RemoteAddr); peer != client {
		r.RemoteAddr = netip.AddrPortFrom(client, 0).String()
	}
	return r
}

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
