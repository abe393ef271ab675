package store

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// fate is what a relay does with the next commit.
type fate int32

const (
	passed     fate = iota
	notSent         // the server never gets it
	answerLost      // the server gets it, and the connection breaks
	silence         // the server gets it, and the client hears nothing more
)

// relay stands between a client and a server and can spoil one commit.
type relay struct {
	listener net.Listener
	port     int
	next     atomic.Int32
	clients  sync.Map // every connection that was made
}

func newRelay(t *testing.T, port int) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	r := &relay{listener: l, port: port}
	go r.serve()
	return r
}

// address is that of a database, by way of the relay.
func (r *relay) address(where string) string {
	u, err := url.Parse(where)
	if err != nil {
		panic(err) // the address is our own
	}
	u.Host = r.listener.Addr().String()
	return u.String()
}

func (r *relay) strike(f fate) { r.next.Store(int32(f)) }
func (r *relay) struck() bool  { return fate(r.next.Load()) == passed }

// cut breaks the connections that there are.
func (r *relay) cut() {
	r.clients.Range(func(client, _ any) bool {
		client.(net.Conn).Close()
		return true
	})
}

func (r *relay) serve() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", r.port))
		if err != nil {
			client.Close()
			continue
		}
		r.clients.Store(client, nil)
		go r.carry(client, server)
	}
}

func (r *relay) carry(client, server net.Conn) {
	var mute atomic.Bool
	go func() {
		defer client.Close()
		buf := make([]byte, 1<<16)
		for {
			n, err := server.Read(buf)
			if err != nil {
				return
			}
			if !mute.Load() {
				client.Write(buf[:n])
			}
		}
	}()
	defer server.Close()
	buf := make([]byte, 1<<16)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if bytes.Contains(buf[:n], []byte("; COMMIT")) {
			switch fate(r.next.Swap(int32(passed))) {
			case notSent:
				client.Close()
				return
			case answerLost:
				mute.Store(true)
				server.Write(buf[:n])
				go io.Copy(io.Discard, client)
				client.Close()
				waitDone(server)
				return
			case silence:
				mute.Store(true)
			}
		}
		server.Write(buf[:n])
	}
}

// waitDone lets the server end the commit before the connection to it breaks.
func waitDone(server net.Conn) {
	if c, ok := server.(*net.TCPConn); ok {
		c.CloseWrite()
	}
	io.Copy(io.Discard, server)
}
