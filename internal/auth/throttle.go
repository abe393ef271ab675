package auth

import (
	"crypto/sha256"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/bookgate/bookgate/order"
)

// A throttle slows guessing. It counts failures only, by the address and user
// together and by the user over all addresses; an address that has logged in
// as the user before is never held back by what others guess, so nobody can
// lock the true user out. Real clients that log in for every request are not
// touched, for they do not fail.
const (
	failuresBurst = 10               // wrong passwords in a row before waiting begins
	failuresEvery = 6 * time.Second  // then one more each
	userBurst     = 20               // the same over all addresses that never logged in
	userEvery     = 3 * time.Second  //
	forgetAfter   = 15 * time.Minute // an idle entry starts anew
	throttleMost  = 50_000           // entries; beyond, the idle ones are dropped
)

type throttle struct {
	now     func() time.Time
	mu      sync.Mutex
	entries map[throttleKey]*guesses
}

// throttleKey is a user at an address, or with from empty a user anywhere. The
// name stands there as its digest, for a guesser may send a long one.
type throttleKey struct {
	from string
	user [sha256.Size]byte
}

type guesses struct {
	limit   *rate.Limiter
	trusted bool // has logged in from there
	used    time.Time
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, entries: map[throttleKey]*guesses{}}
}

// allow refuses an attempt while its address, or the user, has no guess left.
func (t *throttle) allow(from, user string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	here, anywhere := t.entry(from, user), t.entry("", user)
	wait := t.untilNext(here)
	if !here.trusted {
		wait = max(wait, t.untilNext(anywhere))
	}
	if wait == 0 {
		return nil
	}
	e := order.Errorf(order.TooMany, "login-throttled", "Too many wrong passwords for this user.").
		WithHint("Wait, check the password, then try again.")
	e.RetryAfter = wait
	return e
}

// untilNext tells how long until the next guess, 0 when it is free now.
func (t *throttle) untilNext(g *guesses) time.Duration {
	tokens := g.limit.TokensAt(t.now())
	if tokens >= 1 {
		return 0
	}
	return time.Duration((1 - tokens) / float64(g.limit.Limit()) * float64(time.Second))
}

// failed counts one wrong guess against each of the users that it may have
// meant.
func (t *throttle) failed(from string, users ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, user := range users {
		here := t.entry(from, user)
		here.limit.AllowN(now, 1)
		if !here.trusted {
			t.entry("", user).limit.AllowN(now, 1)
		}
	}
}

func (t *throttle) passed(from, user string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	here := t.entry(from, user)
	here.trusted = true
	here.limit = rate.NewLimiter(rate.Every(failuresEvery), failuresBurst)
}

func (t *throttle) entry(from, user string) *guesses {
	key := throttleKey{from, sha256.Sum256([]byte(user))}
	g, ok := t.entries[key]
	if !ok {
		if len(t.entries) >= throttleMost {
			t.forget()
		}
		g = &guesses{limit: rate.NewLimiter(rate.Every(failuresEvery), failuresBurst)}
		if from == "" {
			g.limit = rate.NewLimiter(rate.Every(userEvery), userBurst)
		}
		t.entries[key] = g
	}
	g.used = t.now()
	return g
}

// forget drops idle entries, and everything when all are busy: under such an
// attack the hash slots bound the guesses.
func (t *throttle) forget() {
	for key, g := range t.entries {
		if t.now().Sub(g.used) > forgetAfter {
			delete(t.entries, key)
		}
	}
	if len(t.entries) >= throttleMost {
		clear(t.entries)
	}
}
