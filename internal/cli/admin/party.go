package admin

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/channel/email"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/cli/settings"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newParty groups the commands on parties.
func newParty(a cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "party",
		Short: "Manage parties",
		Example: `  bookgate party add 900877 --name "Eksempel Forlag"
  bookgate party list`,
	}
	c.AddCommand(newPartyAdd(a), newPartySet(a), newPartyList(a), newPartyShow(a), newPartyAllow(a))
	return c
}

func newPartyAdd(a cli.App) *cobra.Command {
	var p order.Party
	var aliases []string
	c := &cobra.Command{
		Use:   "add ID --name NAME",
		Short: "Add a party, or change its name, aliases and profile",
		Long: `Add a party, or change it: the new values replace the old ones.

--profile sets how strictly documents from the party are checked: trade accepts what a
receiver can process without guessing, strict also requires the public schema, lenient
also accepts harmless deviations.`,
		Example: `  bookgate party add 900877 --name "Eksempel Forlag"
  bookgate party add 7045 --name "Eksempel Bokhandel" --alias GLN:7080000070459
  bookgate party add 104 --name "Eksempel Skole" --profile strict`,
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			p.ID = order.PartyID(args[0])
			if err := completeParty(&p, aliases); err != nil {
				return err
			}
			return withStore(c, a, func(ctx context.Context, db *store.DB) error { return addParty(ctx, a, db, p) })
		},
	}
	c.Flags().StringVar(&p.Name, "name", "", "name of the company")
	c.Flags().StringVar(&p.Scheme, "scheme", order.DefaultScheme, "numbering scheme of ID, as EDItX writes it")
	c.Flags().StringArrayVar(&aliases, "alias", nil, "another number of the party, SCHEME:VALUE; may be repeated")
	c.Flags().StringVar(&p.Profile, "profile", "",
		"how its documents are checked: strict, trade or lenient (default trade)")
	cli.RequireFlags(c, "name")
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

func addParty(ctx context.Context, a cli.App, db *store.DB, p order.Party) (err error) {
	if p.Language, err = languageOf(ctx, db, p.ID); err != nil {
		return err
	}
	if err := db.AddParty(ctx, p); err != nil {
		return err
	}
	fmt.Fprintf(a.Err, "party %s added\n", p.ID)
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

func newPartyList(a cli.App) *cobra.Command {
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
		if listed[i].Email, err = email.Address(ctx, db, p.ID); err != nil {
			return nil, err
		}
	}
	return listed, nil
}

// printParties leaves out the columns in which all parties have what is usual.
func printParties(a cli.App, parties []listedParty) error {
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
		{"PROFILE", func(p listedParty) string { return cmp.Or(p.Profile, string(editx.Trade)) }, false,
			string(editx.Trade)},
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
	t := cli.NewTable(a.Out, names...)
	for _, p := range parties {
		var row []string
		for _, cell := range cells {
			row = append(row, cell(p))
		}
		t.Row(row...)
	}
	return t.Flush()
}

func newPartyAllow(a cli.App) *cobra.Command {
	var buyer string
	c := &cobra.Command{
		Use:   "allow SENDER --for BUYER",
		Short: "Allow a party to send orders on behalf of another",
		Example: `  bookgate party allow 104 --for 7045
  bookgate party allow 104 --for 116 --data /var/lib/bookgate`,
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				if err := db.Allow(ctx, order.PartyID(args[0]), order.PartyID(buyer)); err != nil {
					return err
				}
				fmt.Fprintf(a.Err, "party %s may send in the name of %s\n", args[0], buyer)
				return nil
			})
		},
	}
	c.Flags().StringVar(&buyer, "for", "", "the party on whose behalf it may send")
	cli.RequireFlags(c, "for")
	return dataFlag(c)
}

func joinIdentifiers(ids []order.Identifier) string {
	var words []string
	for _, id := range ids {
		words = append(words, id.String())
	}
	return strings.Join(words, ", ")
}

// partyUpdate is a change by party set.
type partyUpdate struct {
	email, language string
	noEmail         bool
}

