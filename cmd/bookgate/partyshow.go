package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/channel/email"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// shownParty is a party with all that was set for it: by party add, set and
// allow, and by route default.
type shownParty struct {
	listedParty
	ActsFor       []order.PartyID `json:"actsFor,omitempty"`
	DefaultSeller order.PartyID   `json:"defaultSeller,omitempty"`
}

func newPartyShow(a app) *cobra.Command {
	return readCommand(a, &cobra.Command{
		Use:   "show ID",
		Short: "Show one party",
		Example: `  bookgate party show 7045
  bookgate party show 7045 --json --data /var/lib/bookgate`,
		Args: exactArgs(1),
	}, func(ctx context.Context, db *store.DB, args []string) (p shownParty, err error) {
		id := order.PartyID(args[0])
		if p.Party, err = db.Party(ctx, id); err != nil {
			return p, err
		}
		if p.Email, err = email.Address(ctx, db, id); err != nil {
			return p, err
		}
		if p.ActsFor, err = db.Buyers(ctx, id); err != nil {
			return p, err
		}
		p.DefaultSeller, err = db.DefaultSeller(ctx, id)
		return p, err
	}, printParty)
}

// printParty shows a party, one fact a line.
func printParty(a app, p shownParty) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Party %s (%s)\n", p.ID, p.Scheme)
	if p.Erased.IsZero() {
		fmt.Fprintf(&b, "Name     %s\nProfile  %s\n", printable(p.Name), cmp.Or(p.Profile, string(editx.Trade)))
	} else {
		fmt.Fprintf(&b, "Erased   %s; it can neither log in nor send nor receive\n", p.Erased.Local().Format("2006-01-02 15:04:05"))
	}
	var buyers []string
	for _, buyer := range p.ActsFor {
		buyers = append(buyers, string(buyer))
	}
	for _, line := range []struct{ name, value string }{
		{"Also", joinIdentifiers(p.Aliases)},
		{"E-mail", p.Email},
		{"Language", p.Language},
		{"Acts for", strings.Join(buyers, ", ")},
		{"Seller", string(p.DefaultSeller)},
	} {
		if line.value != "" {
			fmt.Fprintf(&b, "%-8s %s\n", line.name, printable(line.value))
		}
	}
	_, err := b.WriteTo(a.out)
	return err
}
