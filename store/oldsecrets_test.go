package store

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/webhook"
)

// TestUpgradeKeepsOldSecrets: an endpoint that was rotated before the schema
// knew of several old secrets still has the one it had, until the same instant.
func TestUpgradeKeepsOldSecrets(t *testing.T) { onEach(t, upgradeKeepsOldSecrets) }

func upgradeKeepsOldSecrets(t *testing.T, where string) {
	e := engineOf(t, where)
	before := 0
	for i, s := range e.Steps {
		if strings.HasSuffix(s.Name, "_old_secrets.sql") {
			before = i
		}
	}
	if before == 0 {
		t.Fatal("there is no such step")
	}
	e.Steps = e.Steps[:before]
	if err := e.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Upgrade(t.Context(), false, time.Now, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	c, err := e.Connect(t.Context(), sqldb.Writing)
	if err != nil {
		t.Fatal(err)
	}
	const until = 1795000000123456
	secret, old := webhook.NewSecret(), webhook.NewSecret()
	for _, s := range []struct {
		text string
		args []any
	}{
		{`INSERT INTO parties (id, name, scheme, profile, created) VALUES ('7045', 'Eksempel Bokhandel', 'NBSN', '', 1)`, nil},
		{`INSERT INTO endpoints (id, party, scope, url, description, events, format, headers, state, reason,
			secret, old_secret, old_until, created, updated, failures, since, success, due)
			VALUES ('ep_rotated', '7045', '', 'https://a.example/', '', '[]', 'standard', '{}', 'active', '', $1, $2, $3, 1, 1, 0, 0, 0, 0)`,
			[]any{[]byte(secret), []byte(old), int64(until)}},
		{`INSERT INTO endpoints (id, party, scope, url, description, events, format, headers, state, reason,
			secret, old_secret, old_until, created, updated, failures, since, success, due)
			VALUES ('ep_fresh', '7045', '', 'https://b.example/', '', '[]', 'standard', '{}', 'active', '', $1, $2, 0, 1, 1, 0, 0, 0, 0)`,
			[]any{[]byte(secret), []byte{}}},
	} {
		if _, err := c.SQL.ExecContext(t.Context(), s.text, s.args...); err != nil {
			t.Fatalf("%s: %v", s.text, err)
		}
	}
	c.Close()
	db := openIn(t, where, Options{Upgrade: true})
	rotated, err := db.Endpoint(t.Context(), "7045", "ep_rotated")
	if err != nil {
		t.Fatal(err)
	}
	if o := rotated.OldSecrets; len(o) != 1 || !bytes.Equal(o[0].Secret, old) || o[0].Until.UnixMicro() != until || !bytes.Equal(rotated.Secret, secret) {
		t.Errorf("the rotated endpoint has %d old secrets: %+v", len(o), o)
	}
	fresh, err := db.Endpoint(t.Context(), "7045", "ep_fresh")
	if err != nil || len(fresh.OldSecrets) != 0 {
		t.Errorf("the fresh endpoint has %d old secrets (%v)", len(fresh.OldSecrets), err)
	}
}
