package freshstore_test

import (
	"testing"

	"github.com/bookgate/bookgate/internal/freshstore"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// TestCopiesAreStoresOfTheirOwn: what one copy stores is not in the next, each
// has an epoch of its own, and a folder that holds a store is left as it is.
func TestCopiesAreStoresOfTheirOwn(t *testing.T) {
	open := func(dir string) *store.DB {
		db, err := freshstore.Open(t, store.Open, dir, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	dir := t.TempDir()
	first := open(dir)
	if err := first.AddParty(t.Context(), order.Party{ID: "7045", Name: "Shop", Scheme: order.DefaultScheme}); err != nil {
		t.Fatal(err)
	}
	epoch := epochOf(t, first)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t.TempDir())
	if _, err := second.Party(t.Context(), "7045"); order.KindOf(err) != order.NotFound {
		t.Errorf("the party of one store is found in another: %v", err)
	}
	if other := epochOf(t, second); other == epoch {
		t.Errorf("both stores are in the epoch %s", other)
	}
	again := open(dir)
	if _, err := again.Party(t.Context(), "7045"); err != nil {
		t.Errorf("the party is lost when its store is opened again: %v", err)
	}
}

func epochOf(t *testing.T, db *store.DB) string {
	t.Helper()
	epoch, err := db.Epoch(t.Context())
	if err != nil || epoch == "" {
		t.Fatalf("epoch %q, %v", epoch, err)
	}
	return epoch
}
