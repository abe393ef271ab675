package webhook_test

import (
	"bufio"
	"bytes"
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

// script is what a receiver does with a connection on which a request came in
// whole. It returns when it is done or the other side is gone.
type script func(c net.Conn)

// receiver follows a script until it is told to be good, and then takes
// everything.
type receiver struct {
	net.Listener
	do        script
	good      atomic.Bool
	cert      atomic.Pointer[tls.Certificate]
	open      atomic.Int64 // connections now
	most      atomic.Int64 // at once, at most
	conns     atomic.Int64 // ever
	mu        sync.Mutex
	heard     []heard
	listening sync.WaitGroup
}

// heard is a request that came in whole.
type heard struct {
	at     time.Time
	target string
	header http.Header
	body   []byte
}

// listenTo starts a receiver on a port of its own; cert makes it speak TLS.
func listenTo(t *testing.T, do script, cert *tls.Certificate) *receiver {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{Listener: l, do: do}
	if cert != nil {
		r.cert.Store(cert)
		r.Listener = tls.NewListener(l, &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return r.cert.Load(), nil }})
	}
	r.listening.Go(r.accept)
	t.Cleanup(r.end)
	return r
}

// end closes the receiver and waits for its connections.
func (r *receiver) end() {
	r.Close()
	r.listening.Wait()
}

func (r *receiver) accept() {
	var mu sync.Mutex
	all := map[net.Conn]bool{}
	for {
		c, err := r.Accept()
		if err != nil {
			break
		}
		mu.Lock()
		all[c] = true
		mu.Unlock()
		r.conns.Add(1)
		r.most.Store(max(r.most.Load(), r.open.Add(1)))
		r.listening.Go(func() {
			defer func() {
				c.Close()
				r.open.Add(-1)
				mu.Lock()
				delete(all, c)
				mu.Unlock()
			}()
			r.serve(c)
		})
	}
	mu.Lock()
	defer mu.Unlock()
	for c := range all {
		c.Close()
	}
}

func (r *receiver) serve(c net.Conn) {
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
		r.mu.Lock()
		r.heard = append(r.heard, heard{time.Now(), req.RequestURI, req.Header, body})
		r.mu.Unlock()
		if !r.good.Load() {
			r.do(c)
			return
		}
		if _, err := fmt.Fprint(c, "HTTP/1.1 204 No Content\r\n\r\n"); err != nil {
			return
		}
	}
}

func (r *receiver) requests() []heard {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]heard{}, r.heard...)
}

func (r *receiver) host() string { return r.Addr().String() }

// The scripts.

// hang waits until the other side gives up.
func hang(c net.Conn) { io.Copy(io.Discard, c) }

func drop(net.Conn) {}

// say writes some text and ends the connection.
func say(text string) script { return func(c net.Conn) { io.WriteString(c, text) } }

// answer gives a whole answer with a status and more headers.
func answer(status int, headers ...string) script {
	text := fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Length: 4\r\n", status, http.StatusText(status))
	for _, h := range headers {
		text += h + "\r\n"
	}
	return say(text + "\r\nbody")
}

// begin writes some text and goes on with another script.
func begin(text string, then script) script {
	return func(c net.Conn) {
		io.WriteString(c, text)
		then(c)
	}
}

// drip writes a byte every 50 ms.
func drip(c net.Conn) {
	for {
		if _, err := c.Write([]byte{'x'}); err != nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// pour writes the same piece up to a gigabyte.
func pour(piece string) script {
	return func(c net.Conn) {
		block := bytes.Repeat([]byte(piece), 1+(32<<10)/len(piece))
		for n := 0; n < 1<<30; n += len(block) {
			if _, err := c.Write(block); err != nil {
				return
			}
		}
	}
}
