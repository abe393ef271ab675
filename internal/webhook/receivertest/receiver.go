package receivertest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Receiver follows a script until it is asked to be good, and then takes
// everything.
type Receiver struct {
	net.Listener
	Good  atomic.Bool
	Cert  atomic.Pointer[tls.Certificate] // of a receiver that speaks TLS
	Open  atomic.Int64                    // connections now
	Most  atomic.Int64                    // at once, at most
	Conns atomic.Int64                    // ever
	Sent  atomic.Int64                    // bytes that one connection took, at most, while the receiver was not good
	Held  atomic.Int64                    // nanoseconds from a request to the end of its connection, at most, while it was not good

	secure    *tls.Config // nil speaks no TLS
	serve     func(r *Receiver, c net.Conn)
	mu        sync.Mutex
	heard     []Heard
	listening sync.WaitGroup
}

// Heard is a request that came in whole.
type Heard struct {
	At     time.Time
	Method string
	Target string
	Header http.Header
	Body   []byte
	Good   bool // it was taken
}

// sendBuffer keeps small what the kernel takes from a script and the sender
// never reads, so that bytes can be counted here.
const sendBuffer = 16 << 10

// Listen starts a receiver on a port of its own, until the test ends; cert makes
// it speak TLS.
func Listen(t testing.TB, do Script, cert *tls.Certificate) *Receiver {
	t.Helper()
	return listen(t, cert, nil, func(r *Receiver, c net.Conn) { r.speak(c, do) })
}

// ListenOld starts one that speaks no TLS that is newer than 1.1, until it is
// good.
func ListenOld(t testing.TB, do Script, cert *tls.Certificate) *Receiver {
	t.Helper()
	return listen(t, cert, func(r *Receiver) {
		old := r.secure.Clone()
		old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		r.secure.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
			if r.Good.Load() {
				return nil, nil
			}
			return old, nil
		}
	}, func(r *Receiver, c net.Conn) { r.speak(c, do) })
}

func listen(t testing.TB, cert *tls.Certificate, change func(*Receiver), serve func(*Receiver, net.Conn)) *Receiver {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &Receiver{Listener: l, serve: serve}
	if cert != nil {
		r.Cert.Store(cert)
		r.secure = &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return r.Cert.Load(), nil }}
		if change != nil {
			change(r)
		}
	}
	r.listening.Go(r.accept)
	t.Cleanup(r.End)
	return r
}

// End closes the receiver and waits for its connections.
func (r *Receiver) End() {
	r.Close()
	r.listening.Wait()
}

func (r *Receiver) accept() {
	var mu sync.Mutex
	all := map[net.Conn]bool{}
	for {
		c, err := r.Accept()
		if err != nil {
			break
		}
		c.(*net.TCPConn).SetWriteBuffer(sendBuffer)
		if r.secure != nil {
			c = tls.Server(c, r.secure)
		}
		mu.Lock()
		all[c] = true
		mu.Unlock()
		r.Conns.Add(1)
		raise(&r.Most, r.Open.Add(1))
		r.listening.Go(func() {
			defer func() {
				c.Close()
				r.Open.Add(-1)
				mu.Lock()
				delete(all, c)
				mu.Unlock()
			}()
			r.serve(r, c)
		})
	}
	mu.Lock()
	defer mu.Unlock()
	for c := range all {
		c.Close()
	}
}

// raise makes a figure the greater of itself and another.
func raise(figure *atomic.Int64, to int64) {
	for was := figure.Load(); to > was && !figure.CompareAndSwap(was, to); was = figure.Load() {
	}
}

// speak reads requests of HTTP/1.1.
func (r *Receiver) speak(c net.Conn, do Script) {
	in := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n") // as servers do that are spoken to in TLS
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		if !r.note(Heard{Method: req.Method, Target: req.RequestURI, Header: req.Header, Body: body}) {
			r.follow(c, do)
			return
		}
		if _, err := fmt.Fprint(c, "HTTP/1.1 204 No Content\r\n\r\n"); err != nil {
			return
		}
	}
}

// note keeps a request, and reports whether it is to be taken.
func (r *Receiver) note(h Heard) (good bool) {
	h.At, h.Good = time.Now(), r.Good.Load()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = append(r.heard, h)
	return h.Good
}

// follow does what the script says, and measures it.
func (r *Receiver) follow(c net.Conn, do Script) {
	began, counted := time.Now(), &counter{Conn: c}
	do(counted)
	raise(&r.Sent, counted.sent)
	raise(&r.Held, int64(time.Since(began)))
}

// counter counts what it is given to write.
type counter struct {
	net.Conn
	sent int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.sent += int64(n)
	return n, err
}

// Requests are those that came in so far.
func (r *Receiver) Requests() []Heard {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Heard{}, r.heard...)
}

// Host is the address with the port.
func (r *Receiver) Host() string { return r.Addr().String() }

// Port is the port alone.
func (r *Receiver) Port() string {
	_, port, _ := net.SplitHostPort(r.Host())
	return port
}

// Secure reports whether it speaks TLS.
func (r *Receiver) Secure() bool { return r.secure != nil }

// URL is an address to register.
func (r *Receiver) URL() string {
	if r.Secure() {
		return "https://" + r.Host() + "/hook"
	}
	return "http://" + r.Host() + "/hook"
}
