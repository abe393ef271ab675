package store

import (
	"testing"
	"time"

	"github.com/bookgate/bookgate/order/storetest"
)

func TestStore(t *testing.T) {
	open := func(t *testing.T, now func() time.Time) storetest.Store {
		return openIn(t, t.TempDir(), Options{Now: now})
	}
	reopen := func(t *testing.T, s storetest.Store) storetest.Store {
		db := s.(*DB)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		return openIn(t, db.dir, Options{Now: db.now})
	}
	storetest.Run(t, open, reopen)
}

// openIn opens the store in dir until the test ends.
func openIn(t testing.TB, dir string, o Options) *DB {
	t.Helper()
	db, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
