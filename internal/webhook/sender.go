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
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/bookgate/bookgate/internal/neterr"
	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/order"
)

// Bounds of one try.
const (
	// DefaultTimeout is for the whole try: receivers should take a message in
	// and work on it afterwards; most services in the field allow 10 to 30 s.
	DefaultTimeout = 15 * time.Second

	dialTime   = 5 * time.Second  // to connect, and as long again for TLS
	headerTime = 10 * time.Second // to the end of the answer's headers

	// bodyTime is for the part of the answer's body that is stored. The status
	// has decided by then, so no delivery waits long for what only people read.
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
	// is: headers, the part of a body that is stored, and the frames of HTTP/2,
	// which a receiver can send without an end. To set TLS up there is as much.
	tryBytes = headerBytes + MaxStored + 20<<10
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
		DisableCompression:     true, // what came is stored as it came, and a bomb stays small
		ForceAttemptHTTP2:      true,
		HTTP2: &http.HTTP2Config{
			MaxReceiveBufferPerConnection: 64 << 10, // the least that there is
			MaxReceiveBufferPerStream:     MaxStored,
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
	if plant.Enabled && plant.On(plant.FollowRedirects) {
		return nil
	}
	return http.ErrUseLastResponse
}

// keepIdleTransport hides CloseIdleConnections: the library calls it whenever it
// abandons a request, and one bad receiver would cost all others their connections.
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
	fault, _ := neterr.Classify(err)
	return fault == neterr.Interrupted, nil
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

// Post sends one message and returns what came back. An answer of any status is
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
	return Result{Status: resp.StatusCode, Header: masked(resp.Header), Body: s.readPrefix(resp, cancel),
		RetryAfter: retryAfter(resp, time.Now())}
}

// readPrefix reads what is stored of an answer's body, as far as it comes in time;
// cancel ends the request.
func (s *Sender) readPrefix(resp *http.Response, cancel func()) []byte {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil // the body is the bare connection, whose reading nothing would end
	}
	defer time.AfterFunc(s.bodyTime, cancel).Stop()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, MaxStored))
	return body
}

// retryAfter reads how long the answer asks us to wait: seconds or a date, 0
// for none and for what is neither. Only those two answers may ask.
func retryAfter(resp *http.Response, now time.Time) time.Duration {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	text := strings.TrimSpace(resp.Header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return clampWait(time.Duration(min(seconds, uint64(longestWait/time.Second))) * time.Second)
	}
	if at, ok := readWhen(text); ok {
		return clampWait(at.Sub(now))
	}
	return 0
}

// readWhen reads a date as RFC 9110 has it, and as programs write GMT otherwise.
// net/http takes every other name of a zone for GMT too, which would be hours
// wrong; such a date says nothing.
func readWhen(text string) (at time.Time, ok bool) {
	for _, name := range []string{"UTC", "UT", "Z", "+0000", "gmt"} {
		if rest, cut := strings.CutSuffix(text, " "+name); cut {
			text = rest + " GMT"
		}
	}
	at, err := http.ParseTime(text)
	if err != nil {
		at, err = time.Parse(time.RFC1123Z, text)
		return at, err == nil
	}
	zone, _ := at.Zone()
	return at, zone == "GMT" || zone == "UTC"
}

// The Retry-After of a receiver is obeyed within these bounds: a mistake in it must
// neither become a storm nor an end.
const (
	shortestWait = time.Second
	longestWait  = 24 * time.Hour
)

func clampWait(d time.Duration) time.Duration { return min(max(d, shortestWait), longestWait) }

// shown reports whether a header of an answer is stored as it is; of all others
// the name alone is, for they may hold cookies or keys.
func shown(name string) bool {
	switch name {
	case "Allow", "Cf-Ray", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Date", "Location",
		"Retry-After", "Server", "Via", "X-Correlation-Id", "X-Powered-By", "X-Request-Id":
		return true
	}
	return false
}

// maxShownHeaders bounds what is stored of an answer's headers.
const maxShownHeaders = 50

// masked copies headers for keeping.
func masked(h http.Header) http.Header {
	shownHeaders := http.Header{}
	for name, values := range h {
		if len(shownHeaders) == maxShownHeaders {
			break
		}
		if shown(name) {
			shownHeaders.Set(name, order.Truncate(strings.Join(values, ", ")))
		} else {
			shownHeaders.Set(order.Truncate(name), redacted)
		}
	}
	return shownHeaders
}

// writeError is a message that could not be written: nothing left this machine.
// Its cause is for the operator's log.
type writeError struct{ cause error }

func (e *writeError) Error() string {
	return "the message could not be written; the operator's log says why"
}

func (e *writeError) Unwrap() error { return e.cause }

// resultText says, for the party, why a try did not count.
func resultText(r Result) string {
	switch {
	case r.Err != nil:
		return failureText(r.Err)
	case r.Status >= 300 && r.Status < 400:
		return fmt.Sprintf("answered %d, and redirects are not followed: register the address itself", r.Status)
	case r.Status == http.StatusGone:
		return "answered 410 Gone, which ends the endpoint"
	}
	return strings.TrimSpace(fmt.Sprintf("answered %d %s", r.Status, http.StatusText(r.Status)))
}

func failureText(err error) string {
	var refused *addressError
	var fault PublicError
	var ours *writeError
	switch {
	case errors.As(err, &ours):
		return ours.Error()
	case errors.As(err, &fault):
		return fault.Error()
	case errors.As(err, &refused):
		return refused.Error()
	case errors.Is(err, http.ErrSchemeMismatch):
		return "it does not speak TLS"
	}
	_, words := neterr.Classify(err)
	return words
}
