package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// oldStore makes a store as the first bookgate left it: with schema step 1 and
// rows in every table, orders of them in the exchange.
func oldStore(t testing.TB, where string, orders int) {
	t.Helper()
	e := engineOf(t, where)
	e.Steps = e.Steps[:1]
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
	defer c.Close()
	for _, text := range oldRows() {
		text = strings.Replace(text, "FROM numbers", fmt.Sprintf("FROM (WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < %d) SELECT i FROM k) numbers", orders), 1)
		var args []any
		if strings.Contains(text, "$1") {
			args = append(args, []byte("bytes of a document, or of a digest"))
		}
		if _, err := c.SQL.ExecContext(t.Context(), text, args...); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

// oldRows fill the tables of schema 1; numbers stands for the orders.
func oldRows() []string {
	const at = 1795000000000000
	return []string{
		`INSERT INTO meta (name, value) VALUES ('secret:cursor', $1)`,
		`INSERT INTO parties VALUES ('7045', 'Eksempel Bokhandel', 'NBSN', 'trade', 1), ('900877', 'Eksempel Forlag', 'NBSN', '', 2), ('104', 'Skoleportalen', 'NBSN', '', 3)`,
		`INSERT INTO identifiers VALUES ('7045', 'nbsn', '7045', 0, 'NBSN', ''), ('7080009008774', 'gln', '900877', 1, 'GLN', '')`,
		`INSERT INTO allowed VALUES ('104', '7045')`,
		`INSERT INTO routes VALUES ('978820', '900877')`,
		`INSERT INTO default_sellers VALUES ('104', '900877')`,
		`INSERT INTO users VALUES ('skole', '104', 'argon2id', 4)`,
		`INSERT INTO clients VALUES ('bkc_1', '900877', $1, 5)`,
		`INSERT INTO tickets VALUES ($1, 'TGT', '104', 'skole', 6, 7)`,
		fmt.Sprintf(`INSERT INTO orders (id, sender, number, buyer, seller, status, purpose, source, revision, created, updated, lease, routing, reason, summary, header, kept)
			SELECT 'order-' || i, '7045', 'A-' || i, '7045', '900877', 'SENT', 'Original', 'boknett', 2, %d + i, %d + i, 0, '{}', '', '{}', '{"note":"takk for sist"}', '' FROM numbers`, at, at),
		`INSERT INTO lines SELECT i, 1, 1, 3, 0, 0, 'SENT', 2, '[{"type":"EAN13","value":"9788202337926"}]', '', '' FROM numbers`,
		`INSERT INTO documents (order_n, media_type, sha256, size, body) SELECT i, 'application/xml', $1, 36, $1 FROM numbers`,
		`INSERT INTO events SELECT i, 1, 'received', 1, 1, 0, '', 'UNPROCESSED', '7045', 'bokhandel', 'boknett', 'hello' FROM numbers`,
		`INSERT INTO heads SELECT '7045', max(i), max(i) FROM numbers`,
		`INSERT INTO listing SELECT '7045', 1, i, i, 'order-' || i, 'A-' || i, '7045', '900877', 'SENT', 1, 1 FROM numbers`,
		`INSERT INTO feed (party, seq, order_n, event, kind, at, side) SELECT '7045', i, i, 1, 'received', i, 1 FROM numbers`,
		`INSERT INTO interchanges VALUES ('7045', 'Order', 1, 'night', $1, 0, 8)`,
	}
}

func engineOf(t testing.TB, where string) *sqldb.Engine {
	t.Helper()
	e, _, err := sqldb.EngineFor(where, sqldb.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// columnsOf returns the tables of a store with their columns.
func columnsOf(t testing.TB, e *sqldb.Engine) map[string][]string {
	t.Helper()
	query := `SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 2`
	if e.Name == "postgres" {
		query = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> 'commits' ORDER BY 1, 2`
	}
	tables := map[string][]string{}
	err := e.Inspect(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		clear(tables)
		var table, column string
		return c.Each(ctx, query, nil, []any{&table, &column}, func() { tables[table] = append(tables[table], column) })
	})
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

// digestsOf returns for each of the tables how many rows it has and what stands
// in the given columns of all of them.
func digestsOf(t testing.TB, e *sqldb.Engine, tables map[string][]string) map[string]string {
	t.Helper()
	digests := map[string]string{}
	err := e.Inspect(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		for table, columns := range tables {
			query := "SELECT " + strings.Join(columns, ", ") + " FROM " + table
			if table == "meta" { // the number of the schema is meant to change
				query += " WHERE name NOT IN ('schema', 'upgraded')"
			}
			values, dest := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				dest[i] = &values[i]
			}
			var rows []string
			if err := c.Each(ctx, query, nil, dest, func() { rows = append(rows, fmt.Sprintf("%q", values)) }); err != nil {
				return err
			}
			slices.Sort(rows)
			digests[table] = fmt.Sprintf("%d rows, %x", len(rows), sha256.Sum256([]byte(strings.Join(rows, "\n"))))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return digests
}

// refusesOlder checks that a store of schema 1 is refused without leave to
// change it.
func refusesOlder(t *testing.T, where string) {
	t.Helper()
	_, err := Open(t.Context(), where, Options{})
	if order.CodeOf(err) != "store-older" || order.KindOf(err) != order.Invalid {
		t.Fatalf("without leave to upgrade: %v", err)
	}
	for _, w := range []string{"schema 1", fmt.Sprintf("schema %d", sqldb.Newest(engineOf(t, where).Steps)), "nothing was changed"} {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}
