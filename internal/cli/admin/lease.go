package admin

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newLease groups the finance company's decisions.
func newLease(a cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "lease",
		Short: "List, accept and decline lease orders, and resend their e-mails",
		Example: `  bookgate lease list
  bookgate lease accept 01a1fd9d`,
	}
	c.AddCommand(newLeaseAccept(a), newLeaseDecline(a), newLeaseResend(a), newLeaseList(a))
	return c
}

// leaseName is how a person names a lease order.
const leaseName = `ORDER is the order's id, an unambiguous beginning of the id of an order that is not
signed yet, or the shop's order number; --party selects the shop when several use the
number.`

func newLeaseAccept(a cli.App) *cobra.Command {
	return leaseCommand(a, &cobra.Command{
		Use:   "accept ORDER",
		Short: "Accept a lease order; its customer is asked to sign",
		Long: `Accept a lease order. The server sends the customer an e-mail with a link to the page
on which the agreement is signed. Test orders are accepted in the same way.

` + leaseName,
		Example: `  bookgate lease accept 01a1fd9d
  bookgate lease accept 1001 --party 7045`,
	}, func(c *cobra.Command, l localLeases, o order.Order) error {
		if _, err := l.api.Accept(c.Context(), operator(), o.ID); err != nil {
			return err
		}
		fmt.Fprintf(a.Err, "lease order %s of party %s is accepted; its customer is asked to sign\n",
			cli.Printable(o.Number), o.Sender)
		return warnWithoutMail(c, a)
	})
}

func newLeaseDecline(a cli.App) *cobra.Command {
	var reason string
	c := leaseCommand(a, &cobra.Command{
		Use:   "decline ORDER",
		Short: "Decline a lease order",
		Long: `Decline a lease order. The shop is notified, with the reason. Test orders are declined
in the same way.

` + leaseName,
		Example: `  bookgate lease decline 01a1fd9d --reason "The credit limit is reached"
  bookgate lease decline 1001 --party 7045 --data /var/lib/bookgate`,
	}, func(c *cobra.Command, l localLeases, o order.Order) error {
		if _, err := l.api.Decline(c.Context(), operator(), o.ID, reason); err != nil {
			return err
		}
		fmt.Fprintf(a.Err, "lease order %s of party %s is declined\n", cli.Printable(o.Number), o.Sender)
		return nil
	})
	c.Flags().StringVar(&reason, "reason", "", "the reason, which the shop can read")
	return c
}

func newLeaseResend(a cli.App) *cobra.Command {
	return leaseCommand(a, &cobra.Command{
		Use:   "resend ORDER",
		Short: "Resend the pending e-mail to the customer",
		Long: `Resend the e-mail in which the customer signs the agreement, or confirms the delivery,
after it was bounced or lost. It has the same link as the first.

` + leaseName,
		Example: `  bookgate lease resend 01a1fd9d
  bookgate lease resend 1001 --party 7045`,
	}, func(c *cobra.Command, l localLeases, o order.Order) error {
		if err := l.api.ResendMail(c.Context(), o.ID); err != nil {
			return err
		}
		fmt.Fprintf(a.Err, "the e-mail about lease order %s of party %s is sent again\n", cli.Printable(o.Number),
			o.Sender)
		return warnWithoutMail(c, a)
	})
}

// leaseCommand makes a command on the lease order that its argument means.
func leaseCommand(a cli.App, c *cobra.Command,
	do func(c *cobra.Command, l localLeases, o order.Order) error) *cobra.Command {
	var party string
	c.Args = cli.ExactArgs(1)
	c.RunE = func(c *cobra.Command, args []string) error {
		return withStore(c, a, func(ctx context.Context, db *store.DB) error {
			l := newLocalLeases(db)
			o, err := l.find(ctx, args[0], order.PartyID(party))
			if err != nil {
				return err
			}
			return do(c, l, o)
		})
	}
	c.Flags().StringVar(&party, "party", "", "the shop, when several use the number")
	return dataFlag(c)
}

func newLeaseList(a cli.App) *cobra.Command {
	return readCommand(a, &cobra.Command{
		Use:   "list",
		Short: "List undecided lease orders, test orders last",
		Example: `  bookgate lease list
  bookgate lease list --json | jq -r '.[] | select(.mode == "live") | .id'`,
	}, func(ctx context.Context, db *store.DB, _ []string) ([]montly.Application, error) {
		undecided, err := db.Held(ctx, montly.Source, montly.Undecided)
		if err != nil {
			return nil, err
		}
		waiting, err := montly.Applications(undecided)
		return cli.NotNil(waiting), err
	}, printLeases)
}

