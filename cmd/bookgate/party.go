package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/dialect/letter"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newParty groups the commands on parties.
func newParty(a app) *cobra.Command {
	c := &cobra.Command{
		Use:   "party",
		Short: "Manage parties",
		Example: `  bookgate party add 900877 --name "Eksempel Forlag"
  bookgate party list`,
	}
	c.AddCommand(newPartyAdd(a), newPartySet(a), newPartyList(a), newPartyShow(a), newPartyAllow(a))
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
			return withStore(c, a, func(ctx context.Context, db *store.DB) error { return addParty(ctx, a, db, p) })
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

func addParty(ctx context.Context, a app, db *store.DB, p order.Party) (err error) {
	if p.Language, err = languageOf(ctx, db, p.ID); err != nil {
		return err
	}
	if err := db.AddParty(ctx, p); err != nil {
		return err
	}
	fmt.Fprintf(a.err, "party %s added\n", p.ID)
	return nil
}

// languageOf is the language that a party has so far: party add does not name
// it, and must not take it away.
func languageOf(ctx context.Context, db *store.DB, id order.PartyID) (string, error) {
	p, err := db.Party(ctx, id)
	if order.KindOf(err) == order.NotFound {
		return "", nil
	}
	return p.Language, err
}

func newPartyList(a app) *cobra.Command {
	return readCommand(a, &cobra.Command{
		Use:   "list",
		Short: "List the parties",
		Example: `  bookgate party list
  bookgate party list --json | jq -r '.[].id'`,
	}, listParties, printParties)
}

// listedParty is a party with the address to which it is written.
type listedParty struct {
	order.Party
	Email string `json:"email,omitempty"`
}

func listParties(ctx context.Context, db *store.DB, _ []string) ([]listedParty, error) {
	parties, err := db.Parties(ctx)
	if err != nil {
		return nil, err
	}
	listed := make([]listedParty, len(parties))
	for i, p := range parties {
		listed[i].Party = p
		if listed[i].Email, err = letter.Address(ctx, db, p.ID); err != nil {
			return nil, err
		}
	}
	return listed, nil
}

// printParties leaves out the columns in which all parties have what is usual.
func printParties(a app, parties []listedParty) error {
	columns := []struct {
		name   string
		cell   func(listedParty) string
		always bool
		usual  string
	}{
		{"PARTY", func(p listedParty) string { return string(p.ID) }, true, ""},
		{"SCHEME", func(p listedParty) string { return p.Scheme }, true, ""},
		{"NAME", func(p listedParty) string { return nameWords(p.Party) }, true, ""},
		{"ALSO KNOWN AS", func(p listedParty) string { return joinIdentifiers(p.Aliases) }, true, ""},
		{"PROFILE", func(p listedParty) string { return cmp.Or(p.Profile, string(editx.Trade)) }, false, string(editx.Trade)},
		{"LANGUAGE", func(p listedParty) string { return p.Language }, false, ""},
		{"E-MAIL", func(p listedParty) string { return p.Email }, false, ""},
	}
	var names []string
	var cells []func(listedParty) string
	for _, c := range columns {
		if c.always || slices.ContainsFunc(parties, func(p listedParty) bool { return c.cell(p) != c.usual }) {
			names, cells = append(names, c.name), append(cells, c.cell)
		}
	}
	t := newTable(a.out, names...)
	for _, p := range parties {
		var row []string
		for _, cell := range cells {
			row = append(row, cell(p))
		}
		t.row(row...)
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
