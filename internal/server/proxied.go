package server

import (
	"net"
	"time"

	"github.com/pires/go-proxyproto"
)

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
