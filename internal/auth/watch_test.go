package auth_test

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// wantEnd waits until a held request has ended, and wants to hear why.
func wantEnd(t *testing.T, held context.Context, code string) {
	t.Helper()
	select {
	case <-held.Done():
	case <-time.After(30 * time.Second):
		t.Fatal("never ended")
	}
	if err := auth.Ended(held); order.CodeOf(err) != code {
		t.Errorf("ended with %v, want %s", err, code)
	}
}

// TestHeldRequestEndsWithItsTicket: at a logout here at once, and at all else that
// ends a ticket soon after.
func TestHeldRequestEndsWithItsTicket(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(o *office, ticket string)
		code string
	}{
		"logged out here": {func(o *office, ticket string) { o.must(o.Revoke(o.t.Context(), ticket)) }, "ticket-unknown"},
		"logged out elsewhere": {func(o *office, ticket string) {
			o.must(o.db.DeleteTicket(o.t.Context(), sha256.Sum256([]byte(ticket))))
		}, "ticket-unknown"},
		"user disabled": {func(o *office, _ string) {
			_, err := o.db.DisableUser(o.t.Context(), user, o.now())
			o.must(err)
		}, "ticket-unknown"},
		"time over": {func(o *office, _ string) { o.advance(auth.TicketLife) }, "ticket-expired"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			if name != "logged out here" {
				go o.Run(ctx)
			}
			ticket, other := o.login(), o.login()
			held, release := o.Hold(ctx, sha256.Sum256([]byte(ticket)))
			defer release()
			second, releaseSecond := o.Hold(ctx, sha256.Sum256([]byte(ticket)))
			defer releaseSecond()
			stays, releaseOther := o.Hold(ctx, sha256.Sum256([]byte(other)))
			defer releaseOther()
			if _, err := o.Check(ctx, ticket); err != nil {
				t.Fatal(err)
			}
			c.end(o, ticket)
			wantEnd(t, held, c.code)
			wantEnd(t, second, c.code)
			if _, err := o.Check(ctx, ticket); order.KindOf(err) != order.Unauthenticated {
				t.Errorf("the ticket was remembered: %v", err)
			}
			if name == "logged out here" || name == "logged out elsewhere" {
				if stays.Err() != nil {
					t.Error("another ticket's request ended")
				}
			}
		})
	}
}

// TestReleaseIsNoEnd: a request that is over, and one whose client left, did not end
// with their ticket.
func TestReleaseIsNoEnd(t *testing.T) {
	o := newOffice(t)
	digest := sha256.Sum256([]byte(o.login()))
	held, release := o.Hold(t.Context(), digest)
	release()
	left, stop := context.WithCancel(t.Context())
	gone, releaseGone := o.Hold(left, digest)
	defer releaseGone()
	stop()
	for _, ctx := range []context.Context{held, gone} {
		if <-ctx.Done(); auth.Ended(ctx) != nil {
			t.Errorf("ended with %v", auth.Ended(ctx))
		}
	}
}
