package server

import (
	"net/http"
	"testing"
	"time"
)

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

// TestSharesMakeRoom: the oldest of a full share is cut, of full places the
// oldest of the owner that has the most, and what cannot be cut stays.
func TestSharesMakeRoom(t *testing.T) {
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

// TestMemoryIsShared: who waits for others of the same owner holds up nobody
// else, who waits for the whole is served before those that came later, and who
// leaves the queue holds up nobody either.
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
