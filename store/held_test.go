package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// TestHeldOrders keeps orders of two dialects and asks for those of one that
// wait, more of them than are read at once.
func TestHeldOrders(t *testing.T) {
	onEach(t, func(t *testing.T, where string) {
		db := openIn(t, where, Options{})
		if err := db.AddParty(t.Context(), order.Party{ID: "7045", Name: "Shop", Scheme: order.DefaultScheme}); err != nil {
			t.Fatal(err)
		}
		orders := []order.Order{{Source: "montly.test", OnHold: true}, {Source: "montly", OnHold: true}, {Source: "montly"}, {Source: "hark", OnHold: true}}
		for len(orders) < heldPageSize+10 {
			orders = append(orders, order.Order{Source: "montly", OnHold: true})
		}
		keepAll(t, db, orders)
		want := []string{"1"}
		for n := 4; n < len(orders); n++ {
			want = append(want, fmt.Sprint(n))
		}
		wantHeld(t, db, func(o *order.Order) bool { return len(o.Lines) == 1 }, append(want, "0"))
		wantHeld(t, db, func(o *order.Order) bool { return o.Number == "4" }, []string{"4"})
	})
}

// keepAll adds orders of one shop, numbered from 0.
func keepAll(t *testing.T, db *DB, orders []order.Order) {
	t.Helper()
	for i, o := range orders {
		o.ID, o.Number, o.Sender, o.Buyer, o.Status, o.Revision = order.NewID(time.Now()), fmt.Sprint(i), "7045", "7045", order.Unprocessed, 1
		o.Header.Buyer.ID = order.Identifier{Type: "NBSN", Value: "7045"}
		o.Lines = []order.Line{{Number: 1, Quantity: 1, Status: order.Unprocessed}}
		if _, _, err := db.Add(t.Context(), o, order.NewDocument("application/json", []byte("{}")), order.Event{Kind: order.EventReceived}); err != nil {
			t.Fatal(err)
		}
	}
}

func wantHeld(t *testing.T, db *DB, keep func(*order.Order) bool, want []string) {
	t.Helper()
	held, err := db.Held(t.Context(), "montly", keep)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range held {
		got = append(got, o.Number)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("held are %v, want %v", got, want)
	}
}
