package store

import (
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/internal/webhook/storetest"
	"github.com/bookgate/bookgate/order"
)

func TestDeliveriesKeepEveryPromise(t *testing.T) {
	for name, place := range engines() {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, now func() time.Time) storetest.Store {
				return openIn(t, place(t), Options{Now: now})
			})
		})
	}
}

// TestADeadProcessLeavesNoLease lets a process die with a delivery in its
// hands: the next one in the same folder goes on with it at once.
func TestADeadProcessLeavesNoLease(t *testing.T) {
	ctx, dir, now := t.Context(), t.TempDir(), time.Now()
	db := openIn(t, dir, Options{})
	if err := db.AddParty(ctx, order.Party{ID: "7045", Name: "Shop", Scheme: order.DefaultScheme}); err != nil {
		t.Fatal(err)
	}
	if err := db.AddEndpoint(ctx, webhook.Endpoint{ID: "ep_A", Party: "7045", State: webhook.Active}, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := db.AddTest(ctx, "7045", "ep_A"); err != nil {
		t.Fatal(err)
	}
	claim := func(db *DB) int {
		t.Helper()
		tasks, err := db.Claim(ctx, time.Now(), now.Add(time.Hour), webhook.Bounds{PerEndpoint: 2, PerParty: 9, Limit: 9})
		if err != nil {
			t.Fatal(err)
		}
		return len(tasks)
	}
	if n := claim(db); n != 1 {
		t.Fatalf("claimed %d", n)
	}
	next := openIn(t, dir, Options{})
	if n := claim(next); n != 0 {
		t.Fatalf("claimed %d of what another holds", n)
	}
	if err := next.FreeDeliveries(ctx); err != nil {
		t.Fatal(err)
	}
	if n := claim(next); n != 1 {
		t.Errorf("claimed %d of what the dead one held", n)
	}
	if err := next.FreeDeliveries(ctx); err != nil {
		t.Fatal(err)
	}
	if n := claim(next); n != 0 {
		t.Errorf("freed %d of its own, which it is sending", n)
	}
}
