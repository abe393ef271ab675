package auth_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// newKey adds a key of the office's party.
func newKey(t *testing.T, o *office, dialect string) (k auth.Key, text string) {
	t.Helper()
	k, text = auth.NewKey(o.client.Party, dialect, auth.ModeTest, o.now())
	k.Permissions = []string{"order:create"}
	if err := o.db.AddKey(t.Context(), k, auth.MostKeys); err != nil {
		t.Fatal(err)
	}
	return k, text
}

func TestKeyIsGoodForItsDialectUntilItIsRevoked(t *testing.T) {
	o := newOffice(t)
	k, text := newKey(t, o, "hark")
	if !regexp.MustCompile(`^bgk_hark_[A-Za-z0-9_-]{43}$`).MatchString(text) {
		t.Errorf("the key is written %d characters long", len(text))
	}
	got, err := o.CheckKey(t.Context(), "hark", text)
	if err != nil || got.ID != k.ID || got.Party != k.Party || !got.May("order:create") || got.May("order:read") || !got.IsTest() {
		t.Errorf("the key is %+v, %v", got, err)
	}
	if by := got.Actor(); by.Party != k.Party || by.Name != k.ID || by.Via != "key" {
		t.Errorf("it acts as %+v", by)
	}
	if _, err := o.db.RevokeKey(t.Context(), k.ID, o.now()); err != nil {
		t.Fatal(err)
	}
	o.advance(time.Second) // as long as it may be remembered
	_, revoked := o.CheckKey(t.Context(), "hark", text)
	for _, c := range []struct{ dialect, text string }{{"montly", text}, {"hark", text + "x"}, {"hark", ""}} {
		_, err := o.CheckKey(t.Context(), c.dialect, c.text)
		if order.KindOf(err) != order.Unauthenticated || order.CodeOf(err) != "key-unknown" || revoked == nil || err.Error() != revoked.Error() {
			t.Errorf("dialect %s gave %v, a revoked key %v", c.dialect, err, revoked)
		}
	}
}

func TestKeyOfAnotherDialectIsUnknownThoughRemembered(t *testing.T) {
	o := newOffice(t)
	_, text := newKey(t, o, "hark")
	for range 2 {
		if _, err := o.CheckKey(t.Context(), "hark", text); err != nil {
			t.Error(err)
		}
		if _, err := o.CheckKey(t.Context(), "montly", text); order.CodeOf(err) != "key-unknown" {
			t.Errorf("got %v", err)
		}
	}
}

func TestLastUseOfAKeyIsStoredToTheMinute(t *testing.T) {
	o := newOffice(t)
	k, text := newKey(t, o, "hark")
	used := func() time.Time {
		t.Helper()
		if _, err := o.CheckKey(t.Context(), "hark", text); err != nil {
			t.Fatal(err)
		}
		stored, err := o.db.Key(t.Context(), k.Digest)
		if err != nil {
			t.Fatal(err)
		}
		return stored.Used
	}
	first := o.now()
	if at := used(); !at.Equal(first) {
		t.Errorf("used at %s, want %s", at, first)
	}
	o.advance(59 * time.Second)
	if at := used(); !at.Equal(first) {
		t.Errorf("59 seconds later it was written again: %s", at)
	}
	o.advance(time.Second)
	if at := used(); !at.Equal(o.now()) {
		t.Errorf("a minute later it is %s, want %s", at, o.now())
	}
}

// TestBearer spells the header in the ways of clients.
func TestBearer(t *testing.T) {
	for _, value := range []string{"Bearer bgk_x", "bearer bgk_x", " BEARER   bgk_x "} {
		if text, err := auth.Bearer(http.Header{"Authorization": {value}}); err != nil || text != "bgk_x" {
			t.Errorf("%q: %q, %v", value, text, err)
		}
	}
	if _, err := auth.Bearer(http.Header{}); order.CodeOf(err) != "credential-missing" {
		t.Error(err)
	}
	for _, values := range [][]string{{""}, {"bgk_x"}, {"Basic bgk_x"}, {"Bearer"}, {"Bearer "}, {"Bearer bgk_x", "Bearer bgk_x"}} {
		if _, err := auth.Bearer(http.Header{"Authorization": values}); order.CodeOf(err) != "credential-malformed" || strings.Contains(err.Error(), "bgk_x") {
			t.Errorf("%q: %v", values, err)
		}
	}
}

// TestKeyHeader wants the header once, and says nothing of what is in it.
func TestKeyHeader(t *testing.T) {
	scheme := auth.KeyHeader("X-API-KEY")
	if text, err := scheme(http.Header{"X-Api-Key": {" bgk_x "}}); err != nil || text != "bgk_x" {
		t.Errorf("%q, %v", text, err)
	}
	for _, values := range [][]string{nil, {""}, {" "}, {"bgk_x", "bgk_x"}} {
		_, err := scheme(http.Header{"X-Api-Key": values})
		if order.CodeOf(err) != "credential-missing" || strings.Contains(err.Error(), "bgk_x") {
			t.Errorf("%q: %v", values, err)
		}
	}
}
