package auth

import (
	"context"
	"time"
)

// Throttle lets the tests, which need a real store and so stand outside, make
// many guesses without the cost of a password each.
type Throttle struct{ throttle }

// NewThrottle opens a throttle over a store.
func NewThrottle(s Store, now func() time.Time) Throttle { return Throttle{throttle{s, now}} }

// Allow asks whether an attempt may be made.
func (t Throttle) Allow(ctx context.Context, from string, users ...string) error {
	_, err := t.allow(ctx, from, users...)
	return err
}

// Fail makes a wrong guess, if it is allowed.
func (t Throttle) Fail(ctx context.Context, from string, users ...string) error {
	found, err := t.allow(ctx, from, users...)
	if err != nil {
		return err
	}
	return t.recordFailure(ctx, found)
}

// Pass makes a right guess, if it is allowed.
func (t Throttle) Pass(ctx context.Context, from, user string) error {
	found, err := t.allow(ctx, from, user)
	if err != nil {
		return err
	}
	return t.recordSuccess(ctx, found, user)
}

// Forget drops idle entries.
func (t Throttle) Forget(ctx context.Context) error { return t.purge(ctx) }

// The bounds of the throttle.
const (
	FailuresBurst = failuresBurst
	FailuresEvery = failuresEvery
	UserBurst     = userBurst
	AddressBurst  = addressBurst
	AddressEvery  = addressEvery
	ForgetAfter   = forgetAfter
	TrustFor      = trustFor
	TrustAnew     = trustAnew
)