func printLeases(a cli.App, waiting []montly.Application) error {
	now := time.Now()
	t := cli.NewTable(a.Out, "ORDER", "PARTY", "NUMBER", "COMPANY", "ORG NUMBER", "MONTHLY", "MONTHS", "RECEIVED",
		"MODE")
	for _, w := range waiting {
		t.Row(string(w.ID), string(w.Party), w.Number, w.Company, w.OrgNumber, w.Amount(),
			strconv.FormatInt(w.Months, 10), cli.ShortTime(w.Received.Time, now), w.Mode)
	}
	return t.Flush()
}

// localLeases are the lease orders of a store, without a server.
type localLeases struct {
	db       *store.DB
	exchange *order.Exchange
	api      *montly.API
}

func newLocalLeases(db *store.DB) localLeases {
	x := newLocalExchange(db)
	mails := montly.NewMailer(actionmail.Config{Exchange: x, Store: db})
	return localLeases{db: db, exchange: x, api: montly.New(montly.Config{Exchange: x, Mailer: mails})}
}

// find returns the lease order that name means; party is "" for any.
func (l localLeases) find(ctx context.Context, name string, party order.PartyID) (order.Order, error) {
	if id, ok := order.ParseID(name); ok {
		o, err := l.exchange.LoadForOperator(ctx, id)
		if err == nil && (o.Dialect() != montly.Source || party != "" && o.Sender != party) {
			return o, errNoLease(name)
		}
		return o, err
	}
	found, err := l.byPrefix(ctx, name)
	if err != nil {
		return order.Order{}, err
	}
	numbered, err := l.byNumber(ctx, name)
	if err != nil {
		return order.Order{}, err
	}
	found = slices.DeleteFunc(append(found, numbered...),
		func(o order.Order) bool { return party != "" && o.Sender != party })
	slices.SortFunc(found, func(a, b order.Order) int { return strings.Compare(string(a.ID), string(b.ID)) })
	found = slices.CompactFunc(found, func(a, b order.Order) bool { return a.ID == b.ID })
	switch len(found) {
	case 0:
		return order.Order{}, errNoLease(name)
	case 1:
		return found[0], nil
	}
	return order.Order{}, errAmbiguousLease(name, found)
}

// byPrefix returns the orders, not signed yet, whose ids begin with name.
func (l localLeases) byPrefix(ctx context.Context, name string) ([]order.Order, error) {
	begin := strings.ToLower(name)
	return l.db.Held(ctx, montly.Source,
		func(o *order.Order) bool { return begin != "" && strings.HasPrefix(string(o.ID), begin) })
}

// byNumber returns the orders that have a shop's number, of every shop and mode.
func (l localLeases) byNumber(ctx context.Context, name string) (found []order.Order, err error) {
	parties, err := l.db.Parties(ctx)
	if err != nil || name == "" {
		return nil, err
	}
	for _, p := range parties {
		for _, test := range []bool{false, true} {
			orders, _, err := l.exchange.Find(ctx,
				order.FindQuery{Sender: p.ID, Source: order.SourceOf(montly.Source, test), Number: name, Limit: 1})
			if err != nil {
				return nil, err
			}
			found = append(found, orders...)
		}
	}
	return found, nil
}

func errNoLease(name string) error {
	return order.Errorf(order.NotFound, "order-not-found", "There is no lease order %s.", order.Truncate(name)).
		WithHint("Look in: bookgate lease list")
}

// maxLeases bounds the candidates that are shown: a screenful.
const maxLeases = 10

func errAmbiguousLease(name string, found []order.Order) error {
	e := order.Errorf(order.Malformed, "id-ambiguous", "%s means %d lease orders.", order.Truncate(name), len(found)).
		WithHint("Write the id, or say --party.")
	for _, o := range found[:min(len(found), maxLeases)] {
		e = e.WithField(order.Field{Message: string(o.ID) + "  number " + order.Truncate(o.Number) + " of " +
			"party " + string(o.Sender) + ", " + montly.Mode(&o)})
	}
	return e
}
