package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newPartyErase takes a party out of the exchange.
func newPartyErase(a app) *cobra.Command {
	var e erasure
	c := &cobra.Command{
		Use:   "party ID",
		Short: "Erase a party permanently, with the personal data of its orders",
		Long: `Take a party out of the exchange for ever. Every order that it sent, or that was
sent in its name, is erased as bookgate erase order does. Its name, users,
clients, tickets, routes and permissions go; in other parties' orders the names
and words of its users go from the history, and its answers stay. It can no
longer log in, send or receive; an order that names it fails and says why. Its
number stays, so that old orders keep their facts, and so do its aliases that
are numbers of the trade.

Broken off, it goes on where it was when it is run again.`,
		Example: `  bookgate erase party 7045 --reason "case 2026-18"
  bookgate erase party 7045 --yes --data /var/lib/bookgate`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c, a, func(ctx context.Context, db *store.DB) error { return e.party(ctx, a, db, order.PartyID(args[0])) })
		},
	}
	return e.flags(c)
}

// erasedParty tells what was done to a party.
type erasedParty struct {
	ID     order.PartyID `json:"id"`
	Erased hal.Time      `json:"erased"`
	Orders int           `json:"orders"` // erased by this call
}

// party erases a party.
func (e *erasure) party(ctx context.Context, a app, db *store.DB, id order.PartyID) error {
	p, err := db.Party(ctx, id)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.err, "Party %s, %s\n", p.ID, printable(nameWords(p)))
	if err := e.confirm(a, "Take it out for ever, with the personal data in all orders that it sent?"); err != nil {
		return err
	}
	progress := func(done order.PartyErasure) {
		if done.Orders > 0 {
			fmt.Fprintf(a.err, "%d orders erased…\n", done.Orders)
		}
	}
	done, err := exchangeOver(db).EraseParty(ctx, operator(), id, e.reason, progress)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.err, "party %s erased, with %d orders\n", id, done.Orders)
	if e.asJSON {
		if err := printJSON(a.out, erasedParty{ID: id, Erased: hal.NewTime(done.Party.Erased), Orders: done.Orders}); err != nil {
			return err
		}
	}
	return e.overwrite(ctx, a, db)
}

// nameWords is a party's name, or since when it has none.
func nameWords(p order.Party) string {
	if p.Erased.IsZero() {
		return p.Name
	}
	return "erased " + p.Erased.Local().Format(time.DateOnly)
}
