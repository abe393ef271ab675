package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

func newPartyShow(a app) *cobra.Command {
	return readCommand(a, &cobra.Command{
		Use:   "show ID",
		Short: "Show one party",
		Example: `  bookgate party show 7045
  bookgate party show 7045 --json --data /var/lib/bookgate`,
		Args: exactArgs(1),
	}, func(ctx context.Context, db *store.DB, args []string) (order.Party, error) {
		return db.Party(ctx, order.PartyID(args[0]))
	}, printParty)
}

// printParty shows a party, one fact a line.
func printParty(a app, p order.Party) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Party %s (%s)\n", p.ID, p.Scheme)
	if p.Erased.IsZero() {
		fmt.Fprintf(&b, "Name     %s\nProfile  %s\n", printable(p.Name), cmp.Or(p.Profile, string(editx.Trade)))
	} else {
		fmt.Fprintf(&b, "Erased   %s; it can neither log in nor send nor receive\n", p.Erased.Local().Format("2006-01-02 15:04:05"))
	}
	if len(p.Aliases) > 0 {
		fmt.Fprintf(&b, "Also     %s\n", printable(joinIdentifiers(p.Aliases)))
	}
	_, err := b.WriteTo(a.out)
	return err
}
