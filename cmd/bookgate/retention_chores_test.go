package main

import (
	"slices"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store"
)

// TestChoresFollowTheSettings: what is to be kept for ever is not even looked
// at.
func TestChoresFollowTheSettings(t *testing.T) {
	db, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, c := range []struct {
		kept retention
		want []string
	}{
		{retention{}, nil},
		{retention{retainDocuments: time.Hour}, []string{store.DropJob}},
		{retention{retainOrders: time.Hour}, []string{store.RetireJob, store.LeftoverJob}},
		{retention{time.Hour, time.Hour}, []string{store.DropJob, store.RetireJob, store.LeftoverJob}},
	} {
		var got []string
		for _, chore := range c.kept.chores(db) {
			got = append(got, chore.Name)
			if chore.Lease == 0 || chore.Every == 0 || chore.Do == nil {
				t.Errorf("%+v", chore)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.kept, got, c.want)
		}
	}
}
