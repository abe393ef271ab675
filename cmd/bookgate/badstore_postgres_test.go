//go:build all

package main

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/postgrestest"
)

// TestBadServerIsRefused tries what a server may answer.
func TestBadServerIsRefused(t *testing.T) {
	where := postgrestest.Schema(t)
	for name, c := range map[string]struct{ from, to, pattern string }{
		"no database":     {"/postgres?", "/nothing?", `no database of this name`},
		"wrong user":      {"bookgate@", "stranger:s3cret@", `user and password`},
		"unknown option":  {"sslmode=", "colour=blue&sslmode=", `"colour"`},
		"several refused": {"bookgate@", "stranger:s3cret@127.0.0.1:1,", `user and password`},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusedDatabase(t, strings.Replace(where, c.from, c.to, 1), cli.ExitConfig, c.pattern)
		})
	}
}

// TestBadSchemaIsRefused puts into a database what is not ours, or not of our
// time, and looks that nothing is added to it.
func TestBadSchemaIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ statements, pattern string }{
		"another program": {"CREATE TABLE things (a int); INSERT INTO things VALUES (1)", `belongs to another program`},
		"newer":           {firstStep("postgres") + "INSERT INTO meta VALUES ('schema', '99')", `has schema 99`},
	} {
		t.Run(name, func(t *testing.T) {
			where := postgrestest.Schema(t)
			if err := sqlOn(where, c.statements); err != nil {
				t.Fatal(err)
			}
			before := tablesIn(t, where)
			wantRefusedDatabase(t, where, cli.ExitConfig, c.pattern)
			if after := tablesIn(t, where); after != before {
				t.Errorf("the tables are %s, were %s", after, before)
			}
		})
	}
}

// TestServerThatLosesDataIsRefused starts servers that are set, or filled, so
// that they could not keep what bookgate promises.
func TestServerThatLosesDataIsRefused(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t, "fsync=on")
	mustNot(t, sqlOn(server.URL("postgres"), "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"))
	wantRefusedDatabase(t, server.URL("latin"), cli.ExitConfig, `encoding LATIN1 instead of UTF8`)
	wantRefusedDatabase(t, postgrestest.Start(t, "fsync=off").Database(t), cli.ExitConfig, `fsync switched off`)
}

// tablesIn names what is in the schema of a database.
func tablesIn(t *testing.T, database string) (names string) {
	t.Helper()
	ctx := t.Context()
	c, err := pgx.Connect(ctx, database)
	mustNot(t, err)
	defer c.Close(ctx)
	const query = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class " +
		"WHERE relnamespace = current_schema()::regnamespace"
	mustNot(t, c.QueryRow(ctx, query).Scan(&names))
	return names
}
