package server

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// openWorking serves /held, which works until let is closed, and /quick, each for the
// party that Authorization names; "wrong" is none.
func openWorking(t *testing.T, places int) (h *fixture, let chan struct{}) {
	let = make(chan struct{})
	serve := func(wait bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var err error
			switch who := r.Header.Get("Authorization"); who {
			case "":
			case "wrong":
				err = order.Errorf(order.Unauthenticated, "ticket-unknown", "This ticket is not known.")
			default:
				err = reqlog.From(r.Context()).Identify(order.PartyID(who), who)
			}
			if err != nil {
				problem.Of(err, public, reqlog.From(r.Context()).ID).Write(w)
				return
			}
			if wait {
				<-let
			}
		}
	}
	h = open(t, func(c *Config, _ *limits) {
		c.InFlight = places
		c.Dialects = []Dialect{registerFunc(func(r *mux.Router) {
			r.HandleFunc("/held", serve(true)).Methods(http.MethodGet)
			r.HandleFunc("/quick", serve(false)).Methods(http.MethodGet)
		})}
	})
	return h, let
}

// TestWorkingPlacesAreShared: a party, or an address that shows no credential, has
// half of the places when it comes alone, and others find the rest, from the same
// address too.
func TestWorkingPlacesAreShared(t *testing.T) {
	t.Parallel() // it waits
	for _, who := range []string{"7045", ""} {
		h, let := openWorking(t, 8)
		ask := func(path, who string) reply {
			if who == "" {
				return h.do("GET", path, nil)
			}
			return h.do("GET", path, nil, "Authorization", who)
		}
		replies := make(chan reply, 20)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { replies <- ask("/held", who) })
		}
		for range 16 {
			r := <-replies
			wantProblem(t, r, http.StatusServiceUnavailable, "busy")
			if r.Header.Get("Retry-After") == "" || !strings.Contains(r.body, "4 requests of yours are being answered") {
				t.Errorf("%q: refused with Retry-After %q:\n%s", who, r.Header.Get("Retry-After"), r.body)
			}
		}
		if h.Working() != 4 {
			t.Errorf("%q has %d of 8 places, want 4", who, h.Working())
		}
		for other, want := range map[string]int{"900877": http.StatusOK, "wrong": http.StatusUnauthorized} {
			if r := ask("/quick", other); r.StatusCode != want {
				t.Errorf("%s beside %q: %d, want %d\n%s", other, who, r.StatusCode, want, r.body)
			}
		}
		if who != "" {
			if r := ask("/quick", ""); r.StatusCode != http.StatusOK {
				t.Errorf("no credential beside %s: %d", who, r.StatusCode)
			}
		}
		close(let)
		all.Wait()
		h.until("the end", func() bool { return h.Working() == 0 && len(h.work.of) == 0 })
		if r := ask("/quick", who); r.StatusCode != http.StatusOK {
			t.Errorf("%q afterwards: %d", who, r.StatusCode)
		}
	}
}

// TestManyPartiesBehindOneAddress: what is refused to an address is not refused to
// the parties behind it, each of which has its own share.
func TestManyPartiesBehindOneAddress(t *testing.T) {
	h, let := openWorking(t, 8)
	var all sync.WaitGroup
	for _, party := range []string{"1", "2", "3", "4", "5", "6"} {
		all.Go(func() {
			if r := h.do("GET", "/held", nil, "Authorization", party); r.StatusCode != http.StatusOK {
				t.Errorf("party %s: %d", party, r.StatusCode)
			}
		})
	}
	h.until("all six", func() bool { return h.Working() == 6 })
	close(let)
	all.Wait()
}

// TestPlaceFreedIsGivenToWhoWaits: a party that waits for a place of its own has it
// within the time that it waits.
func TestPlaceFreedIsGivenToWhoWaits(t *testing.T) {
	h, let := openWorking(t, 8)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { h.do("GET", "/held", nil, "Authorization", "7045") })
	}
	h.until("four", func() bool { return h.Working() == 4 })
	fifth := make(chan int, 1)
	all.Go(func() { fifth <- h.do("GET", "/quick", nil, "Authorization", "7045").StatusCode })
	h.until("one who waits", func() bool { return h.work.waiting() == 1 })
	close(let)
	if status := <-fifth; status != http.StatusOK {
		t.Errorf("the fifth: %d", status)
	}
	all.Wait()
}

