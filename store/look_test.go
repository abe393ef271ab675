package store

import (
	"slices"
	"testing"

	"github.com/bookgate/bookgate/store/internal/sqldb"
)

func TestLookChangesNothing(t *testing.T) { onEach(t, lookChangesNothing) }

func lookChangesNothing(t *testing.T, where string) {
	oldStore(t, where, 7)
	e := engineOf(t, where)
	old, err := Look(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	if old.Schema != 1 || old.Wanted != sqldb.Newest(e.Steps) || !slices.Equal(old.Pending, namesOf(e.Steps[1:])) ||
		old.Orders != 7 || old.Documents != 7 || old.Events != 7 || old.Parties != 3 || old.Bytes == 0 || old.Engine == "" || old.Place != e.Path {
		t.Errorf("of an older store: %+v", old)
	}
	if have, err := e.InspectSchema(t.Context()); err != nil || have != 1 {
		t.Errorf("schema %d after looking, %v", have, err)
	}
	db := openIn(t, where, Options{Upgrade: true})
	addOrder(t, db, "B-1")
	if s, err := Look(t.Context(), where); err != nil || s.Schema != s.Wanted || len(s.Pending) != 0 || s.Orders != 8 {
		t.Errorf("of a store in use: %+v, %v", s, err)
	}
}

func TestLookLeavesNoTrace(t *testing.T) {
	dir, _ := closedStore(t)
	before := bytesIn(t, dir)
	if _, err := Look(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	wantSameBytes(t, dir, before)
}

func namesOf(steps []sqldb.Step) (names []string) {
	for _, s := range steps {
		names = append(names, s.Name)
	}
	return names
}
