package server

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// readsAsWhole reports whether a client would take what comes for a complete
// answer.
func readsAsWhole(conn net.Conn) bool {
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, res.Body)
	return err == nil
}

func TestSlowHeaderIsCut(t *testing.T) {
	const limit = 300 * time.Millisecond
	h := open(t, func(_ *Config, l *limits) { l.header = limit })
	conn := h.dial()
	defer conn.Close()
	start := time.Now()
	go func() {
		for _, b := range []byte("GET /orders HTTP/1.1\r\nHost: x\r\nX-Drip: " + strings.Repeat("z", 500)) {
			if _, err := conn.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	io.Copy(io.Discard, conn)
	if took := time.Since(start); took < limit/2 || took > limit+2*time.Second {
		t.Errorf("cut after %s, the limit is %s", took, limit)
	}
}

func TestSlowBodyIsCutAndNotCalledTooLarge(t *testing.T) {
	h := open(t, func(_ *Config, l *limits) { l.read = 300 * time.Millisecond })
	conn := h.dial()
	defer conn.Close()
	io.WriteString(conn, "POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != http.StatusBadRequest {
		t.Fatalf("got %v, %v", res, err)
	}
}

func TestLongHeaderIsRefused(t *testing.T) {
	h := open(t, nil)
	r := h.raw("GET /orders HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("z", 2*headerBytes) + "\r\n\r\n")
	if r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", r.StatusCode)
	}
}

func TestBodyLimit(t *testing.T) {
	h := open(t, nil)
	whole := bytes.Repeat([]byte("b"), bodyBytes)
	if r := h.do("POST", "/read", bytes.NewReader(whole)); r.body != fmt.Sprint(bodyBytes) {
		t.Errorf("a body at the limit: %d %q", r.StatusCode, r.body)
	}
	if r := h.do("POST", "/read", io.MultiReader(bytes.NewReader(whole), strings.NewReader("x"))); r.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("chunked beyond the limit: %d %q", r.StatusCode, r.body)
	}
	r := h.raw(fmt.Sprintf("POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", bodyBytes+1))
	wantProblem(t, r, http.StatusRequestEntityTooLarge, "body-too-large")
}

func TestExpectContinue(t *testing.T) {
	h := open(t, nil)
	conn := h.dial()
	defer conn.Close()
	io.WriteString(conn, "POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n")
	in := bufio.NewReader(conn)
	if first, err := in.ReadString('\n'); err != nil || !strings.Contains(first, "100 Continue") {
		t.Fatalf("first line %q, %v", first, err)
	}
	io.WriteString(conn, "abc")
	in.ReadString('\n')
	res, err := http.ReadResponse(in, nil)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("got %v, %v", res, err)
	}
}

func TestInFlightLimit(t *testing.T) {
	t.Parallel() // it waits
	h := open(t, func(c *Config, _ *limits) { c.InFlight = 2 })
	var slow sync.WaitGroup
	for range 2 {
		slow.Go(func() {
			if r := h.do("GET", "/slow", nil); r.body != "done" {
				t.Errorf("a request in flight was answered %d %q", r.StatusCode, r.body)
			}
		})
	}
	<-h.entered
	<-h.entered
	r := h.do("GET", "/orders", nil)
	wantProblem(t, r, http.StatusServiceUnavailable, "busy")
	if r.Header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", r.Header.Get("Retry-After"))
	}
	for accept, stream := range map[string]bool{
		"text/event-stream": true, "text/event-stream, */*;q=0.1": true, "Text/Event-Stream": true,
		"*/*": false, "text/event-stream, application/problem+json": false,
	} {
		r := h.do("GET", "/orders", nil, "Accept", accept)
		if !stream {
			wantProblem(t, r, http.StatusServiceUnavailable, "busy")
			continue
		}
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "text/event-stream" || r.Header.Get("Retry-After") != "" || !errors.Is(r.err, io.ErrUnexpectedEOF) ||
			r.body != "retry: 3000\n: The server is answering 2 requests, as many as it may at once. Nothing was saved.\n" {
			t.Errorf("Accept %s: %d %v %q, then %v", accept, r.StatusCode, r.Header, r.body, r.err)
		}
		if entry := h.log.line(t, "request", r.Header.Get("X-Request-Id")); entry["code"] != "busy" || entry["level"] != "WARN" {
			t.Errorf("the log says %v", entry)
		}
	}
	wantProblem(t, h.do("POST", "/orders", nil, "Accept", "text/event-stream"), http.StatusServiceUnavailable, "busy")
	for _, path := range []string{"/healthz", "/readyz/", "//healthz"} {
		if r := h.do("GET", path, nil); r.StatusCode != http.StatusOK {
			t.Errorf("%s of a busy server: %d", path, r.StatusCode)
		}
	}
	close(h.release)
	slow.Wait()
	if r := h.do("GET", "/orders", nil); r.StatusCode != http.StatusOK {
		t.Errorf("after the rush: %d", r.StatusCode)
	}
}

