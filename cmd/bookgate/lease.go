package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newLease groups the finance company's decisions.
func newLease(a app) *cobra.Command {
	c := &cobra.Command{
		Use:   "lease",
		Short: "List, accept and decline lease orders, and resend e-mails to customers",
		Example: `  bookgate lease list
  bookgate lease accept 01a1fd9d`,
	}
	c.AddCommand(newLeaseAccept(a), newLeaseDecline(a), newLeaseLetter(a), newLeaseList(a))
	return c
}

// leaseName is how a person names a lease order.
const leaseName = `ORDER is the order's id, its beginning as long as it means one order that is not
signed yet, or the shop's number of it; --party says which shop's when several
use the number.`

func newLeaseAccept(a app) *cobra.Command {
	return leaseCommand(a, &cobra.Command{
		Use:   "accept ORDER",
		Short: "Accept a lease order, so that its customer is asked to sign",
		Long: `Accept a lease order. The customer gets an e-mail with a link to the page on which
the agreement is signed; the running server sends it. Test orders are accepted in the
same way.

` + leaseName,
		Example: `  bookgate lease accept 01a1fd9d
  bookgate lease accept 1001 --party 7045`,
	}, func(c *cobra.Command, l leases, o order.Order) error {
		if _, err := l.api.Accept(c.Context(), operator(), o.ID); err != nil {
			return err
		}
		fmt.Fprintf(a.err, "lease order %s of party %s is accepted; its customer is asked to sign\n", printable(o.Number), o.Sender)
		return warnWithoutMail(c, a)
	})
}

func newLeaseDecline(a app) *cobra.Command {
	var reason string
	c := leaseCommand(a, &cobra.Command{
		Use:   "decline ORDER",
		Short: "Decline a lease order",
		Long: `Decline a lease order. The shop is told, with the reason. Trials are decided about
in the same way.

` + leaseName,
		Example: `  bookgate lease decline 01a1fd9d --reason "The credit limit is reached"
  bookgate lease decline 1001 --party 7045 --data /var/lib/bookgate`,
	}, func(c *cobra.Command, l leases, o order.Order) error {
		if _, err := l.api.Decline(c.Context(), operator(), o.ID, reason); err != nil {
			return err
		}
		fmt.Fprintf(a.err, "lease order %s of party %s is declined\n", printable(o.Number), o.Sender)
		return nil
	})
	c.Flags().StringVar(&reason, "reason", "", "why, in a sentence that the shop may read")
	return c
}

func newLeaseLetter(a app) *cobra.Command {
	return leaseCommand(a, &cobra.Command{
		Use:   "resend ORDER",
		Short: "Resend the pending e-mail to the customer",
		Long: `Resend the e-mail with which the customer signs the agreement, or confirms the
delivery, after the mail server has rejected it or it was lost. It has the same link
as the first.

` + leaseName,
		Example: `  bookgate lease resend 01a1fd9d
  bookgate lease resend 1001 --party 7045`,
	}, func(c *cobra.Command, l leases, o order.Order) error {
		if err := l.api.ResendMail(c.Context(), o.ID); err != nil {
			return err
		}
		fmt.Fprintf(a.err, "the e-mail about lease order %s of party %s is sent again\n", printable(o.Number), o.Sender)
		return warnWithoutMail(c, a)
	})
}

// leaseCommand makes a command on the lease order that its argument means.
func leaseCommand(a app, c *cobra.Command, do func(c *cobra.Command, l leases, o order.Order) error) *cobra.Command {
	var party string
	c.Args = exactArgs(1)
	c.RunE = func(c *cobra.Command, args []string) error {
		return withStore(c, a, func(ctx context.Context, db *store.DB) error {
			l := leasesOver(db)
			o, err := l.find(ctx, args[0], order.PartyID(party))
			if err != nil {
				return err
			}
			return do(c, l, o)
		})
	}
	c.Flags().StringVar(&party, "party", "", "the shop, where several use the number")
	return dataFlag(c)
}

func newLeaseList(a app) *cobra.Command {
	return readCommand(a, &cobra.Command{
		Use:   "list",
		Short: "List the lease orders that wait for a decision, trials last",
		Example: `  bookgate lease list
  bookgate lease list --json | jq -r '.[] | select(.mode == "live") | .id'`,
	}, func(ctx context.Context, db *store.DB, _ []string) ([]montly.Application, error) {
		undecided, err := db.Held(ctx, montly.Source, montly.Undecided)
		if err != nil {
			return nil, err
		}
		waiting, err := montly.Applications(undecided)
		return notNil(waiting), err
	}, printLeases)
}

func printLeases(a app, waiting []montly.Application) error {
	now := time.Now()
	t := newTable(a.out, "ORDER", "PARTY", "NUMBER", "COMPANY", "ORG NUMBER", "MONTHLY", "MONTHS", "RECEIVED", "MODE")
	for _, w := range waiting {
		t.row(string(w.ID), string(w.Party), w.Number, w.Company, w.OrgNumber, w.Amount(), strconv.FormatInt(w.Months, 10), shortTime(w.Received.Time, now), w.Mode)
	}
	return t.flush()
}
