package server

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// TestPark: a request that waits holds up none that works, there are so many
// that may wait, and every place is free again afterwards.
func TestPark(t *testing.T) {
	h := open(t, func(c *Config, _ *limits) { c.InFlight, c.Parked = 1, 2 })
	answered := make(chan reply, 2)
	for _, path := range []string{"/wait", "/wait?panic"} {
		go func() { answered <- h.do("GET", path, nil) }()
		<-h.entered
	}
	if r := h.do("GET", "/orders", nil); r.body != "list" {
		t.Errorf("while two wait: %d %q", r.StatusCode, r.body)
	}
	if r := h.do("GET", "/wait", nil); r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(r.body, "waiting-full: 2 requests") {
		t.Errorf("a third that waits: %d %q", r.StatusCode, r.body)
	}
	close(h.gate)
	for range 2 {
		if r := <-answered; r.body != "done" && r.StatusCode != http.StatusInternalServerError {
			t.Errorf("woken: %d %q", r.StatusCode, r.body)
		}
	}
	for end := time.Now().Add(10 * time.Second); h.Working()+h.waiting.len() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d working and %d waiting places are still taken", h.Working(), h.waiting.len())
		}
	}
	var e *order.Error
	if !errors.As(errTooManyWaiting(2, false), &e) || e.RetryAfter != parkedRetry {
		t.Errorf("the refusal asks to wait %s", e.RetryAfter)
	}
}

// TestParkWithoutLimits: where no place was given, as in a test of a handler
// alone, there is none to give back.
func TestParkWithoutLimits(t *testing.T) {
	if err := (&responseWriter{}).Park(); err != nil {
		t.Error(err)
	}
}

// TestStopEndsWaiting: a server that stops lets go those that wait, after the
// drain, and they are answered.
func TestStopEndsWaiting(t *testing.T) {
	var h *house
	h = open(t, func(c *Config, _ *limits) {
		c.Drain = 100 * time.Millisecond
		c.OnStop = func() { close(h.gate) }
	})
	answered := make(chan reply, 1)
	go func() { answered <- h.do("GET", "/wait", nil) }()
	<-h.entered
	h.stop()
	if r := <-answered; r.body != "done" || !r.Close {
		t.Errorf("%d %q, close %v", r.StatusCode, r.body, r.Close)
	}
	if err := <-h.done; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// TestParkedShare: a party that waits as often as it may leaves places to others.
// The control has no share, and then it does not.
func TestParkedShare(t *testing.T) {
	for _, c := range []struct {
		share  int
		status int
		words  string
	}{
		{1, http.StatusOK, "waiting-full: 2 requests of yours wait for something to happen, as many as one party may have now."},
		{4, http.StatusServiceUnavailable, "waiting-full: 4 requests wait for something to happen, as many as may."},
	} {
		h := open(t, func(config *Config, _ *limits) { config.Parked = 4 })
		h.waiting.each = c.share
		answered := make(chan reply, 5)
		ask := func(party string) { answered <- h.do("GET", "/wait?"+party, nil) }
		most := max(c.share, 2) // half of them at least
		for range most {
			go ask("7045")
			<-h.entered
		}
		if r := h.do("GET", "/wait?7045", nil); r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(r.body, c.words) {
			t.Errorf("one more: %d %q", r.StatusCode, r.body)
		}
		go ask("116")
		if c.status == http.StatusOK {
			<-h.entered
			close(h.gate)
			for range most + 1 {
				if r := <-answered; r.StatusCode != http.StatusOK {
					t.Errorf("one that waited: %d %q", r.StatusCode, r.body)
				}
			}
			continue
		}
		if r := <-answered; r.StatusCode != c.status {
			t.Errorf("control: %d %q", r.StatusCode, r.body)
		}
		close(h.gate)
	}
}
