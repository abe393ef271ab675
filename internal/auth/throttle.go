package auth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/bookgate/bookgate/order"
)

// A throttle slows guessing. It counts failures only, by the address and user
// together and by the user over all addresses; an address that has logged in
// as the user before is never held back by what others guess, so nobody can
// lock the true user out. Real clients that log in for every request are not
// touched, for they do not fail.
//
// The counts stand in the store: all replicas share them, and a restart
// forgives nothing. A count is one instant, from which all guesses are free
// again; a failure moves it on by one interval, and while it lies a whole
// burst ahead there is no guess left.
const (
	failuresBurst = 10              // wrong passwords in a row before waiting begins
	failuresEvery = 6 * time.Second // then one more each
	userBurst     = 20              // the same over all addresses that never logged in
	userEvery     = 3 * time.Second // and from then on

	// forgetAfter is when an idle entry is dropped. By then all its guesses
	// have long been free again, so nothing is lost but the row.
	forgetAfter = 15 * time.Minute

	// trustFor is how long an address is trusted after its last login: a shop
	// that orders once a month stays known.
	trustFor = 30 * 24 * time.Hour

	// trustAnew is how old a trust is renewed by a login, so that a client
	// that logs in for every request costs one write a day and not one each.
	trustAnew = 24 * time.Hour

	// countLimit is how long a failure may take to be counted once the
	// client has gone: it counts all the same, or hanging up would make
	// guesses free.
	countLimit = 5 * time.Second
)

type throttle struct {
	store Store
	now   func() time.Time
}

// suspect is a user whom an attempt may mean, with the guesses that were wrong
// for it at the attempt's address and anywhere.
type suspect struct {
	user           string
	here, anywhere Guess
}

// guessKey names a user at an address, or with from empty a user anywhere. It
// is a digest, for a guesser may send a long name.
func guessKey(from, user string) [sha256.Size]byte {
	name := sha256.Sum256([]byte(user))
	return sha256.Sum256(append(name[:], from...))
}

// allow refuses an attempt while its address, or one of the users that it may
// mean, has no guess left. It gives what it found, for failed and passed.
func (t throttle) allow(ctx context.Context, from string, users ...string) ([]suspect, error) {
	found, err := t.look(ctx, from, users)
	if err != nil {
		return nil, err
	}
	for _, s := range found {
		wait := t.untilNext(s.here.Free, failuresBurst, failuresEvery)
		if !t.trusts(s.here) {
			wait = max(wait, t.untilNext(s.anywhere.Free, userBurst, userEvery))
		}
		if wait > 0 {
			return nil, errThrottled(wait)
		}
	}
	return found, nil
}

func (t throttle) look(ctx context.Context, from string, users []string) ([]suspect, error) {
	var keys [][sha256.Size]byte
	for _, user := range users {
		keys = append(keys, guessKey(from, user), guessKey("", user))
	}
	guesses, err := t.store.Guesses(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("look for wrong guesses: %w", err)
	}
	found := make([]suspect, len(users))
	for i, user := range users {
		found[i] = suspect{user, guesses[2*i], guesses[2*i+1]}
	}
	return found, nil
}

func errThrottled(wait time.Duration) error {
	e := order.Errorf(order.TooMany, "login-throttled", "Too many wrong passwords for this user.").
		WithHint("Wait, check the password, then try again.")
	e.RetryAfter = wait
	return e
}

// untilNext tells how long until the next guess, 0 when it is free now.
func (t throttle) untilNext(free time.Time, burst int, every time.Duration) time.Duration {
	now := t.now()
	if !free.After(now) {
		return 0
	}
	return max(0, free.Sub(now)-time.Duration(burst-1)*every)
}

func (t throttle) trusts(g Guess) bool { return t.now().Sub(g.Trusted) < trustFor }

// failed counts one wrong guess against each of the users that it may have
// meant.
func (t throttle) failed(ctx context.Context, found []suspect) error {
	var failures []Failure
	for _, s := range found {
		failures = append(failures, Failure{s.here.Key, failuresEvery})
		if !t.trusts(s.here) {
			failures = append(failures, Failure{s.anywhere.Key, userEvery})
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), countLimit)
	defer cancel()
	if err := t.store.Failed(ctx, t.now(), failures...); err != nil {
		return fmt.Errorf("count a wrong guess: %w", err)
	}
	return nil
}

// passed trusts the address for the user and forgives what it got wrong. Where
// there is nothing to forgive and the trust is young, nothing is written.
func (t throttle) passed(ctx context.Context, found []suspect, user string) error {
	now := t.now()
	for _, s := range found {
		settled := now.Sub(s.here.Trusted) < trustAnew && !s.here.Free.After(now)
		if s.user != user || settled {
			continue
		}
		if err := t.store.Trusted(ctx, now, s.here.Key); err != nil {
			return fmt.Errorf("keep that %s logged in: %w", order.Cut(user), err)
		}
	}
	return nil
}

// forget drops the entries that tell nothing any more.
func (t throttle) forget(ctx context.Context) error {
	now := t.now()
	if _, err := t.store.DeleteGuesses(ctx, now.Add(-forgetAfter), now.Add(-trustFor)); err != nil {
		return fmt.Errorf("forget old guesses: %w", err)
	}
	return nil
}
