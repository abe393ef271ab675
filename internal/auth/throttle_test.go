package auth_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// testThrottle is a throttle over the store of an office, with its clock.
type testThrottle struct {
	auth.Throttle
	*office
}

func newTestThrottle(t *testing.T) testThrottle {
	o := newOffice(t)
	return testThrottle{auth.NewThrottle(o.db, o.now), o}
}

// guess makes wrong guesses until the throttle refuses one; it returns their
// number and the refusal.
func (g testThrottle) guess(from, user string, most int) (n int, refusal error) {
	for n = range most {
		if err := g.Fail(g.t.Context(), from, user); err != nil {
			return n, err
		}
	}
	return most, nil
}

func (g testThrottle) pass(from, user string) {
	g.t.Helper()
	g.must(g.Pass(g.t.Context(), from, user))
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
	g := newTestThrottle(t)
	n, err := g.guess("192.0.2.1", "bokhandel", 1000)
	if n != auth.FailuresBurst {
		t.Errorf("%d guesses in a row, want %d", n, auth.FailuresBurst)
	}
	wait := waitOf(t, err)
	if wait != auth.FailuresEvery {
		t.Errorf("wait %s", wait)
	}
	g.advance(wait - time.Millisecond)
	if err := g.Allow(t.Context(), "192.0.2.1", "bokhandel"); err == nil {
		t.Error("the waiting time was too long by a millisecond")
	}
	g.advance(2 * time.Millisecond)
	if n, _ := g.guess("192.0.2.1", "bokhandel", 1000); n != 1 {
		t.Errorf("%d guesses after the waiting time, want 1", n)
	}
	if err := g.Allow(t.Context(), "192.0.2.1", "another"); err != nil {
		t.Errorf("another user at the address: %v", err)
	}
	g.advance(auth.FailuresBurst * auth.FailuresEvery)
	if n, _ := g.guess("192.0.2.1", "bokhandel", 1000); n != auth.FailuresBurst {
		t.Errorf("%d guesses after a rest, want all %d", n, auth.FailuresBurst)
	}
}

func TestGuessesFromManyAddressesAreSlowed(t *testing.T) {
	g := newTestThrottle(t)
	total := 0
	for i := range 50 {
		n, _ := g.guess(fmt.Sprintf("192.0.2.%d", i), "bokhandel", 5)
		total += n
	}
	if total != auth.UserBurst {
		t.Errorf("%d guesses from all addresses, want %d", total, auth.UserBurst)
	}
}

func TestTrueUserIsNeverLockedOut(t *testing.T) {
	g := newTestThrottle(t)
	g.pass("198.51.100.7", "bokhandel")
	for i := range 200 {
		g.guess(fmt.Sprintf("192.0.2.%d", i), "bokhandel", 5)
		g.advance(time.Second)
		if err := g.Allow(t.Context(), "198.51.100.7", "bokhandel"); err != nil {
			t.Fatalf("the true user is refused after %d rounds: %v", i, err)
		}
	}
	if err := g.Allow(t.Context(), "203.0.113.1", "bokhandel"); err == nil {
		t.Error("a stranger is not held back; the test proves nothing")
	}
	if n, _ := g.guess("198.51.100.7", "bokhandel", 1000); n != auth.FailuresBurst {
		t.Errorf("%d guesses at the trusted address, want %d", n, auth.FailuresBurst)
	}
}

func TestFailuresWhereTheUserIsKnownHoldNoOtherBack(t *testing.T) {
	g := newTestThrottle(t)
	for i := range 3 {
		from := fmt.Sprintf("198.51.100.%d", i)
		g.pass(from, "bokhandel")
		g.guess(from, "bokhandel", auth.FailuresBurst)
	}
	if err := g.Allow(t.Context(), "203.0.113.1", "bokhandel"); err != nil {
		t.Errorf("after %d failures at trusted addresses: %v", 3*auth.FailuresBurst, err)
	}
}

func TestSuccessForgivesFailures(t *testing.T) {
	g := newTestThrottle(t)
	for range 20 {
		if n, err := g.guess("192.0.2.1", "bokhandel", auth.FailuresBurst-1); err != nil {
			t.Fatalf("after %d guesses: %v", n, err)
		}
		g.pass("192.0.2.1", "bokhandel")
	}
}

func TestOneGuessOfTwoNamesCountsOnceForEach(t *testing.T) {
	g := newTestThrottle(t)
	for range auth.FailuresBurst {
		g.must(g.Fail(t.Context(), "192.0.2.1", "a b", "a+b"))
	}
	for _, name := range []string{"a b", "a+b"} {
		if err := g.Allow(t.Context(), "192.0.2.1", name); order.KindOf(err) != order.TooMany {
			t.Errorf("%s is not slowed: %v", name, err)
		}
		if err := g.Allow(t.Context(), "192.0.2.2", name); err != nil {
			t.Errorf("%s elsewhere: %v", name, err)
		}
	}
}

