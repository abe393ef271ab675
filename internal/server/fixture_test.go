package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const public = "https://orders.example.no"

// journal is a log that a test can read.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// line waits for the entry of a request, for it is written after the answer.
func (j *journal) line(t *testing.T, msg, request string) map[string]any {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		for _, text := range strings.Split(j.String(), "\n") {
			var entry map[string]any
			if json.Unmarshal([]byte(text), &entry) == nil && entry["msg"] == msg && (request == "" || entry["request"] == request) {
				return entry
			}
		}
	}
	t.Fatalf("no %q entry of request %q in the log:\n%s", msg, request, j)
	return nil
}

// fixture is a running server.
type fixture struct {
	*Server
	*story
	t    *testing.T
	addr string
	log  *journal
	stop context.CancelFunc
	done chan error
}

// open starts a server on a socket of its own; change may alter what it is
// made from.
func open(t *testing.T, change func(*Config, *limits)) *fixture {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return openOn(t, listener, change)
}

// openOn starts one on a listener.
func openOn(t *testing.T, listener net.Listener, change func(*Config, *limits)) *fixture {
	t.Helper()
	h := &fixture{story: newStory(), t: t, log: &journal{}, done: make(chan error, 1)}
	c := Config{Public: public, Version: "1.2.3", Drain: -1, Dialects: []Dialect{h.story},
		Log: slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	l := defaultLimits()
	if change != nil {
		change(&c, &l)
	}
	h.Server = newServer(c, l)
	h.addr = listener.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	h.stop = stop
	go func() { h.done <- h.Serve(ctx, listener) }()
	t.Cleanup(stop)
	return h
}

// reply is an answer read to its end.
type reply struct {
	*http.Response
	body string
	err  error // of reading the body
}

// do sends a request through a client that follows no redirects.
func (h *fixture) do(method, path string, body io.Reader, header ...string) reply {
	h.t.Helper()
	req, err := http.NewRequest(method, "http://"+h.addr+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		h.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return reply{res, string(b), err}
}

// raw writes bytes to a socket and reads the answer's header and body.
func (h *fixture) raw(text string) reply {
	h.t.Helper()
	conn := h.dial()
	defer conn.Close()
	io.WriteString(conn, text)
	method, _, _ := strings.Cut(text, " ")
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		h.t.Fatalf("%.60q: %v", text, err)
	}
	b, err := io.ReadAll(res.Body)
	return reply{res, string(b), err}
}

func (h *fixture) dial() net.Conn {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		h.t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	return conn
}

// wantProblem checks that an answer is a whole problem document.
func wantProblem(t *testing.T, r reply, status int, code string) {
	t.Helper()
	var p struct {
		Type, Title, Code, Detail, Hint, RequestID string
		Status                                     int
	}
	if err := json.Unmarshal([]byte(r.body), &p); err != nil {
		t.Fatalf("status %d, body is not a problem document: %v\n%s", r.StatusCode, err, r.body)
	}
	if r.StatusCode != status || p.Status != status || p.Code != code {
		t.Errorf("got %d with problem %d %s, want %d %s", r.StatusCode, p.Status, p.Code, status, code)
	}
	if r.Header.Get("Content-Type") != "application/problem+json" || p.Type != public+"/problems/"+code || p.Title == "" || p.Title == code {
		t.Errorf("problem is not complete: %s %s", r.Header.Get("Content-Type"), r.body)
	}
	if id := r.Header.Get(requestIDHeader); id == "" || p.RequestID != id {
		t.Errorf("request id %q in the header, %q in the problem", id, p.RequestID)
	}
}
