//go:build all

package store

import (
	"slices"
	"testing"

	"github.com/bookgate/bookgate/store/internal/dump"
)

// TestTablesHaveEqualTypes compares the engines with each other.
func TestTablesHaveEqualTypes(t *testing.T) {
	places := engines()
	lite, post := openIn(t, places["sqlite"](t), Options{}), openIn(t, places["postgres"](t), Options{})
	for _, table := range dump.Tables() {
		a := words(t, lite, schemas()["sqlite"].columns, table.Name)
		b := words(t, post, schemas()["postgres"].columns, table.Name)
		if !slices.Equal(a, b) {
			t.Errorf("%s is %v in SQLite and %v in PostgreSQL", table.Name, a, b)
		}
	}
}
