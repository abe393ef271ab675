package store

import (
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/freshstore"
	"github.com/bookgate/bookgate/internal/postgrestest"
	"github.com/bookgate/bookgate/order/storetest"
	"github.com/bookgate/bookgate/store/internal/sqldb"
)

func TestStore(t *testing.T) {
	for name, place := range engines() {
		t.Run(name, func(t *testing.T) {
			var wheres sync.Map
			open := func(t *testing.T, now func() time.Time) storetest.Store {
				where := place(t)
				db := openIn(t, where, Options{Now: now})
				wheres.Store(db, where)
				return db
			}
			reopen := func(t *testing.T, s storetest.Store) storetest.Store {
				where, _ := wheres.Load(s)
				if err := s.(*DB).Close(); err != nil {
					t.Fatal(err)
				}
				return openIn(t, where.(string), Options{Now: s.(*DB).now})
			}
			storetest.Run(t, open, reopen)
		})
	}
}

// engines are the databases that tests run on, by name, each with how to get a
// new and empty place in it.
func engines() map[string]func(testing.TB) string {
	places := map[string]func(testing.TB) string{"sqlite": func(t testing.TB) string { return t.TempDir() }}
	if postgrestest.Included {
		places["postgres"] = postgrestest.Schema
	}
	return places
}

// onEach runs a test on every engine, in a new place.
func onEach(t *testing.T, test func(t *testing.T, where string)) {
	for name, place := range engines() {
		t.Run(name, func(t *testing.T) { test(t, place(t)) })
	}
}

// openIn opens the store in dir until the test ends.
func openIn(t testing.TB, dir string, o Options) *DB {
	t.Helper()
	db, err := freshstore.Open(t, Open, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// writerOf is the one writer of a store in SQLite.
func writerOf(db *DB) *sqldb.Writer { return db.works.Writes.(*sqldb.Writer) }

// checkpointerOf is what keeps the log of a store in SQLite small.
func checkpointerOf(db *DB) *sqldb.Checkpointer { return db.works.Checkpointer.(*sqldb.Checkpointer) }
