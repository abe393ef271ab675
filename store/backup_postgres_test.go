//go:build all

package store

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/postgrestest"
)

// TestRestore restores from each engine into each.
func TestRestore(t *testing.T) {
	onEach(t, func(t *testing.T, where string) {
		from := openIn(t, where, Options{})
		fill(t, from)
		ticket := auth.Ticket{Kind: auth.KindTicket, Party: buyer, Holder: "kari", Created: from.Now(), Expires: from.Now().Add(auth.TicketLife)}
		if err := from.AddTicket(t.Context(), ticket, 9); err != nil {
			t.Fatal(err)
		}
		file, m := backUp(t, from)
		want := contentsOf(t, from)
		route(t, from, addOrder(t, from, "lost").ID) // 22 and 14 become 24 and 15
		for name, place := range map[string]func(testing.TB) string{
			"sqlite":         func(t testing.TB) string { return t.TempDir() },
			"missing folder": func(t testing.TB) string { return filepath.Join(t.TempDir(), "not", "there") },
			"postgres":       postgrestest.Schema,
			"postgres with a schema": func(t testing.TB) string {
				where := postgrestest.Schema(t)
				if err := openIn(t, where, Options{}).Close(); err != nil {
					t.Fatal(err)
				}
				return where
			},
		} {
			t.Run(name, func(t *testing.T) {
				where := place(t)
				got, err := Restore(t.Context(), file, where, Options{}, nil)
				if err != nil || fmt.Sprint(got) != fmt.Sprint(m) {
					t.Fatalf("Restore: %+v, %+v", got, err)
				}
				restoredAs(t, openIn(t, where, Options{}), from, want)
			})
		}
	})
}