// TestManyNamesFromOneAddressAreSlowed, and hold back no other.
func TestManyNamesFromOneAddressAreSlowed(t *testing.T) {
	g := newTestThrottle(t)
	g.pass("192.0.2.1", "bokhandel")
	total, refused := 0, error(nil)
	for i := range 200 {
		n, err := g.guess("192.0.2.1", fmt.Sprintf("user-%d", i), 1)
		total += n
		if err != nil {
			refused = err
		}
	}
	if total != auth.AddressBurst {
		t.Errorf("%d guesses at many names, want %d", total, auth.AddressBurst)
	}
	if wait := waitOf(t, refused); wait != auth.AddressEvery || !strings.Contains(refused.Error(), "from this address") {
		t.Errorf("%v, wait %s", refused, wait)
	}
	if err := g.Allow(t.Context(), "192.0.2.1", "bokhandel"); err != nil {
		t.Errorf("a user who has logged in there before: %v", err)
	}
	if err := g.Allow(t.Context(), "192.0.2.2", "forlag"); err != nil {
		t.Errorf("another address: %v", err)
	}
	g.pass("192.0.2.1", "bokhandel")
	if n, _ := g.guess("192.0.2.1", "one-more", 1); n != 0 {
		t.Error("a login of the guesser's own forgives what was guessed at others")
	}
	g.advance(auth.AddressEvery)
	if n, _ := g.guess("192.0.2.1", "one-more", 5); n != 1 {
		t.Errorf("%d guesses after the waiting time, want 1", n)
	}
}

// TestOneGuessOfTwoNamesCountsOnceForTheAddress though it may mean two users.
func TestOneGuessOfTwoNamesCountsOnceForTheAddress(t *testing.T) {
	g := newTestThrottle(t)
	for i := range auth.AddressBurst {
		if err := g.Fail(t.Context(), "192.0.2.1", fmt.Sprintf("a b %d", i), fmt.Sprintf("a+b %d", i)); err != nil {
			t.Fatalf("guess %d: %v", i, err)
		}
	}
}

// TestFailuresWhereTheUserIsKnownCountForTheUserAlone: who mistypes at home
// keeps no colleague out.
func TestFailuresWhereTheUserIsKnownCountForTheUserAlone(t *testing.T) {
	g := newTestThrottle(t)
	for i := range 2 * auth.AddressBurst {
		name := fmt.Sprintf("user-%d", i)
		g.pass("192.0.2.1", name)
		g.must(g.Fail(t.Context(), "192.0.2.1", name))
	}
	if err := g.Allow(t.Context(), "192.0.2.1", "new"); err != nil {
		t.Error(err)
	}
}

// TestAddressesOfOneSiteAreOne as IPv6 has them, and however they are written.
func TestAddressesOfOneSiteAreOne(t *testing.T) {
	g := newTestThrottle(t)
	for i := range auth.FailuresBurst {
		g.must(g.Fail(t.Context(), fmt.Sprintf("2001:db8:1:2::%x", i+1), "bokhandel"))
	}
	if err := g.Allow(t.Context(), "2001:db8:1:2:ffff::1", "bokhandel"); order.KindOf(err) != order.TooMany {
		t.Errorf("another address of the site: %v", err)
	}
	if err := g.Allow(t.Context(), "2001:db8:1:3::1", "bokhandel"); err != nil {
		t.Errorf("another site: %v", err)
	}
	for range auth.FailuresBurst {
		g.must(g.Fail(t.Context(), "::ffff:192.0.2.9", "forlag"))
	}
	if err := g.Allow(t.Context(), "192.0.2.9", "forlag"); order.KindOf(err) != order.TooMany {
		t.Errorf("IPv4 written otherwise: %v", err)
	}
}

// TestClockSetBackForgives: wrong passwords that were counted while the clock was
// ahead hold no login back, and new ones are counted.
func TestClockSetBackForgives(t *testing.T) {
	for _, back := range []time.Duration{10 * time.Minute, 24 * time.Hour, 600 * 24 * time.Hour} {
		g := newTestThrottle(t)
		g.guess("192.0.2.1", "bokhandel", 1000)
		for i := range auth.AddressBurst {
			g.guess("192.0.2.1", fmt.Sprintf("user-%d", i), 1)
		}
		g.advance(-back)
		if n, _ := g.guess("192.0.2.1", "bokhandel", 1000); n != auth.FailuresBurst {
			t.Errorf("%s back: %d guesses, want %d", back, n, auth.FailuresBurst)
		}
		if n, _ := g.guess("192.0.2.1", "another", 1000); n != auth.FailuresBurst {
			t.Errorf("%s back: %d guesses at another, want %d", back, n, auth.FailuresBurst)
		}
	}
}

func TestLongNameIsOneUser(t *testing.T) {
	g := newTestThrottle(t)
	long := strings.Repeat("n", 1<<20)
	if n, _ := g.guess("192.0.2.1", long, 100); n != auth.FailuresBurst {
		t.Errorf("%d guesses", n)
	}
	if err := g.Allow(t.Context(), "192.0.2.1", long+"n"); err != nil {
		t.Errorf("another long name: %v", err)
	}
}