func TestOwner(t *testing.T) {
	for from, want := range map[string]owner{
		"192.0.2.7:4711":                   "192.0.2.7",
		"[::ffff:192.0.2.7]:1":             "192.0.2.7",
		"[2001:db8:1:2:3:4:5:6]:1":         "2001:db8:1:2::/64",
		"[2001:db8:1:2:ffff::9%eth0]:4711": "2001:db8:1:2::/64",
		"a socket":                         "a socket",
	} {
		if got := addressOf(&http.Request{RemoteAddr: from}); got != want {
			t.Errorf("%s is %q, want %q", from, got, want)
		}
	}
}

// TestSharesDropTheOldest: the oldest of a full share is cut, of full places the
// oldest of the owner that has the most, and what cannot be cut stays.
func TestSharesDropTheOldest(t *testing.T) {
	s, cut := newShares(6, 4), ""
	take := func(o owner, name string) *place {
		p, _ := s.take(o, func() { cut += name + " " })
		return p
	}
	first := take("a", "a1")
	for _, name := range []string{"a2", "a3", "a4", "a5"} {
		take("a", name)
	}
	first.leave() // gone before
	last := take("b", "b1")
	take("b", "b2")
	take("c", "c1") // of a, which has the most
	if cut != "a1 a2 " || s.len() != 6 {
		t.Errorf("cut %q, %d are taken", cut, s.len())
	}
	last.leave()
	take("c", "c2")
	if cut != "a1 a2 " || s.len() != 6 || len(s.of["b"]) != 1 {
		t.Errorf("cut %q, %d are taken", cut, s.len())
	}
	for _, c := range []struct {
		of    owner
		bound int
	}{{"a", 2}, {"b", 3}} {
		s := newShares(3, 2)
		s.take("a", nil)
		s.take("a", nil)
		if c.of != "a" {
			s.take("c", nil)
		}
		if p, bound := s.take(c.of, nil); p != nil || bound != c.bound {
			t.Errorf("one more of %s: %v, bound %d, want %d", c.of, p, bound, c.bound)
		}
	}
}

// TestMemoryIsShared: who waits for others of the same owner holds up no other
// else, who waits for the whole is served before those that came later, and who
// leaves the queue holds up no other either.
func TestMemoryIsShared(t *testing.T) {
	m, gone := newQuota(10, 6), make(chan struct{})
	ask := func(o owner, bytes int64) chan bool {
		got, queued := make(chan bool, 1), m.waiting()
		go func() { got <- m.take(o, bytes, time.Minute, gone) }()
		for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			waits := m.waiting() > queued
			if waits || len(got) > 0 {
				return got
			}
		}
		t.Fatalf("%s neither has %d nor waits", o, bytes)
		return nil
	}
	has := func(what string, got chan bool) {
		t.Helper()
		select {
		case ok := <-got:
			if !ok {
				t.Errorf("%s has none", what)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("%s waits", what)
		}
	}
	has("a", ask("a", 5))
	own := ask("a", 5)
	has("b, past a's second", ask("b", 3))
	large := ask("c", 6)
	small := ask("d", 1)
	if len(own)+len(large)+len(small) > 0 {
		t.Fatal("more was handed out than there is, or past one that waits for the whole")
	}
	m.give("a", 5) // a's second was first
	has("a's second", own)
	m.give("a", 5)
	has("c", large)
	has("d", small)
	left := ask("e", 5)
	behind := ask("f", 1)
	close(gone)
	if <-left || <-behind {
		t.Error("who left has memory")
	}
	m.give("b", 3)
	m.give("c", 6)
	m.give("d", 1)
	if m.inHand() != 0 || len(m.of) != 0 || m.waiting() != 0 {
		t.Errorf("%d bytes are taken, by %v, %d wait", m.inHand(), m.of, m.waiting())
	}
	if m.take("a", 7, 10*time.Millisecond, nil) {
		t.Error("more than a share was handed out")
	}
}

// waiting is how many wait for memory.
func (m *quota) waiting() (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.queues {
		n += len(l.waiting)
	}
	return n
}

// TestPark: a request that waits holds up none that works, there are so many
// that may wait, and every place is free again afterwards.
func TestPark(t *testing.T) {
	h := open(t, func(c *Config, _ *limits) { c.InFlight, c.MaxWaiting = 1, 2 })
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
	close(h.release)
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
	if err := (&responseWriter{}).WaitSlot(); err != nil {
		t.Error(err)
	}
}

// TestStopEndsWaiting: a server that stops lets go those that wait, after the
// drain, and they are answered.
func TestStopEndsWaiting(t *testing.T) {
	var h *fixture
	h = open(t, func(c *Config, _ *limits) {
		c.Drain = 100 * time.Millisecond
		c.OnStop = func() { close(h.release) }
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
		h := open(t, func(config *Config, _ *limits) { config.MaxWaiting = 4 })
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
			close(h.release)
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
		close(h.release)
	}
}
