package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/dialect/letter"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// partyWish is what party set was told.
type partyWish struct {
	email, language string
	noEmail         bool
}

func newPartySet(a app) *cobra.Command {
	var w partyWish
	c := &cobra.Command{
		Use:   "set ID",
		Short: "Write a party's orders to it by mail, in its language",
		Long: `Say how a party is written to. With --email each order for the party goes to the
address as a letter, with a link to a page on which it is answered; that is for
parties that have no system of their own. A new address ends the links of the
letters that went to the old one; reminders bring new links.

Letters go out through the mail server that serve was given with --smtp. What is
not named here stays as it is.`,
		Example: `  bookgate party set 900877 --email ordre@forlag.example --language nb
  bookgate party set 900877 --no-email`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := w.check(c); err != nil {
				return err
			}
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				return w.apply(ctx, c, a, db, order.PartyID(args[0]))
			})
		},
	}
	c.Flags().StringVar(&w.email, "email", "", "address to which the party's orders are written")
	c.Flags().BoolVar(&w.noEmail, "no-email", false, "write to it no more")
	c.Flags().StringVar(&w.language, "language", "", "language of the letters: nb (Norwegian bokmål), sv (Swedish, for leases; other letters are Norwegian then) or en (English)")
	return dataFlag(c)
}

func (w partyWish) check(c *cobra.Command) error {
	email, language := c.Flags().Changed("email"), c.Flags().Changed("language")
	switch {
	case email && w.noEmail:
		return usagef("--email and --no-email exclude each other")
	case !email && !w.noEmail && !language:
		return usagef("nothing to set\n  Say --email ADDRESS, --no-email or --language nb")
	}
	return nil
}

// apply sets what was wished and says what is now so.
func (w partyWish) apply(ctx context.Context, c *cobra.Command, a app, db *store.DB, id order.PartyID) error {
	p, err := db.Party(ctx, id)
	if err != nil {
		return err
	}
	if c.Flags().Changed("language") {
		p.Language = w.language
		if err := db.AddParty(ctx, p); err != nil {
			return err
		}
		fmt.Fprintf(a.err, "party %s is written to in %s\n", id, orDash(w.language))
	}
	switch {
	case w.noEmail:
		had, err := letter.DropAddress(ctx, db, id)
		if err == nil {
			fmt.Fprintf(a.err, "party %s is not written to%s\n", id, map[bool]string{false: ", and was not before"}[had])
		}
		return err
	case c.Flags().Changed("email"):
		if err := letter.SetAddress(ctx, db, id, w.email, time.Now()); err != nil {
			return err
		}
		address, err := letter.Address(ctx, db, id)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.err, "orders for party %s are written to %s\n", id, address)
		return warnWithoutMail(c, a)
	}
	return nil
}

// warnWithoutMail says when letters may have to wait. The server may have been
// given its mail server as a flag, which is not seen here.
func warnWithoutMail(c *cobra.Command, a app) error {
	conf, err := loadConfig(c, a)
	if err == nil && conf["smtp"].Value == "" {
		fmt.Fprintf(a.err, "No mail server is set here; letters wait until serve runs with --smtp HOST:PORT.\n")
	}
	return err
}
