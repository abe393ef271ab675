//go:build all

package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/postgrestest"
	"github.com/bookgate/bookgate/order"
)

// run sends statements to a database past every check.
func run(t *testing.T, where string, statements ...string) {
	t.Helper()
	e, err := sqldb.NewPostgres(where, sqldb.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pool := e.OpenPool(sqldb.Checkpointing)
	defer pool.Close()
	for _, s := range statements {
		if _, err := pool.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
}

func wantOpenFault(t *testing.T, where, code string, words ...string) {
	t.Helper()
	db, err := Open(t.Context(), where, Options{})
	if err == nil {
		db.Close()
	}
	var e *order.Error
	if !errors.As(err, &e) || e.Code != code || e.Hint == "" {
		t.Fatalf("Open gave %v, want %s with a hint", err, code)
	}
	for _, w := range words {
		if !strings.Contains(e.Detail, w) {
			t.Errorf("%q does not say %q", e.Detail, w)
		}
	}
}

func TestPostgresSaysWhatItIs(t *testing.T) {
	where := postgrestest.Schema(t)
	db := openIn(t, strings.Replace(where, "bookgate@", "bookgate:s3cret@", 1), Options{})
	if !strings.HasPrefix(db.EngineVersion(), "PostgreSQL 1") || strings.Contains(db.EngineVersion(), "(") || db.SchemaVersion() < 1 {
		t.Errorf("engine %q, schema %d", db.EngineVersion(), db.SchemaVersion())
	}
	if p := db.Path(); strings.Contains(p, "s3cret") || !strings.HasPrefix(p, "postgres://bookgate@127.0.0.1:") {
		t.Errorf("path %s", p)
	}
	if db.Overlap() != 2*time.Minute || openIn(t, t.TempDir(), Options{}).Overlap() != 5*time.Second {
		t.Errorf("overlap %s", db.Overlap())
	}
	release, err := db.Lock()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	again, err := openIn(t, where, Options{}).Lock()
	if err != nil {
		t.Fatalf("a second replica: %v", err)
	}
	again()
}

func TestPostgresSettingsArePinned(t *testing.T) {
	db := openIn(t, postgrestest.Start(t, "synchronous_commit=off").Database(t), Options{})
	for _, r := range []sqldb.Runner{db.works.Reads, db.works.Writes} {
		err := r.Do(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
			for name, want := range map[string]string{"synchronous_commit": "on", "statement_timeout": "5s", "lock_timeout": "4s", "idle_in_transaction_session_timeout": "5s"} {
				var got string
				if _, err := c.Get(ctx, "SELECT current_setting($1)", []any{name}, &got); err != nil || got != want {
					t.Errorf("%s is %s, %v; want %s", name, got, err, want)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestPostgresThatLosesDataIsRefused(t *testing.T) {
	for setting, word := range map[string]string{"fsync=off": "fsync", "full_page_writes=off": "full_page_writes", "max_connections=20": "connections"} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			wantOpenFault(t, postgrestest.Start(t, setting).Database(t), "store-settings", word)
		})
	}
}

func TestPostgresOfAnotherProgramIsRefused(t *testing.T) {
	where := postgrestest.Schema(t)
	run(t, where, "CREATE TABLE meta (name text, value bytea)")
	wantOpenFault(t, where, "store-foreign", "another program")
	run(t, where, "DROP TABLE meta", "CREATE TABLE things (a int)")
	wantOpenFault(t, where, "store-foreign")
	run(t, where, "DROP TABLE things", "CREATE SCHEMA another", "CREATE TABLE another.things (a int)")
	addOrder(t, openIn(t, where, Options{}), "A-1")
}

func TestPostgresOfANewerProgramIsRefused(t *testing.T) {
	where := postgrestest.Schema(t)
	if err := openIn(t, where, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	run(t, where, `UPDATE meta SET value = '99' WHERE name = 'schema'`)
	wantOpenFault(t, where, "store-newer", "schema 99")
}

func TestPostgresThatCannotBeOpened(t *testing.T) {
	where := postgrestest.Schema(t)
	run(t, where, "CREATE ROLE guest LOGIN", "GRANT USAGE ON SCHEMA "+where[strings.LastIndex(where, "=")+1:]+" TO guest")
	for name, c := range map[string]struct{ where, word string }{
		"no database": {strings.Replace(where, "/postgres?", "/nothing?", 1), "no database of this name"},
		"no user":     {strings.Replace(where, "bookgate@", "stranger@", 1), "user and password"},
		"may not":     {strings.Replace(where, "bookgate@", "guest@", 1), "may not do"},
		"no address":  {"postgres://u:s3cret@h:port/x", "cannot be read"},
		"only a word": {"host=127.0.0.1 port=s3cret", "cannot be read"},
		"wrong word":  {where + "&target_session_attrs=s3cret", "cannot be read: unknown target_session_attrs value"},
		"wrong mode":  {strings.Replace(where, "sslmode=disable", "sslmode=s3cret", 1), "its sslmode"},
		"no option":   {where + "&colour=s3cret", `"colour"`},
		"no value":    {where + "&client_min_messages=loud", `"client_min_messages"`},
		"no engine":   {"mysql://u:s3cret@h/x", "neither with postgres://"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(t.Context(), c.where, Options{})
			var e *order.Error
			if !errors.As(err, &e) || e.Code != "store-open" || e.Kind != order.Invalid || !strings.Contains(e.Detail, c.word) || e.Hint == "" {
				t.Fatalf("Open gave %v", err)
			}
			if strings.Contains(e.Detail+e.Hint, "s3cret") || strings.Contains(e.Detail, "SQLSTATE") {
				t.Errorf("the words %q %q reveal too much", e.Detail, e.Hint)
			}
		})
	}
}

func TestAddressOfSeveralServers(t *testing.T) {
	where := postgrestest.Schema(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := l.Addr().String()
	l.Close()
	db := openIn(t, strings.Replace(where, "@", "@"+dead+",", 1)+"&target_session_attrs=read-write", Options{})
	addOrder(t, db, "A-1")
	if !strings.Contains(db.Path(), dead+",") {
		t.Errorf("path %s", db.Path())
	}
}

func TestStandbyIsPassedOver(t *testing.T) {
	t.Parallel()
	where := postgrestest.Schema(t)
	_, err := Open(t.Context(), where+"&default_transaction_read_only=on", Options{})
	if order.CodeOf(err) != "store-open" || !strings.Contains(err.Error(), "takes no changes: it is a standby") {
		t.Errorf("a server that takes no changes gave %v", err)
	}
}

func TestOldCommitsAreSwept(t *testing.T) {
	db := openIn(t, postgrestest.Schema(t), Options{})
	for i := range 5 {
		addOrder(t, db, fmt.Sprint("A-", i))
	}
	count := func() (n int) {
		err := db.read(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
			_, err := c.Get(ctx, "SELECT count(*) FROM commits", nil, &n)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if err := db.dropCommits(t.Context(), time.Now().Add(-sweepAfter)); err != nil || count() < 5 {
		t.Errorf("%d ids are left of 5 that are young, %v", count(), err)
	}
	if err := db.dropCommits(t.Context(), time.Now().Add(time.Hour)); err != nil || count() != 1 { // that of the sweeping
		t.Errorf("%d ids are left, %v", count(), err)
	}
}
