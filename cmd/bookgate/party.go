package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newParty groups the commands on parties.
func newParty(a app) *cobra.Command {
	c := &cobra.Command{
		Use:   "party",
		Short: "Add, list and erase the parties, and say who may act for whom",
		Example: `  bookgate party add 900877 --name "Eksempel Forlag"
  bookgate party list`,
	}
	c.AddCommand(newPartyAdd(a), newPartyList(a), newPartyShow(a), newPartyAllow(a), newPartyErase(a))
	return c
}

func newPartyAdd(a app) *cobra.Command {
	var p order.Party
	var aliases []string
	c := &cobra.Command{
		Use:   "add ID --name NAME",
		Short: "Add a party, or change its name, aliases and profile",
		Long: `Add a party, or change it: what is given here takes the place of what was there.

--profile says how strictly the documents that the party sends are read: strict
asks for all that trade does and for the public schema as well, trade takes what
a receiver can process without guessing, lenient also forgives slips that harm
nobody.`,
		Example: `  bookgate party add 900877 --name "Eksempel Forlag"
  bookgate party add 7045 --name "Eksempel Bokhandel" --alias GLN:7080000070459
  bookgate party add 104 --name "Eksempel Skole" --profile strict`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			p.ID = order.PartyID(args[0])
			if err := completeParty(&p, aliases); err != nil {
				return err
			}
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				if err := db.AddParty(ctx, p); err != nil {
					return err
				}
				fmt.Fprintf(a.err, "party %s added\n", p.ID)
				return nil
			})
		},
	}
	c.Flags().StringVar(&p.Name, "name", "", "name of the firm")
	c.Flags().StringVar(&p.Scheme, "scheme", order.DefaultScheme, "numbering scheme of ID, as EDItX writes it")
	c.Flags().StringArrayVar(&aliases, "alias", nil, "another number of the party, SCHEME:VALUE; may be repeated")
	c.Flags().StringVar(&p.Profile, "profile", "", "how its documents are read: strict, trade or lenient (trade when not given)")
	requireFlags(c, "name")
	return dataFlag(c)
}

// completeParty puts the aliases and the profile as they were written into the
// party, and checks it.
func completeParty(p *order.Party, aliases []string) error {
	for _, s := range aliases {
		id, err := order.ParseIdentifier(s)
		if err != nil {
			return err
		}
		p.Aliases = append(p.Aliases, id)
	}
	if p.Profile != "" {
		profile, err := editx.ParseProfile(p.Profile)
		if err != nil {
			return err
		}
		p.Profile = string(profile)
	}
	return p.Check()
}

func newPartyList(a app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the parties",
		Example: `  bookgate party list
  bookgate party list --json | jq -r '.[].id'`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				parties, err := db.Parties(ctx)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(a.out, notNil(parties))
				}
				return printParties(a, parties)
			})
		},
	}
	jsonFlag(c, &asJSON)
	return dataFlag(c)
}

// printParties leaves out the column of the profiles as long as all parties
// have the usual one.
func printParties(a app, parties []order.Party) error {
	columns := []string{"PARTY", "SCHEME", "NAME", "ALSO KNOWN AS", "PROFILE"}
	if !slices.ContainsFunc(parties, func(p order.Party) bool { return p.Profile != "" }) {
		columns = columns[:4]
	}
	t := newTable(a.out, columns...)
	for _, p := range parties {
		cells := []string{string(p.ID), p.Scheme, nameWords(p), joinIdentifiers(p.Aliases), cmp.Or(p.Profile, string(editx.Trade))}
		t.row(cells[:len(columns)]...)
	}
	return t.flush()
}

func newPartyAllow(a app) *cobra.Command {
	var buyer string
	c := &cobra.Command{
		Use:   "allow SENDER --for BUYER",
		Short: "Let one party send orders in the name of another",
		Example: `  bookgate party allow 104 --for 7045
  bookgate party allow 104 --for 116 --data /var/lib/bookgate`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				if err := db.Allow(ctx, order.PartyID(args[0]), order.PartyID(buyer)); err != nil {
					return err
				}
				fmt.Fprintf(a.err, "party %s may send in the name of %s\n", args[0], buyer)
				return nil
			})
		},
	}
	c.Flags().StringVar(&buyer, "for", "", "the party in whose name it may send")
	requireFlags(c, "for")
	return dataFlag(c)
}

func joinIdentifiers(ids []order.Identifier) string {
	var words []string
	for _, id := range ids {
		words = append(words, id.String())
	}
	return strings.Join(words, ", ")
}

// notNil makes an empty list print as [] and not as null.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