func newPartySet(a cli.App) *cobra.Command {
	var w partyUpdate
	c := &cobra.Command{
		Use:   "set ID",
		Short: "Set the e-mail address and the language of a party",
		Long: `Set the e-mail address and the language of a party without a system of its own. With
--email each order for the party is sent to the address, with a link to a page on which
it is answered. A new address invalidates the links in e-mails to the old one; reminders
contain new links.

E-mails are sent through the mail server that is set with serve --smtp. Values that are
not named do not change.`,
		Example: `  bookgate party set 900877 --email ordre@forlag.example --language nb
  bookgate party set 900877 --no-email`,
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := w.check(c); err != nil {
				return err
			}
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				return w.apply(ctx, c, a, db, order.PartyID(args[0]))
			})
		},
	}
	c.Flags().StringVar(&w.email, "email", "", "e-mail address that receives the party's orders")
	c.Flags().BoolVar(&w.noEmail, "no-email", false, "stop sending e-mail to the party")
	c.Flags().StringVar(&w.language, "language", "",
		"language of e-mails: nb (Norwegian bokmål), sv (Swedish, for lease orders; other e-mails are in Norwegian) "+
			"or en (English)")
	return dataFlag(c)
}

func (w partyUpdate) check(c *cobra.Command) error {
	email, language := c.Flags().Changed("email"), c.Flags().Changed("language")
	switch {
	case email && w.noEmail:
		return cli.Usagef("--email and --no-email exclude each other")
	case !email && !w.noEmail && !language:
		return cli.Usagef("nothing to set\n  Say --email ADDRESS, --no-email or --language nb")
	}
	return nil
}

// apply stores the update and reports what has changed.
func (w partyUpdate) apply(ctx context.Context, c *cobra.Command, a cli.App, db *store.DB, id order.PartyID) error {
	p, err := db.Party(ctx, id)
	if err != nil {
		return err
	}
	if c.Flags().Changed("language") {
		p.Language = w.language
		if err := db.AddParty(ctx, p); err != nil {
			return err
		}
		fmt.Fprintf(a.Err, "party %s is written to in %s\n", id, cli.OrDash(w.language))
	}
	switch {
	case w.noEmail:
		had, err := email.DropAddress(ctx, db, id)
		if err == nil {
			fmt.Fprintf(a.Err, "party %s is not written to%s\n", id,
				map[bool]string{false: ", and was not before"}[had])
		}
		return err
	case c.Flags().Changed("email"):
		if err := email.SetAddress(ctx, db, id, w.email, time.Now()); err != nil {
			return err
		}
		address, err := email.Address(ctx, db, id)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.Err, "orders for party %s are written to %s\n", id, address)
		return warnWithoutMail(c, a)
	}
	return nil
}

// warnWithoutMail warns that e-mails may be queued. The server may have been
// given its mail server as a flag, which is not seen here.
func warnWithoutMail(c *cobra.Command, a cli.App) error {
	conf, err := settings.Load(c, a)
	if err == nil && conf["smtp"].Value == "" {
		fmt.Fprintln(a.Err,
			"No mail server is configured here; e-mails are queued until serve runs with --smtp HOST:PORT.")
	}
	return err
}

// shownParty is a party with all that was set for it: by party add, set and
// allow, and by route default.
type shownParty struct {
	listedParty
	ActsFor       []order.PartyID `json:"actsFor,omitempty"`
	DefaultSeller order.PartyID   `json:"defaultSeller,omitempty"`
}

func newPartyShow(a cli.App) *cobra.Command {
	return readCommand(a, &cobra.Command{
		Use:   "show ID",
		Short: "Show one party",
		Example: `  bookgate party show 7045
  bookgate party show 7045 --json --data /var/lib/bookgate`,
		Args: cli.ExactArgs(1),
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
func printParty(a cli.App, p shownParty) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Party %s (%s)\n", p.ID, p.Scheme)
	if p.Erased.IsZero() {
		fmt.Fprintf(&b, "Name     %s\nProfile  %s\n", cli.Printable(p.Name), cmp.Or(p.Profile, string(editx.Trade)))
	} else {
		fmt.Fprintf(&b, "Erased   %s; it can neither log in nor send nor receive\n",
			p.Erased.Local().Format(time.DateTime))
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
			fmt.Fprintf(&b, "%-8s %s\n", line.name, cli.Printable(line.value))
		}
	}
	_, err := b.WriteTo(a.Out)
	return err
}
