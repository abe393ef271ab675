package boknett

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// parking is a writer of a server, which counts how often it was parked.
type parking struct {
	*httptest.ResponseRecorder
	parked int
	full   bool
}

func (p *parking) Park() error {
	p.parked++
	if p.full {
		return order.Errorf(order.Unavailable, "waiting-full", "Full.")
	}
	return nil
}

// TestThrottledLoginIsHeldBack in a place among those that wait, and only it.
func TestThrottledLoginIsHeldBack(t *testing.T) {
	throttled := order.Errorf(order.TooMany, "login-throttled", "Too many wrong passwords.")
	for name, c := range map[string]struct {
		err        error
		full, busy bool
		held       bool
	}{
		"throttled":           {throttled, false, false, true},
		"no place to wait":    {throttled, true, false, false},
		"as many held as may": {throttled, false, true, false},
		"a wrong password":    {order.Errorf(order.Malformed, "credentials-wrong", "Wrong."), false, false, false},
		"too many at once":    {order.Errorf(order.Unavailable, "login-busy", "Busy."), false, false, false},
	} {
		a := &API{held: make(chan struct{}, 1)}
		if c.busy {
			a.held <- struct{}{}
		}
		w := &parking{ResponseRecorder: httptest.NewRecorder(), full: c.full}
		start := time.Now()
		a.holdBack(w, httptest.NewRequest(http.MethodPost, "/v1/tickets", nil), c.err)
		if took := time.Since(start); (took >= holdTime) != c.held {
			t.Errorf("%s: took %s", name, took)
		}
		if !c.busy && len(a.held) != 0 {
			t.Errorf("%s: its place is not given back", name)
		}
	}
}
