package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newParty groups the commands on parties.
func newParty(a app) *cobra.Command {
	c := &cobra.Command{
		Use:   "party",
		Short: "Add and list the parties, and who may act for whom",
		Example: `  bookgate party add 900877 --name "Eksempel Forlag"
  bookgate party list`,
	}
	c.AddCommand(newPartyAdd(a), newPartyList(a), newPartyAllow(a))
	return c
}

func newPartyAdd(a app) *cobra.Command {
	var p order.Party
	var aliases []string
	c := &cobra.Command{
		Use:   "add ID --name NAME",
		Short: "Add a party, or change its name and aliases",
		Example: `  bookgate party add 900877 --name "Eksempel Forlag"
  bookgate party add 7045 --name "Eksempel Bokhandel" --alias GLN:7080000070459`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			p.ID = order.PartyID(args[0])
			for _, s := range aliases {
				id, err := order.ParseIdentifier(s)
				if err != nil {
					return err
				}
				p.Aliases = append(p.Aliases, id)
			}
			if err := p.Check(); err != nil {
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
	requireFlags(c, "name")
	return dataFlag(c)
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
				t := newTable(a.out, "PARTY", "SCHEME", "NAME", "ALSO KNOWN AS")
				for _, p := range parties {
					t.row(string(p.ID), p.Scheme, p.Name, joinIdentifiers(p.Aliases))
				}
				return t.flush()
			})
		},
	}
	jsonFlag(c, &asJSON)
	return dataFlag(c)
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
