//go:build all

package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/postgrestest"
	"github.com/bookgate/bookgate/order"
)

// TestReplicasWhoseClocksAreFarApart lets two replicas work on one database
// whose machines' clocks are years apart. What one has leased the other leaves
// alone, and what waits ends on both at once; so it is when the database's clock
// is set, whichever of them notices first.
func TestReplicasWhoseClocksAreFarApart(t *testing.T) {
	for _, step := range []time.Duration{0, time.Hour, -time.Hour, 10 * 365 * 24 * time.Hour, -10 * 365 * 24 * time.Hour} {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			s := newStepped(t, postgrestest.Schema(t))
			a, b := s.open(t, time.Hour), s.open(t, -10*365*24*time.Hour)
			furnishSteps(t, a)
			ticket := logIn(t, a)
			if n := len(claimAll(t, a)); n != 1 {
				t.Fatalf("claimed %d", n)
			}
			s.advance(step)
			notice(t, a)
			if n := len(claimAll(t, b)); n != 0 {
				t.Errorf("the other claimed %d of what one has leased", n)
			}
			notice(t, b)
			if apart := a.Running().Sub(b.Running()); apart.Abs() > time.Millisecond {
				t.Errorf("their running times are %s apart", apart)
			}
			if apart := a.Now().Sub(b.Now()); apart.Abs() > time.Millisecond {
				t.Errorf("their times are %s apart", apart)
			}
			s.pass(31 * time.Second)
			if n := len(claimAll(t, b)); n != 1 {
				t.Errorf("claimed %d after the lease", n)
			}
			if n := len(claimAll(t, a)); n != 0 {
				t.Errorf("claimed %d that the other has leased", n)
			}
			wantTicket(t, b, ticket, "")
			s.pass(auth.TicketLife - 40*time.Second)
			wantTicket(t, b, ticket, "")
			s.pass(10 * time.Second)
			wantTicket(t, a, ticket, "ticket-expired")
			wantTicket(t, b, ticket, "ticket-expired")
			o := addOrder(t, a, "A-1")
			if at := o.Created.Sub(s.now()); at.Abs() > time.Minute {
				t.Errorf("stamped %s off the database's clock", at)
			}
			for _, c := range []struct {
				db   *DB
				want string
			}{{a, "The clock of this machine is 1h0m0s ahead of the database's, which counts."},
				{b, "The clock of this machine is 87600h0m0s behind the database's, which counts."}} {
				said := c.db.ClockFault()
				if step == 0 && said != c.want || step != 0 && said == c.want {
					t.Errorf("said %q", said)
				}
			}
		})
	}
}

func wantTicket(t *testing.T, db *DB, ticket, code string) {
	t.Helper()
	if _, err := newLogins(db, db.Now).Check(t.Context(), ticket); order.CodeOf(err) != code {
		t.Errorf("the ticket: %v, want %q", err, code)
	}
}
