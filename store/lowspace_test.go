package store

import (
	"strings"
	"testing"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// TestFullDiskIsNotReady: a disk on which no ordinary document fits is not
// ready, although a mark of a few bytes can be stored.
func TestFullDiskIsNotReady(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	free := int64(5 << 20)
	db.disk = func(string) (int64, int64, error) { return free, 24 << 20, nil }
	if err := db.Ready(t.Context()); err != nil || db.SpaceDoubt() != "" {
		t.Errorf("with space: %v, %q", err, db.SpaceDoubt())
	}
	free = 2 << 20
	if err := db.Ready(t.Context()); err != nil || !strings.Contains(db.SpaceDoubt(), "2.1 MB of 25.2 MB are free") {
		t.Errorf("nearly full: %v, %q", err, db.SpaceDoubt())
	}
	free = sqldb.LeastSpace - 1
	if err := db.Ready(t.Context()); order.CodeOf(err) != "store-full" || order.KindOf(err) != order.Unavailable {
		t.Errorf("full: %v", err)
	}
	free = 5 << 20
	if err := db.Ready(t.Context()); err != nil {
		t.Errorf("with space again: %v", err)
	}
}
