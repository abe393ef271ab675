package auth

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// hand is a clock that a test moves.
type hand struct{ at time.Time }

func newHand() *hand { return &hand{time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)} }

func (h *hand) now() time.Time           { return h.at }
func (h *hand) advance(by time.Duration) { h.at = h.at.Add(by) }

// guess makes wrong guesses until the throttle refuses one; it gives their
// number and the refusal.
func guess(th *throttle, from, user string, most int) (n int, refusal error) {
	for n = range most {
		if err := th.allow(from, user); err != nil {
			return n, err
		}
		th.failed(from, user)
	}
	return most, nil
}

func waitOf(t *testing.T, err error) time.Duration {
	t.Helper()
	e, ok := err.(*order.Error)
	if !ok || e.Kind != order.TooMany || e.Code != "login-throttled" || e.RetryAfter <= 0 {
		t.Fatalf("refusal is %#v", err)
	}
	return e.RetryAfter
}

func TestGuessesAreSlowedAfterABurst(t *testing.T) {
	clock := newHand()
	th := newThrottle(clock.now)
	n, err := guess(th, "192.0.2.1", "bokhandel", 1000)
	if n != failuresBurst {
		t.Errorf("%d guesses in a row, want %d", n, failuresBurst)
	}
	wait := waitOf(t, err)
	if wait > failuresEvery {
		t.Errorf("wait %s", wait)
	}
	clock.advance(wait - time.Millisecond)
	if err := th.allow("192.0.2.1", "bokhandel"); err == nil {
		t.Error("the waiting time was too long by a millisecond")
	}
	clock.advance(2 * time.Millisecond)
	if err := th.allow("192.0.2.1", "bokhandel"); err != nil {
		t.Errorf("after the waiting time: %v", err)
	}
	if err := th.allow("192.0.2.1", "another"); err != nil {
		t.Errorf("another user at the address: %v", err)
	}
}

func TestGuessesFromManyAddressesAreSlowed(t *testing.T) {
	th := newThrottle(newHand().now)
	total := 0
	for i := range 200 {
		n, _ := guess(th, fmt.Sprintf("192.0.2.%d", i), "bokhandel", 5)
		total += n
	}
	if total != userBurst {
		t.Errorf("%d guesses from all addresses, want %d", total, userBurst)
	}
}

func TestTrueUserIsNeverLockedOut(t *testing.T) {
	clock := newHand()
	th := newThrottle(clock.now)
	th.passed("198.51.100.7", "bokhandel")
	for i := range 1000 {
		guess(th, fmt.Sprintf("192.0.2.%d", i%250), "bokhandel", 5)
		clock.advance(time.Second)
		if err := th.allow("198.51.100.7", "bokhandel"); err != nil {
			t.Fatalf("the true user is refused after %d rounds: %v", i, err)
		}
	}
	if n, _ := guess(th, "198.51.100.7", "bokhandel", 1000); n != failuresBurst {
		t.Errorf("%d guesses at the trusted address, want %d", n, failuresBurst)
	}
}

func TestSuccessForgivesFailures(t *testing.T) {
	th := newThrottle(newHand().now)
	for range 100 {
		if n, err := guess(th, "192.0.2.1", "bokhandel", failuresBurst-1); err != nil {
			t.Fatalf("after %d guesses: %v", n, err)
		}
		th.passed("192.0.2.1", "bokhandel")
	}
}

func TestOneGuessOfTwoNamesCountsOnceForEach(t *testing.T) {
	th := newThrottle(newHand().now)
	for range failuresBurst {
		th.failed("192.0.2.1", "a b", "a+b")
	}
	if th.allow("192.0.2.1", "a b") == nil || th.allow("192.0.2.1", "a+b") == nil {
		t.Error("a name is not slowed")
	}
}

func TestIdleEntriesAreForgotten(t *testing.T) {
	clock := newHand()
	th := newThrottle(clock.now)
	fillThrottle(th, throttleMost/2)
	clock.advance(forgetAfter + time.Second)
	guess(th, "192.0.2.1", "bokhandel", 1000)
	for i, before := 0, 0; len(th.entries) >= before; i++ {
		if i > throttleMost {
			t.Fatal("nothing is forgotten")
		}
		before = len(th.entries)
		th.failed(fmt.Sprint("later ", i), "somebody")
	}
	if th.allow("192.0.2.1", "bokhandel") == nil {
		t.Error("a busy entry was forgotten with the idle ones")
	}
}

func TestEntriesAreBounded(t *testing.T) {
	th := newThrottle(newHand().now)
	fillThrottle(th, 2*throttleMost)
	if len(th.entries) > throttleMost {
		t.Errorf("%d entries", len(th.entries))
	}
}

func fillThrottle(th *throttle, n int) {
	for i := range n {
		th.failed(fmt.Sprint("address ", i), "somebody")
	}
}

func TestLongNameTakesNoRoom(t *testing.T) {
	th := newThrottle(newHand().now)
	long := strings.Repeat("n", 1<<20)
	if n, _ := guess(th, "192.0.2.1", long, 100); n != failuresBurst {
		t.Errorf("%d guesses", n)
	}
	for key := range th.entries {
		if len(key.from) > 100 {
			t.Errorf("an entry holds %d bytes", len(key.from))
		}
	}
}
