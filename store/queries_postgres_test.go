//go:build all

package store

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/postgrestest"
)

// TestPostgresReadsListsInOrder looks at what PostgreSQL plans for a party
// that has seen many changes among others that have.
func TestPostgresReadsListsInOrder(t *testing.T) {
	db := openIn(t, postgrestest.Schema(t), Options{})
	fillForPlans(t, db)
	for name, q := range map[string]struct {
		query string
		args  []any
	}{
		"live":    {db.queries.selectList, []any{"P7", 1, 10, math.MaxInt64, 2, 3, 100}},
		"moved":   {selectMoved, []any{"P7", 10, 400, 400, 3, 100}},
		"before":  {selectBefore, []any{"P7", 40_000}},
		"head":    {selectHead, []any{"P7"}},
		"order":   {selectOrderByID, []any{"id-77"}},
		"visible": {db.queries.selectVisibleForUpdate, []any{"id-77", "P7"}},
		"number":  {selectOrderNumber, []any{"P7", "", "77"}},
		"lease":   {db.queries.leasePending, []any{1, 2, 1, 1, 9, 0, 10, 2, "r"}},
		"feed":    {selectFeed, []any{"P7", 10, 100}},
		"fetched": {selectFetched, []any{"P7", 77}},
		"old":     {selectOld, []any{100, 500, 50}},
		"found":   {selectNewestOf, []any{"P7", "", "", 100, 0}},
		"seen":    {selectSeen, []any{"P7", 10, 100}},
	} {
		var plan, line string
		err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
			return c.Each(ctx, "EXPLAIN "+q.query, q.args, []any{&line}, func() { plan += line + "\n" })
		})
		if err != nil {
			t.Fatal(name, err)
		}
		if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Sort  (") {
			t.Errorf("%s scans or sorts:\n%s", name, plan)
		}
	}
}
