package webhook

import (
	"context"
	"crypto/x509"
	"net"
	"sync/atomic"
	"time"
)

// TestLimits are the limits of a sender for tests, which cannot wait for the
// real ones, and what a test watches.
type TestLimits struct {
	Dial, Header, Body, Again time.Duration
	Names                     *net.Resolver // nil is the usual one
	Read                      *atomic.Int64 // bytes taken from the network; nil counts nothing
}

// NewTestSender makes a sender within such limits.
func NewTestSender(g *Guard, roots *x509.CertPool, t TestLimits) *Sender {
	names := t.Names
	if names == nil {
		names = net.DefaultResolver
	}
	s := newSender(g, roots, "bookgate/test", names, limits{t.Dial, t.Header, t.Body, t.Again})
	if transport := s.client.HTTPClient.Transport.(keepIdleTransport).transport; t.Read != nil {
		dial := transport.DialContext
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			c.(*metered).Conn = &countedConn{c.(*metered).Conn, t.Read}
			return c, nil
		}
	}
	return s
}

// countedConn counts what is read from a connection.
type countedConn struct {
	net.Conn
	read *atomic.Int64
}

func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.read.Add(int64(n))
	return n, err
}

// SetPerParty changes how many tries one party gets at once, before Run.
func (d *Dispatcher) SetPerParty(n int) { d.share = n }

// Workers and PerParty are the bounds of all tries at once and of a party's.
const (
	Workers     = workers
	PerParty    = perParty
	MostAwaited = mostAwaited
)

// PerEndpoint is how many tries an endpoint gets at once.
const PerEndpoint = perEndpoint

// SetAwaited bounds how many tries wait aside.
func (d *Dispatcher) SetAwaited(n int) { d.awaited = make(chan struct{}, n) }
