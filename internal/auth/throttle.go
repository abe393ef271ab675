package auth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/bookgate/bookgate/order"
)

// A throttle slows guessing. It counts failures only: by the address and user
// together, by the user over all addresses, and by the address over all users,
// which slows one password that is tried with many names. An address that has
// logged in as the user before is held back by wrong passwords for that user
// from there alone, so that guesses from elsewhere, or at others, lock no true
// user out. Real clients that log in for every request are not touched, for they
// do not fail.
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
	addressBurst  = 30              // the same over all users that never logged in there: a whole office that mistypes
	addressEvery  = 2 * time.Second // and from then on

	// sitePrefix is how much of an IPv6 address counts: what lies behind it is
	// the customer's own to choose from (RFC 6177), 2^64 addresses for guesses.
	sitePrefix = 64

	// aheadBursts is how many bursts a count may lie ahead. Guesses side by side
	// carry it beyond one; what lies further has been counted by a clock that was
	// ahead and has been set back, and counts no longer.
	aheadBursts = 2

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

// budget is how many failures are free, and how soon another is.
type budget struct {
	burst int
	every time.Duration
}

func hereBudget() budget    { return budget{failuresBurst, failuresEvery} }
func userBudget() budget    { return budget{userBurst, userEvery} }
func addressBudget() budget { return budget{addressBurst, addressEvery} }

// most is how far ahead a count can lie.
func (b budget) most() time.Duration { return aheadBursts * time.Duration(b.burst) * b.every }

func (b budget) failure(key [sha256.Size]byte) Failure { return Failure{key, b.every, b.most()} }

// attempt is what is known of an attempt to log in: the users whom it may mean,
// and the wrong guesses at its address over all users.
type attempt struct {
	users   []userAttempts
	address LoginAttempts
}

// userAttempts is a user whom an attempt may mean, with the guesses that were wrong
// for it at the attempt's address and anywhere.
type userAttempts struct {
	user           string
	here, anywhere LoginAttempts
}

// guessKey names a user at an address, or with from empty a user anywhere. It
// is a digest, for a guesser may send a long name.
func guessKey(from, user string) [sha256.Size]byte {
	name := sha256.Sum256([]byte(user))
	return sha256.Sum256(append(name[:], from...))
}

// addressKey names an address over all users. It is the digest of less than a
// user's digest, so no user at an address has the same.
func addressKey(from string) [sha256.Size]byte { return sha256.Sum256([]byte("from " + from)) }

// site returns the part of an address that counts. What is not an address is taken
// as it is.
func site(from string) string {
	a, err := netip.ParseAddr(from)
	if err != nil {
		return from
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	return netip.PrefixFrom(a, sitePrefix).Masked().String()
}

// allow refuses an attempt while its address, or one of the users that it may
// mean, has no guess left. It returns what it found, for recordFailure and
// recordSuccess.
func (t throttle) allow(ctx context.Context, from string, users ...string) (attempt, error) {
	found, err := t.load(ctx, site(from), users)
	if err != nil {
		return attempt{}, err
	}
	for _, s := range found.users {
		wait, at := t.untilNext(s.here, hereBudget()), guessedUser
		if !t.trusts(s.here) {
			wait = max(wait, t.untilNext(s.anywhere, userBudget()))
			if w := t.untilNext(found.address, addressBudget()); w > wait {
				wait, at = w, guessedMany
			}
		}
		if wait > 0 {
			return attempt{}, errThrottled(at, wait)
		}
	}
	return found, nil
}

func (t throttle) load(ctx context.Context, from string, users []string) (attempt, error) {
	keys := [][sha256.Size]byte{addressKey(from)}
	for _, user := range users {
		keys = append(keys, guessKey(from, user), guessKey("", user))
	}
	guesses, err := t.store.LoginAttempts(ctx, keys)
	if err != nil {
		return attempt{}, fmt.Errorf("look for wrong guesses: %w", err)
	}
	found := attempt{make([]userAttempts, len(users)), guesses[0]}
	for i, user := range users {
		found.users[i] = userAttempts{user, guesses[2*i+1], guesses[2*i+2]}
	}
	return found, nil
}

// What there were too many wrong passwords of.
const (
	guessedUser = "for this user"
	guessedMany = "from this address"
)

func errThrottled(of string, wait time.Duration) error {
	e := order.Errorf(order.TooMany, "login-throttled", "Too many wrong passwords %s.", of).
		WithHint("Wait, check the password, then try again.")
	e.RetryAfter = wait
	return e
}

// untilNext returns how long until the next guess, 0 when it is free now.
func (t throttle) untilNext(g LoginAttempts, b budget) time.Duration {
	now := t.now()
	ahead := g.Free.Sub(now)
	if !g.Free.After(now) || ahead > b.most() {
		return 0
	}
	return max(0, ahead-time.Duration(b.burst-1)*b.every)
}

// knows reports whether one of the users has logged in from the address before.
func (t throttle) knows(a attempt) bool {
	return slices.ContainsFunc(a.users, func(s userAttempts) bool { return t.trusts(s.here) })
}

func (t throttle) trusts(g LoginAttempts) bool { return t.now().Sub(g.Trusted) < trustFor }

// recordFailure counts one wrong guess against each of the users that it may have
// meant, and once against the address.
func (t throttle) recordFailure(ctx context.Context, found attempt) error {
	var failures []Failure
	strange := false
	for _, s := range found.users {
		failures = append(failures, hereBudget().failure(s.here.Key))
		if !t.trusts(s.here) {
			failures = append(failures, userBudget().failure(s.anywhere.Key))
			strange = true
		}
	}
	if strange {
		failures = append(failures, addressBudget().failure(found.address.Key))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), countLimit)
	defer cancel()
	if err := t.store.RecordFailures(ctx, t.now(), failures...); err != nil {
		return fmt.Errorf("count a wrong guess: %w", err)
	}
	return nil
}

// recordSuccess trusts the address for the user and forgives what it got wrong. Where
// there is nothing to forgive and the trust is young, nothing is written. What the
// address got wrong for others is not forgiven, or one own user would make all
// guesses free.
func (t throttle) recordSuccess(ctx context.Context, found attempt, user string) error {
	now := t.now()
	for _, s := range found.users {
		settled := now.Sub(s.here.Trusted) < trustAnew && !s.here.Free.After(now)
		if s.user != user || settled {
			continue
		}
		if err := t.store.RecordSuccess(ctx, now, s.here.Key); err != nil {
			return fmt.Errorf("keep that %s logged in: %w", order.Truncate(user), err)
		}
	}
	return nil
}

// purge drops the entries that tell nothing any more.
func (t throttle) purge(ctx context.Context) error {
	now := t.now()
	if _, err := t.store.PurgeAttempts(ctx, now.Add(-forgetAfter), now.Add(-trustFor)); err != nil {
		return fmt.Errorf("forget old guesses: %w", err)
	}
	return nil
}
