package webhook_test

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
)

// names is a DNS server in this process. Each question for an IPv4 address
// takes the next of its answers, the last of them again and again.
type names struct {
	mu      sync.Mutex
	answers []string
	asked   int
}

// serveNames starts the server and returns a resolver that asks it.
func serveNames(t *testing.T, answers ...string) (*names, *net.Resolver) {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	ok(t, err)
	n := &names{answers: answers}
	var serving sync.WaitGroup
	serving.Go(func() { n.serve(socket) })
	t.Cleanup(func() { socket.Close(); serving.Wait() })
	return n, &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
}

func (n *names) set(answers ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.answers = answers
}

// count is how many questions came.
func (n *names) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked
}

func (n *names) next() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked++
	first := n.answers[0]
	if len(n.answers) > 1 {
		n.answers = n.answers[1:]
	}
	return first
}

func (n *names) serve(socket net.PacketConn) {
	question := make([]byte, 4096)
	for {
		size, from, err := socket.ReadFrom(question)
		if err != nil {
			return
		}
		socket.WriteTo(n.reply(question[:size]), from)
	}
}

// reply answers the one question of a message (RFC 1035): a name, a type and a
// class behind a header of twelve bytes.
func (n *names) reply(q []byte) []byte {
	end := 12
	for q[end] != 0 {
		end += 1 + int(q[end])
	}
	end += 5
	const typeA = 1
	asksA := q[end-3] == typeA
	r := append([]byte{q[0], q[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, q[12:end]...)
	if asksA {
		r[7] = 1
		ip := netip.MustParseAddr(n.next()).As4()
		r = append(r, 0xc0, 12, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4)
		r = append(r, ip[:]...)
	}
	return r
}
