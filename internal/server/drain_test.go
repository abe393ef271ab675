package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestDrain(t *testing.T) {
	h := open(t, func(c *Config, _ *limits) { c.Drain = 400 * time.Millisecond })
	answered := make(chan reply, 1)
	go func() { answered <- h.do("GET", "/slow", nil) }()
	<-h.entered
	if r := h.do("GET", "/readyz", nil); r.StatusCode != http.StatusOK {
		t.Fatalf("ready before the drain: %d", r.StatusCode)
	}
	h.stop()
	for h.phase.Load() == serving {
		time.Sleep(time.Millisecond)
	}
	if r := h.do("GET", "/readyz", nil); r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(r.body, `"unready"`) {
		t.Errorf("/readyz while draining: %d %s", r.StatusCode, r.body)
	}
	if r := h.do("GET", "/healthz", nil); r.StatusCode != http.StatusOK {
		t.Errorf("/healthz while draining: %d", r.StatusCode)
	}
	if r := h.raw("GET /orders HTTP/1.1\r\nHost: x\r\n\r\n"); r.StatusCode != http.StatusOK || !r.Close {
		t.Errorf("a request while draining: %d, close %v", r.StatusCode, r.Close)
	}
	waitRefused(t, h.addr)
	select {
	case err := <-h.done:
		t.Fatalf("Serve came back with a request in flight: %v", err)
	default:
	}
	close(h.release)
	if r := <-answered; r.body != "done" {
		t.Errorf("the request in flight was answered %d %q", r.StatusCode, r.body)
	}
	if err := <-h.done; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// waitRefused waits until no server listens any more.
func waitRefused(t *testing.T, addr string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		conn.Close()
	}
	t.Fatal("the listener stays open")
}

func TestRequestOnAnOpenConnectionWhenStopping(t *testing.T) {
	h := open(t, nil)
	h.phase.Store(stopping)
	r := h.raw("GET /orders HTTP/1.1\r\nHost: x\r\n\r\n")
	wantProblem(t, r, http.StatusServiceUnavailable, "stopping")
	if !r.Close || r.Header.Get("Retry-After") != "1" {
		t.Errorf("close %v, Retry-After %q", r.Close, r.Header.Get("Retry-After"))
	}
}

func TestRequestsThatNeverEndAreCutOff(t *testing.T) {
	h := open(t, func(_ *Config, l *limits) { l.finish = 100 * time.Millisecond })
	defer close(h.release)
	conn := h.dial()
	defer conn.Close()
	io.WriteString(conn, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
	<-h.entered
	h.stop()
	if err := <-h.done; err == nil || !strings.Contains(err.Error(), "1 requests still ran") {
		t.Errorf("Serve: %v", err)
	}
}

func TestListenerThatFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := New(Config{}).Serve(context.Background(), l); err == nil {
		t.Error("a closed listener is served")
	}
}
