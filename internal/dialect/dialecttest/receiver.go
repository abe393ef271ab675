package dialecttest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// Callback is one as it came.
type Callback struct {
	Method string
	Header http.Header
	Body   string
}

// Receiver takes callbacks on this machine.
type Receiver struct {
	*httptest.Server
	mu     sync.Mutex
	came   []Callback
	script []int
}

// NewReceiver listens until the test ends. It answers with the statuses of the
// script, and from then on with the usual one.
func NewReceiver(t testing.TB, usual int, script ...int) *Receiver {
	r := &Receiver{script: script}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body) // of a broken one there is nothing to wait for
		r.mu.Lock()
		defer r.mu.Unlock()
		r.came = append(r.came, Callback{req.Method, req.Header.Clone(), string(body)})
		status := usual
		if len(r.script) > 0 {
			status, r.script = r.script[0], r.script[1:]
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(r.Close)
	return r
}

// Got waits until n callbacks came, and returns all.
func (r *Receiver) Got(t testing.TB, n int) []Callback {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		r.mu.Lock()
		came := slices.Clone(r.came)
		r.mu.Unlock()
		if len(came) >= n {
			return came
		}
	}
	t.Fatalf("never came: %d callbacks", n)
	return nil
}