func TestSlotIsGivenBackAfterAPanic(t *testing.T) {
	h := open(t, func(c *Config, _ *limits) { c.InFlight = 1 })
	for range 3 {
		wantProblem(t, h.do("GET", "/panic", nil), http.StatusInternalServerError, "internal")
	}
}

// TestSlowReaderIsServed takes a long answer in small gulps that last longer
// together than one write may.
func TestSlowReaderIsServed(t *testing.T) {
	const limit = 500 * time.Millisecond
	h := open(t, func(_ *Config, l *limits) { l.write = limit })
	conn := h.dial()
	defer conn.Close()
	io.WriteString(conn, "GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	start, total := time.Now(), 0
	for gulp := make([]byte, 1<<20); ; time.Sleep(40 * time.Millisecond) {
		n, err := io.ReadFull(conn, gulp)
		total += n
		if err != nil {
			break
		}
	}
	if took := time.Since(start); took < limit {
		t.Fatalf("the reader was not slow: %s", took)
	}
	if total < longBytes {
		t.Errorf("got %d bytes of %d", total, longBytes)
	}
}

func TestReaderThatStandsStillIsCut(t *testing.T) {
	h := open(t, func(_ *Config, l *limits) { l.write = 200 * time.Millisecond })
	conn := h.dial()
	defer conn.Close()
	io.WriteString(conn, "GET /long HTTP/1.1\r\nHost: x\r\nX-Request-Id: still\r\n\r\n")
	if entry := h.log.line(t, "request", "still"); entry["cut"] == nil {
		t.Errorf("entry %v", entry)
	}
}

func TestNoHTTP2(t *testing.T) {
	h := open(t, nil)
	conn := h.dial()
	defer conn.Close()
	io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	first, _ := bufio.NewReader(conn).ReadString('\n')
	if strings.Contains(first, "\x00") || first != "" && !strings.HasPrefix(first, "HTTP/1.1 ") {
		t.Errorf("answer to an HTTP/2 preface: %q", first)
	}
}

// TestSlowReadersHoldNoPlace: who reads a long answer slowly leaves the working
// places to others, and beyond the share of an address its oldest is cut. The
// control never leaves them.
func TestSlowReadersHoldNoPlace(t *testing.T) {
	t.Parallel() // it waits
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{50 * time.Millisecond, http.StatusOK}, {time.Minute, http.StatusServiceUnavailable}} {
		h := open(t, func(config *Config, l *limits) { config.InFlight, l.slowSend = 2, c.after })
		h.sending.each = 5
		var slow []net.Conn
		for range 6 {
			conn := h.dial()
			defer conn.Close()
			io.WriteString(conn, "GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
			slow = append(slow, conn)
			h.until("its answer", func() bool { return h.sending.len() == min(len(slow), 5) || c.want != http.StatusOK })
		}
		if c.want != http.StatusOK {
			h.until("two", func() bool { return h.Working() == 2 })
		}
		if r := h.do("GET", "/orders", nil); r.StatusCode != c.want {
			t.Errorf("beside slow readers: %d, want %d", r.StatusCode, c.want)
		}
		if c.want != http.StatusOK {
			continue
		}
		time.Sleep(10 * c.after) // the last one leaves its place too
		for n, conn := range slow {
			if ok := readsAsWhole(conn); ok != (n > 0) {
				t.Errorf("reader %d has all: %v", n, ok)
			}
		}
		h.until("their end", func() bool { return h.sending.len()+h.Working() == 0 })
	}
}
