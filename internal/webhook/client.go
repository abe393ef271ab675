package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/internal/reach"
)

// Bounds of one try.
const (
	// DefaultTimeout is for the whole try: receivers should take a message in
	// and work on it afterwards; most services in the field allow 10 to 30 s.
	DefaultTimeout = 15 * time.Second

	dialTime   = 5 * time.Second  // to connect, and as long again for TLS
	headerTime = 10 * time.Second // to the end of the answer's headers

	// bodyTime is for the part of the answer's body that is kept. The status
	// has decided by then, so nobody waits long for what only people read.
	bodyTime = 2 * time.Second

	// headerBytes bounds the headers of an answer; real ones have 2 KiB.
	headerBytes = 64 << 10

	// innerTries is how often a connection that broke at once is tried again
	// within one try: a receiver that just restarted closes its old
	// connections. Everything longer is the schedule's.
	innerTries = 1
	innerWait  = 500 * time.Millisecond

	// idlePerHost and idleTime keep a few connections for the next event,
	// mostIdle bounds them over all hosts: some descriptors, and not two for
	// every endpoint that there is.
	idlePerHost = 2
	mostIdle    = 256
	idleTime    = 90 * time.Second

	// tryBytes bounds what is read from a connection for one try, whatever it
	// is: headers, the part of a body that is kept, and the frames of HTTP/2,
	// which a receiver can send without an end. To set TLS up there is as much.
	tryBytes = headerBytes + MaxKept + 20<<10
)

// limits are those of the above that a test cannot wait for.
type limits struct {
	dial, header, body, again time.Duration
}

func defaultLimits() limits {
	return limits{dial: dialTime, header: headerTime, body: bodyTime, again: innerWait}
}

// Sender sends messages to addresses that the guard lets pass. It is safe for
// use by many goroutines.
type Sender struct {
	client   *retryablehttp.Client
	agent    string
	bodyTime time.Duration
}

// NewSender makes a sender. roots may be nil for the machine's own authorities;
// agent names us to the receivers.
func NewSender(g *Guard, roots *x509.CertPool, agent string) *Sender {
	return newSender(g, roots, agent, net.DefaultResolver, defaultLimits())
}

func newSender(g *Guard, roots *x509.CertPool, agent string, names *net.Resolver, l limits) *Sender {
	transport := &http.Transport{
		Proxy:                  nil, // a proxy would look the name up itself, behind the guard's back
		DialContext:            meteredDial(g.dialer(names, l.dial)),
		TLSHandshakeTimeout:    l.dial,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ResponseHeaderTimeout:  l.header,
		MaxResponseHeaderBytes: headerBytes,
		MaxIdleConns:           mostIdle,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleTime,
		DisableCompression:     true, // what came is kept as it came, and a bomb stays small
		ForceAttemptHTTP2:      true,
		HTTP2: &http.HTTP2Config{
			MaxReceiveBufferPerConnection: 64 << 10, // the least that there is
			MaxReceiveBufferPerStream:     MaxKept,
			SendPingTimeout:               l.header, // or the next try gets the connection on which this one had no answer
			PingTimeout:                   l.dial,
			WriteByteTimeout:              l.dial,
		},
	}
	return &Sender{agent: agent, bodyTime: l.body, client: &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport:     keepIdleTransport{transport},
			CheckRedirect: noRedirect,
		},
		RetryMax:     innerTries,
		RetryWaitMin: l.again,
		RetryWaitMax: l.again,
		CheckRetry:   retryable,
		Backoff:      func(wait, _ time.Duration, _ int, _ *http.Response) time.Duration { return wait },
		ErrorHandler: func(resp *http.Response, err error, _ int) (*http.Response, error) { return resp, err },
	}}
}

// noRedirect returns the redirect itself as the answer. Followed, it would carry
// the message, or only its address, to a place that is not registered, and
// report success from there.
func noRedirect(*http.Request, []*http.Request) error {
	if plant.On(plant.FollowRedirects) {
		return nil
	}
	return http.ErrUseLastResponse
}

// keepIdleTransport hides CloseIdleConnections: the library calls it whenever it gives a
// request up, and one bad receiver would cost all others their connections.
type keepIdleTransport struct{ transport *http.Transport }

func (l keepIdleTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return l.transport.RoundTrip(r)
}

// retryable lets the library try again only where no answer came and the
// time is not up. What the guard refuses stays refused.
func retryable(ctx context.Context, _ *http.Response, err error) (bool, error) {
	var refused *addressError
	if err == nil || ctx.Err() != nil || errors.As(err, &refused) || errors.Is(err, errOften) {
		return false, nil
	}
	fault, _ := reach.Sort(err)
	return fault == reach.Cut, nil
}

// errOften is a try that was sent anew as often as one may be.
var errOften = fmt.Errorf("the request was not taken, again: %w", io.ErrUnexpectedEOF)

// bounded lets the transport send a request anew as often as the library may.
// Left to itself, it does so for as long as a receiver of HTTP/2 says that it has
// not looked at it: thousands of times within one try.
func bounded(body func() (io.ReadCloser, error)) func() (io.ReadCloser, error) {
	left := innerTries
	return func() (io.ReadCloser, error) {
		if left--; left < 0 {
			return nil, errOften
		}
		return body()
	}
}

// metered is a connection from which only so much is read for each try.
type metered struct {
	net.Conn
	left atomic.Int64
}

// errMuch is a receiver that sends more than any answer has.
var errMuch = errors.New("the receiver sent more than is read for one try")

func (m *metered) Read(b []byte) (int, error) {
	left := m.left.Load()
	if left <= 0 {
		return 0, errMuch
	}
	n, err := m.Conn.Read(b[:min(int64(len(b)), left)])
	m.left.Add(int64(-n))
	return n, err
}

func meteredDial(d *net.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		m := &metered{Conn: c}
		m.left.Store(tryBytes)
		return m, nil
	}
}

// refilled lets a connection be read from anew once it is to carry a request.
func refilled(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		c := got.Conn
		if secured, ok := c.(*tls.Conn); ok {
			c = secured.NetConn()
		}
		if m, ok := c.(*metered); ok {
			m.left.Store(tryBytes)
		}
	}})
}

// Post sends one message and gives what came back. An answer of any status is
// a result without an error, whatever becomes of its body.
func (s *Sender) Post(ctx context.Context, url string, m Message) Result {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, err := retryablehttp.NewRequestWithContext(refilled(ctx), http.MethodPost, url, m.Body)
	if err != nil {
		return Result{Err: err}
	}
	r.GetBody = bounded(r.GetBody)
	for name, values := range m.Header {
		r.Header[name] = values
	}
	r.Header.Set("User-Agent", s.agent)
	resp, err := s.client.Do(r)
	if err != nil {
		return Result{Err: err}
	}
	defer resp.Body.Close() // and not read to its end: it may have none
	return Result{Status: resp.StatusCode, Header: masked(resp.Header), Body: s.readPrefix(resp, cancel), RetryAfter: retryAfter(resp, time.Now())}
}

// readPrefix reads what is kept of an answer's body, as far as it comes in time;
// cancel ends the request.
func (s *Sender) readPrefix(resp *http.Response, cancel func()) []byte {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil // the body is the bare connection, whose reading nothing would end
	}
	defer time.AfterFunc(s.bodyTime, cancel).Stop()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, MaxKept))
	return body
}
