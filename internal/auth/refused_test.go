package auth_test

import (
	"fmt"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
)

// TestRefusalsAreObserved wants scheme and code of each, and nothing that was shown.
func TestRefusalsAreObserved(t *testing.T) {
	o := newOffice(t)
	var observed []string
	o.Observe(func(scheme, reason string) { observed = append(observed, scheme+" "+reason) })
	ctx, ticket, token := t.Context(), o.login(), o.grant()
	for range 11 {
		o.Login(ctx, address, auth.Credentials{User: user, Password: "canary"})
	}
	o.Grant(ctx, o.client.ID, "canary", "")
	o.Grant(ctx, o.client.ID, o.secret, "canary")
	o.Check(ctx, "TGT-canary")
	o.Check(ctx, "bkt_canary")
	o.advance(2*auth.TicketLife + 1)
	o.Check(ctx, ticket)
	o.Check(ctx, token)
	var want []string
	for range 10 {
		want = append(want, "password credentials-wrong")
	}
	want = append(want, "password login-throttled", "client client-wrong", "client audience", "ticket ticket-unknown", "token ticket-unknown",
		"ticket ticket-expired", "token ticket-expired")
	if fmt.Sprint(observed) != fmt.Sprint(want) {
		t.Errorf("observed %q\nwant %q", observed, want)
	}
}

// TestStoreThatIsAwayRefusesNoClient closes the store.
func TestStoreThatIsAwayRefusesNoClient(t *testing.T) {
	o := newOffice(t)
	o.Observe(func(scheme, reason string) { t.Errorf("observed %s %s", scheme, reason) })
	o.must(o.db.Close())
	if _, err := o.Check(t.Context(), "TGT-1"); err == nil {
		t.Fatal("a closed store answers")
	}
	if _, err := o.Login(t.Context(), address, auth.Credentials{User: user, Password: password}); err == nil {
		t.Fatal("a closed store answers")
	}
}
