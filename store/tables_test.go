package store

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/store/internal/dump"
	"github.com/bookgate/bookgate/store/internal/sqldb"
)

// schemaOf reads what an engine says of its tables: the columns with their
// types, the key, and the tables that each refers to.
type schemaOf struct {
	tables, columns, keys, references string
}

func schemas() map[string]schemaOf {
	return map[string]schemaOf{
		"sqlite": {
			tables:     `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
			columns:    `SELECT name || ' ' || type FROM pragma_table_info($1) ORDER BY cid`,
			keys:       `SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk`,
			references: `SELECT "table" FROM pragma_foreign_key_list($1)`,
		},
		"postgres": {
			tables: `SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()`,
			columns: `SELECT column_name::text || ' ' || CASE data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'text' THEN 'TEXT' WHEN 'bytea' THEN 'BLOB' ELSE data_type END
				FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`,
			keys: `SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
				WHERE i.indrelid = $1::text::regclass AND i.indisprimary ORDER BY array_position(i.indkey::int2[], a.attnum)`,
			references: `SELECT confrelid::regclass::text FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype = 'f'`,
		},
	}
}

// words returns the first column of a query's rows.
func words(t testing.TB, db *DB, query string, args ...any) (all []string) {
	t.Helper()
	var word string
	err := db.read(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		all = nil
		return c.Each(ctx, query, args, []any{&word}, func() { all = append(all, word) })
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return all
}

// TestTablesAreThoseOfTheSchema fails when a step of the schema adds a table or
// a column that copies and backups would leave out.
func TestTablesAreThoseOfTheSchema(t *testing.T) {
	onEach(t, func(t *testing.T, where string) {
		db := openIn(t, where, Options{})
		schema := schemas()[db.engine.Name]
		var listed []string
		for _, table := range dump.Tables() {
			listed = append(listed, table.Name)
			var columns []string
			for _, c := range words(t, db, schema.columns, table.Name) {
				name, kind, _ := strings.Cut(c, " ")
				columns = append(columns, name)
				if !slices.Contains([]string{"INTEGER", "TEXT", "BLOB"}, kind) {
					t.Errorf("%s.%s is a %s, which the other engine reads differently", table.Name, name, kind)
				}
			}
			if !slices.Equal(slices.Sorted(slices.Values(columns)), slices.Sorted(slices.Values(table.Columns))) {
				t.Errorf("%s has the columns\n%v, listed are\n%v", table.Name, columns, table.Columns)
			}
			if keys := words(t, db, schema.keys, table.Name); !slices.Equal(keys, table.Key()) {
				t.Errorf("%s has the key %v, listed is %v", table.Name, keys, table.Key())
			}
			for _, to := range words(t, db, schema.references, table.Name) {
				if !slices.Contains(listed, to) {
					t.Errorf("%s stands before %s, which it refers to", table.Name, to)
				}
			}
		}
		for _, name := range words(t, db, schema.tables) {
			if !slices.Contains(listed, name) && dump.IsContent(name) {
				t.Errorf("table %s is neither listed nor left out with a reason", name)
			}
		}
	})
}

// TestParametersAreBounded multiplies the widest table by the most rows.
func TestParametersAreBounded(t *testing.T) {
	const most = 32_766 // of one statement of SQLite, which takes fewer than PostgreSQL
	for _, table := range dump.Tables() {
		if n := dump.InsertRows * len(table.Columns); n > most {
			t.Errorf("%s needs %d parameters for %d rows, more than %d", table.Name, n, dump.InsertRows, most)
		}
	}
}
