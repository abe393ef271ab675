package store

import (
	"context"
	"maps"
	"testing"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// TestCallbacksGoWithTheirOrder looks into the tables: of who was to be notified of
// one order alone nothing is left, and all of the others is.
func TestCallbacksGoWithTheirOrder(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *DB, order.ID){
		"erased": func(t *testing.T, db *DB, id order.ID) {
			_, err := db.Update(t.Context(), id, func(*order.Order) ([]order.Event, error) {
				return []order.Event{{Kind: order.EventErased, Text: "case 7"}}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			statement(t, db, `DELETE FROM deliveries WHERE type = 'order.erased'`)
		},
		"retired": func(t *testing.T, db *DB, id order.ID) {
			if _, n, err := db.RetireOrders(t.Context(), db.now(), 0, 9); err != nil || n != 1 || !isRetired(t, db, id) {
				t.Fatalf("%d retired, %v", n, err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, where string) { callbacksGoWithTheirOrder(t, where, end) })
		})
	}
}

func callbacksGoWithTheirOrder(t *testing.T, where string, end func(*testing.T, *DB, order.ID)) {
	clock := clockAt(noon)
	db := openIn(t, where, Options{Now: clock.now})
	if err := db.AddParty(t.Context(), order.Party{ID: buyer, Name: "Firma", Scheme: "NBSN"}); err != nil {
		t.Fatal(err)
	}
	done, open := newOrder("A-1"), newOrder("A-2")
	for id, scope := range map[string]order.ID{"ep_1": done.ID, "ep_2": done.ID, "ep_3": open.ID, "ep_4": ""} {
		e := webhook.Endpoint{ID: id, Party: buyer, Scope: scope, URL: "mailto:ola@nordmann.example", Format: webhook.MailFormat, State: webhook.Active}
		if err := db.AddEndpoint(t.Context(), e, 9); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range []order.Order{done, open} {
		if _, _, err := db.Add(t.Context(), o, order.Document{}, order.Event{Kind: order.EventReceived}); err != nil {
			t.Fatal(err)
		}
	}
	finish(t, db, done.ID)
	statement(t, db, `INSERT INTO attempts (delivery_n, number, at, took, status, error, header, body) SELECT n, 1, 1, 1, 200, '', '{}', $1 FROM deliveries`, []byte("Ola"))
	statement(t, db, `INSERT INTO links SELECT id, 1 FROM deliveries`)
	wantRows(t, db, map[string]int{"endpoints": 4, "deliveries": 11, "attempts": 11, "links": 11})
	clock.advance(aDay)
	end(t, db, done.ID)
	wantRows(t, db, map[string]int{"endpoints": 2, "deliveries": 5, "attempts": 5, "links": 5})
}

// wantRows counts the rows of tables.
func wantRows(t *testing.T, db *DB, want map[string]int) {
	t.Helper()
	got := map[string]int{}
	err := db.read(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		for table := range want {
			var n int
			if _, err := c.Get(ctx, "SELECT count(*) FROM "+table, nil, &n); err != nil {
				return err
			}
			got[table] = n
		}
		return nil
	})
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%v rows are stored, %v, want %v", got, err, want)
	}
}
