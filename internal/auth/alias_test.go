package auth_test

import (
	"strings"
	"testing"
)

// TestTheLogNamesNoStrangersText types a password where a name belongs.
func TestTheLogNamesNoStrangersText(t *testing.T) {
	o := newOffice(t)
	if got := o.LogUser(t.Context(), user); got != user {
		t.Errorf("a user that exists is logged as %q", got)
	}
	if got := o.LogClient(t.Context(), o.client.ID); got != o.client.ID {
		t.Errorf("a client that exists is logged as %q", got)
	}
	first, again, other := o.LogUser(t.Context(), password), o.LogUser(t.Context(), password), o.LogUser(t.Context(), password+"!")
	if strings.Contains(first, password) || !strings.HasPrefix(first, "unknown-") || first != again || first == other {
		t.Errorf("unknown names are logged as %q, %q and %q", first, again, other)
	}
	if got := o.LogClient(t.Context(), o.secret); strings.Contains(got, o.secret) {
		t.Errorf("a secret in place of an id is logged as %q", got)
	}
	if another := newOffice(t).LogUser(t.Context(), password); another == first {
		t.Error("two processes use the same alias, so that a log can be searched for a password")
	}
}