// counter counts what is written to a store of logins.
type counter struct {
	auth.Store
	writes int
}

func (c *counter) RecordFailures(ctx context.Context, now time.Time, failures ...auth.Failure) error {
	c.writes++
	return c.Store.RecordFailures(ctx, now, failures...)
}

func (c *counter) RecordSuccess(ctx context.Context, now time.Time, key [sha256.Size]byte) error {
	c.writes++
	return c.Store.RecordSuccess(ctx, now, key)
}

func TestLoginFromATrustedAddressWritesNothing(t *testing.T) {
	o := newOffice(t)
	c := &counter{Store: o.db}
	g := testThrottle{auth.NewThrottle(c, o.now), o}
	wantWrites := func(want int, what string) {
		t.Helper()
		if c.writes != want {
			t.Errorf("%d writes %s, want %d", c.writes, what, want)
		}
		c.writes = 0
	}
	g.pass(address, user)
	wantWrites(1, "at the first login")
	for range 5 {
		g.advance(time.Hour)
		g.pass(address, user)
	}
	wantWrites(0, "at logins from a trusted address")
	g.must(g.Fail(t.Context(), address, user))
	g.pass(address, user)
	wantWrites(2, "at a failure and the login that forgives it")
	g.advance(auth.TrustAnew)
	g.pass(address, user)
	wantWrites(1, "at a login that renews the trust")
}

func TestTrustEnds(t *testing.T) {
	g := newTestThrottle(t)
	g.pass(address, user)
	for i := range 5 {
		g.guess(fmt.Sprintf("192.0.2.%d", 100+i), user, 5)
	}
	if err := g.Allow(t.Context(), address, user); err != nil {
		t.Fatalf("while the trust lasts: %v", err)
	}
	g.advance(auth.TrustFor)
	for i := range 5 {
		g.guess(fmt.Sprintf("192.0.2.%d", 100+i), user, 5)
	}
	if err := g.Allow(t.Context(), address, user); order.KindOf(err) != order.TooMany {
		t.Errorf("after %s without a login: %v", auth.TrustFor, err)
	}
}

func TestSweepDropsSpentAttempts(t *testing.T) {
	g := newTestThrottle(t)
	ctx := t.Context()
	g.pass(address, user)
	g.guess("192.0.2.66", user, 5)
	g.advance(auth.ForgetAfter)
	g.guess("192.0.2.77", "another", auth.FailuresBurst)
	g.advance(time.Second)
	g.must(g.Forget(ctx))
	if n, err := g.db.PurgeAttempts(ctx, g.now().Add(time.Hour), g.now().Add(time.Hour)); err != nil || n != 4 {
		t.Errorf("%d entries were left, %v; want the trusted address and the three of the busy guesser", n, err)
	}
}

// stuck is a store whose guesses cannot be reached.
type stuck struct{ auth.Store }

var errAway = order.Errorf(order.Unavailable, "store-busy", "The database does not answer.")

func (stuck) LoginAttempts(context.Context, [][sha256.Size]byte) ([]auth.LoginAttempts, error) {
	return nil, errAway
}

// deaf is a store that counts no guesses.
type deaf struct{ auth.Store }

func (deaf) RecordFailures(context.Context, time.Time, ...auth.Failure) error { return errAway }

func TestStoreThatIsAwayIsNoLockout(t *testing.T) {
	o := newOffice(t)
	right, wrong := auth.Credentials{User: user, Password: password}, auth.Credentials{User: user, Password: "wrong"}
	for name, try := range map[string]struct {
		store auth.Store
		with  auth.Credentials
	}{"asking": {stuck{o.db}, right}, "counting": {deaf{o.db}, wrong}} {
		_, err := auth.New(try.store, host, o.now).Login(t.Context(), address, try.with)
		if !errors.Is(err, errAway) {
			t.Errorf("%s: got %v, want the words of the store", name, err)
		}
		want(t, err, order.Unavailable, "store-busy")
	}
}

func TestGuessCountsThoughItsSenderHasGone(t *testing.T) {
	o := newOffice(t)
	for range auth.FailuresBurst {
		ctx, cancel := context.WithCancel(t.Context())
		leaving := auth.New(&leaver{o.db, cancel}, host, o.now)
		leaving.Login(ctx, address, auth.Credentials{User: user, Password: "wrong"})
		cancel()
	}
	_, err := o.Login(t.Context(), address, auth.Credentials{User: user, Password: "wrong"})
	want(t, err, order.TooMany, "login-throttled")
}

// leaver is a store whose caller leaves while the password is being checked.
type leaver struct {
	auth.Store
	leave context.CancelFunc
}

func (l *leaver) User(ctx context.Context, name string) (auth.User, error) {
	defer l.leave()
	return l.Store.User(ctx, name)
}
