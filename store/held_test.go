package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// TestHeldOrders keeps orders of two dialects and asks for those of one that
// wait.
func TestHeldOrders(t *testing.T) {
	onEach(t, func(t *testing.T, where string) {
		db := openIn(t, where, Options{})
		if err := db.AddParty(t.Context(), order.Party{ID: "7045", Name: "Shop", Scheme: order.DefaultScheme}); err != nil {
			t.Fatal(err)
		}
		for i, o := range []order.Order{
			{Source: "montly.test", Held: true}, {Source: "montly", Held: true}, {Source: "montly"}, {Source: "montly", Held: true}, {Source: "hark", Held: true},
		} {
			o.ID, o.Number, o.Sender, o.Buyer, o.Status, o.Revision = order.NewID(time.Now()), fmt.Sprint(i), "7045", "7045", order.Unprocessed, 1
			o.Header.Buyer.ID = order.Identifier{Type: "NBSN", Value: "7045"}
			o.Lines = []order.Line{{Number: 1, Quantity: 1, Status: order.Unprocessed}}
			if _, _, err := db.Add(t.Context(), o, order.NewDocument("application/json", []byte("{}")), order.Event{Kind: order.EventReceived}); err != nil {
				t.Fatal(err)
			}
		}
		held, err := db.Held(t.Context(), "montly")
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, o := range held {
			got += fmt.Sprintf("%s %d lines; ", o.Number, len(o.Lines))
		}
		if want := "1 1 lines; 3 1 lines; 0 1 lines; "; got != want {
			t.Errorf("held are %q, want %q", got, want)
		}
	})
}
