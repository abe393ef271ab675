package auth

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// testQueue is a queue in a test. Every slot is taken until the test returns it.
type testQueue struct {
	*queue
	t *testing.T
}

func fullQueue(t *testing.T) testQueue {
	q := testQueue{newQueue(), t}
	for range hashSlots {
		if _, err := q.enter(t.Context(), "192.0.2.1", strangers); err != nil {
			t.Fatal(err)
		}
	}
	return q
}

// state says how a login fares.
func state(login chan error) string {
	select {
	case err := <-login:
		login <- err
		if err == nil {
			return "in"
		}
		return order.CodeOf(err)
	default:
		return "waits"
	}
}

func (q testQueue) want(login chan error, want, what string) {
	q.t.Helper()
	if got := state(login); got != want {
		q.t.Errorf("%s: %s, want %s", what, got, want)
	}
}

func TestSlotsAreBounded(t *testing.T) {
	q := fullQueue(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := q.enter(ctx, "192.0.2.1", strangers); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one more than %d enter: %v", hashSlots, err)
	}
	if n := q.lanes[strangers].waiting + len(q.lanes[strangers].sites); n != 0 {
		t.Errorf("%d are left of one that has gone", n)
	}
	q.leave()
	if _, err := q.enter(t.Context(), "192.0.2.1", strangers); err != nil {
		t.Errorf("a slot given back is not free: %v", err)
	}
}

// TestOneSlotWhileOthersWork: logins give way, and come back to two.
func TestOneSlotWhileOthersWork(t *testing.T) {
	busy := true
	q := testQueue{newQueue(), t}
	q.busy = func() bool { return busy }
	a, b, c := q.join("a", strangers), q.join("b", strangers), q.join("c", known)
	q.want(a, "in", "the first")
	q.want(b, "waits", "the second, while others work")
	q.leave()
	q.want(c, "in", "the one of the other lane")
	q.want(b, "waits", "the second, still")
	busy = false
	d := q.join("d", strangers)
	q.want(b, "in", "the second, in quiet times")
	q.want(d, "waits", "the third at once")
}

func TestBusyMeansOthersThanLogins(t *testing.T) {
	d := New(nil, "test", nil)
	working := 0
	d.Yield(func() int { return working })
	for _, c := range []struct {
		working, logins int
		busy            bool
	}{{0, 0, false}, {1, 0, true}, {64, 64, false}, {65, 64, true}} {
		working = c.working
		d.queue.total = c.logins
		if got := d.queue.busy(); got != c.busy {
			t.Errorf("%d requests of which %d are logins: busy is %v", c.working, c.logins, got)
		}
	}
}

// TestNoAddressFillsTheQueue: whatever one has inside, another comes in.
func TestNoAddressFillsTheQueue(t *testing.T) {
	q := newQueue()
	var departs []func()
	fill := func(site string) (n int) {
		for {
			depart, err := q.admit(site)
			if err != nil {
				if order.CodeOf(err) != "login-busy" {
					t.Fatal(err)
				}
				return n
			}
			departs = append(departs, depart)
			n++
		}
	}
	if n := fill("203.0.113.66"); n != mostInside/2 || n < mostWaiting+hashSlots {
		t.Errorf("one address has %d inside, of %d", n, mostInside)
	}
	for i := range 6 {
		if n := fill(fmt.Sprintf("203.0.113.%d", i)); n == 0 {
			t.Errorf("address %d comes too late", i)
		}
	}
	for _, depart := range departs {
		depart()
	}
	if q.total != 0 || len(q.inside) != 0 {
		t.Errorf("%d are inside an empty queue: %v", q.total, q.inside)
	}
}

// TestAddressesTakeTurns: behind a flood from one address another is next.
func TestAddressesTakeTurns(t *testing.T) {
	q := fullQueue(t)
	for range mostWaiting - 1 {
		q.join("203.0.113.66", strangers)
	}
	true1, true2 := q.join("198.51.100.7", strangers), q.join("198.51.100.8", strangers)
	for range 3 {
		q.leave()
	}
	q.want(true1, "in", "after the flood's first")
	q.want(true2, "in", "after that")
}

// TestFullLane turns away the newest of the address that has most, at once.
func TestFullLane(t *testing.T) {
	q := fullQueue(t)
	var flood []chan error
	for range mostWaiting {
		flood = append(flood, q.join("203.0.113.66", strangers))
	}
	q.want(flood[mostWaiting-1], "waits", "the last that fits")
	more := q.join("203.0.113.66", strangers)
	q.want(more, "login-busy", "one more from there")
	if e, ok := (<-more).(*order.Error); !ok || e.Kind != order.Unavailable || e.RetryAfter != queueRetry {
		t.Errorf("refused with %#v", e)
	}
	for i := range mostWaiting / 2 {
		q.want(q.join("198.51.100.7", strangers), "waits", fmt.Sprintf("login %d from another address", i))
	}
	q.want(q.join("198.51.100.7", strangers), "login-busy", "what is more than a fair share")
	for i, login := range flood {
		if want := map[bool]string{true: "waits", false: "login-busy"}[i < mostWaiting/2]; state(login) != want {
			t.Errorf("login %d of the flood: %s, want %s", i, state(login), want)
		}
	}
	q.want(q.join("192.0.2.200", strangers), "waits", "a third address")
	if n := q.lanes[strangers].waiting; n != mostWaiting {
		t.Errorf("%d wait, want %d", n, mostWaiting)
	}
}

// TestKnownHaveALaneOfTheirOwn: strangers from however many addresses take
// nothing of it.
func TestKnownHaveALaneOfTheirOwn(t *testing.T) {
	q := fullQueue(t)
	for i := range 2 * mostWaiting {
		q.join(fmt.Sprintf("203.0.113.%d", i), strangers)
	}
	q.want(q.join("198.51.100.7", strangers), "login-busy", "one more stranger where each has one")
	user := q.join("198.51.100.7", known)
	q.want(user, "waits", "a known user")
	q.leave()
	q.leave()
	q.want(user, "in", "a known user after two slots")
}

// TestEveryLoginEndsOnce: a login that leaves while another turn comes loses no slot.
func TestEveryLoginEndsOnce(t *testing.T) {
	q := testQueue{newQueue(), t}
	done := make(chan bool)
	const logins = 400
	for i := range logins {
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%7)*time.Millisecond)
			defer cancel()
			leave, err := q.enter(ctx, fmt.Sprint(i%5), i%2)
			if err == nil {
				time.Sleep(time.Millisecond)
				leave()
			}
			done <- err == nil
		}()
	}
	for range logins {
		<-done
	}
	if q.running != 0 || q.lanes[strangers].waiting+q.lanes[known].waiting != 0 {
		t.Errorf("%d run and %v wait in an empty queue", q.running, q.lanes)
	}
}
