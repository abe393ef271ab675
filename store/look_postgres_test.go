//go:build all

package store

import (
	"testing"

	"github.com/bookgate/bookgate/internal/postgrestest"
	"github.com/bookgate/bookgate/order"
)

func TestLookAtNothing(t *testing.T) {
	dir := t.TempDir()
	if _, err := Look(t.Context(), dir); order.CodeOf(err) != "store-missing" || order.KindOf(err) != order.NotFound {
		t.Errorf("an empty folder gave %v", err)
	}
	wantSameBytes(t, dir, nil)
	if s, err := Look(t.Context(), postgrestest.Schema(t)); err != nil || s.Schema != 0 || len(s.Pending) != s.Wanted {
		t.Errorf("an empty database gave %+v, %v", s, err)
	}
}
