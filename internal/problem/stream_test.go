package problem

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// place is a writer that knows when the handler left its place, and how much
// had been sent by then.
type place struct {
	*httptest.ResponseRecorder
	left time.Time
	sent string
}

func (p *place) Leave() { p.left, p.sent = time.Now(), p.Body.String() }

// TestWriteStreamWaits: between what is said and the cut a proxy has time to pass
// it on, in which no place is taken.
func TestWriteStreamWaits(t *testing.T) {
	w := &place{ResponseRecorder: httptest.NewRecorder()}
	func() {
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("ended with %v", v)
			}
		}()
		Problem{Detail: "busy\nnow", RetryAfter: 5 * time.Second}.WriteStream(w, httptest.NewRequest(http.MethodGet, "/v2/events", nil))
	}()
	if wait := time.Since(w.left); w.left.IsZero() || wait < cutWait {
		t.Errorf("cut %s after it was sent", wait)
	}
	if want := "retry: 5000\n: busy now\n"; w.sent != want || !w.Flushed {
		t.Errorf("sent %q by then, flushed %t", w.sent, w.Flushed)
	}
}
