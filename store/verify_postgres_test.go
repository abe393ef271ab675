//go:build all

package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/postgrestest"
	"github.com/bookgate/bookgate/order"
)

// TestRestoreRefused leaves what is there as it is.
func TestRestoreRefused(t *testing.T) {
	from := openIn(t, t.TempDir(), Options{})
	fill(t, from)
	file, _ := backUp(t, from)
	folder := func(names ...string) string {
		dir := t.TempDir()
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	held := t.TempDir()
	release, err := sqldb.LockFolder(held)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	used, served, other := postgrestest.Schema(t), postgrestest.Schema(t), postgrestest.Schema(t)
	addOrder(t, openIn(t, used, Options{}), "A-1")
	meddle(t, openIn(t, served, Options{}), fmt.Sprintf(`INSERT INTO replicas VALUES ('r1', 'host', 7, '', '', 'serving', 1, %d)`, sqldb.Micros(from.now())))
	meddle(t, openIn(t, other, Options{}), `UPDATE meta SET value = CAST('1' AS BYTEA) WHERE name = 'schema'`)
	for name, c := range map[string]struct{ where, code, says string }{
		"a store":         {filepath.Dir(from.Path()), "restore-occupied", "bookgate.db already"},
		"an empty file":   {folder(sqldb.FileName), "restore-occupied", "bookgate.db already"},
		"a log alone":     {folder(sqldb.FileName + "-wal"), "restore-occupied", "bookgate.db-wal already"},
		"a journal alone": {folder(sqldb.FileName + "-journal"), "restore-occupied", "bookgate.db-journal already"},
		"a folder in use": {held, "store-locked", "in use by another bookgate"},
		"below a file":    {filepath.Join(file, "below"), "store-open", "not a directory"},
		"orders there":    {used, "restore-occupied", "1 in orders"},
		"a served one":    {served, "restore-occupied", "process 7 on host"},
		"another schema":  {other, "restore-occupied", "has schema 1"},
		"no server":       {"postgres://bookgate@127.0.0.1:1/none", "store-open", "cannot be opened"},
	} {
		before, _ := os.ReadDir(c.where)
		_, err := Restore(t.Context(), file, c.where, Options{}, nil)
		if order.CodeOf(err) != c.code || !strings.Contains(fmt.Sprintf("%+v", err), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if after, _ := os.ReadDir(c.where); len(after) != len(before) {
			t.Errorf("%s: %d files became %d", name, len(before), len(after))
		}
	}
}
