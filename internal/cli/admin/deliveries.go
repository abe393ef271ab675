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
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// undeliveredFlags say which deliveries an operator means.
type undeliveredFlags struct {
	party, kind, state, before string
	limit                      int
}

// Bounds of a page of deliveries.
const (
	usualUndelivered = 100  // some screenfuls
	mostUndelivered  = 1000 // each is read with its last attempt
)

// query checks the flags.
func (f undeliveredFlags) query() (q webhook.UndeliveredQuery, err error) {
	q = webhook.UndeliveredQuery{Party: order.PartyID(f.party), Before: f.before, Limit: f.limit}
	switch strings.ToLower(f.kind) {
	case "":
	case string(webhook.ByWebhook), string(webhook.ByCallback):
		q.Channel = webhook.Channel(strings.ToLower(f.kind))
	case string(webhook.ByEmail), "email", "mail":
		q.Channel = webhook.ByEmail
	default:
		return q, cli.Usagef("%q is not a kind of delivery\n  Say --kind webhook, callback or e-mail", f.kind)
	}
	switch state := webhook.DeliveryState(strings.ToLower(f.state)); state {
	case "", webhook.Pending, webhook.Failed, webhook.AnyState:
		q.State = state
	default:
		return q, cli.Usagef("%q is not a state of a delivery\n  Say --state failed, pending or all", f.state)
	}
	if f.limit < 1 || f.limit > mostUndelivered {
		return q, cli.Usagef("--limit %d is not between 1 and %d", f.limit, mostUndelivered)
	}
	return q, nil
}

// newDeliveries shows an operator what was not delivered, of all parties and by
// whatever means.
func newDeliveries(a cli.App) *cobra.Command {
	f := undeliveredFlags{}
	c := readCommand(a, &cobra.Command{
		Use:   "deliveries",
		Short: "List and resend failed and pending deliveries",
		Long: `List failed and pending deliveries, newest first: webhooks, callbacks and e-mails of
all parties, with the error of the receiving server. Pending deliveries are retried
automatically; failed ones only with deliveries resend.`,
		Example: `  bookgate deliveries
  bookgate deliveries --kind e-mail --state failed
  bookgate deliveries --party 900877 --json`,
	}, func(ctx context.Context, db *store.DB, _ []string) ([]undelivered, error) {
		q, err := f.query()
		if err != nil {
			return nil, err
		}
		if q.Party != "" {
			if _, err := db.Party(ctx, q.Party); err != nil {
				return nil, err
			}
		}
		return listUndelivered(ctx, db, q)
	}, func(a cli.App, all []undelivered) error { return printUndelivered(a, all, f) })
	c.Flags().StringVar(&f.party, "party", "", "only deliveries to this party")
	c.Flags().StringVar(&f.kind, "kind", "", "only webhook, callback or e-mail")
	c.Flags().StringVar(&f.state, "state", "", "only failed or pending; all also lists delivered ones")
	c.Flags().StringVar(&f.before, "before", "", "only deliveries older than this one, for the next page")
	c.Flags().IntVar(&f.limit, "limit", usualUndelivered, "the maximum number, 1 to 1000")
	c.AddCommand(newDeliveriesShow(a), newDeliveriesResend(a))
	return c
}

// undelivered is a delivery as the operator sees it.
type undelivered struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	State    string    `json:"state"`
	Party    string    `json:"party"`
	To       string    `json:"to"` // an e-mail address, or scheme and host of a URL
	Endpoint string    `json:"endpoint"`
	Format   string    `json:"format"`
	Event    string    `json:"event"`
	Order    string    `json:"order,omitempty"`
	Number   string    `json:"orderNumber,omitempty"`
	Since    time.Time `json:"since"`
	Tries    int       `json:"tries"`
	LastTry  time.Time `json:"lastTry,omitzero"`
	NextTry  time.Time `json:"nextTry,omitzero"`
	Status   int       `json:"status,omitempty"` // of the last answer
	Why      string    `json:"why,omitempty"`
}

// listUndelivered reads a page. The address of a lease's customer stands in the
// order alone.
func listUndelivered(ctx context.Context, db *store.DB, q webhook.UndeliveredQuery) ([]undelivered, error) {
	all, err := db.Undelivered(ctx, q)
	if err != nil {
		return nil, err
	}
	listed := []undelivered{}
	for _, u := range all {
		one, err := describe(ctx, db, u)
		if err != nil {
			return nil, err
		}
		listed = append(listed, one)
	}
	return listed, nil
}

func describe(ctx context.Context, db *store.DB, u webhook.Undelivered) (undelivered, error) {
	d := u.Delivery
	one := undelivered{
		ID: d.ID, Kind: string(u.Endpoint.Channel()), State: string(d.State), Party: string(d.Party),
		To: u.Endpoint.Recipient(), Endpoint: u.Endpoint.ID, Format: u.Endpoint.Format, Event: string(d.Type),
		Order: string(d.Event.Order), Number: d.Event.Number, Since: d.Created, Tries: d.Attempts,
		LastTry: u.Last.At, NextTry: u.Next(), Status: u.Last.Status, Why: u.Why(),
	}
	if u.Endpoint.Format != montly.MailName {
		return one, nil
	}
	mails := montly.NewMailer(actionmail.Config{Exchange: newLocalExchange(db), Store: db})
	to, err := mails.Recipient(ctx, d)
	if err != nil && !actionmail.IsGone(err) {
		return one, err
	}
	one.To = to
	return one, nil
}

func printUndelivered(a cli.App, all []undelivered, f undeliveredFlags) error {
	if len(all) == 0 {
		none := "nothing is undelivered"
		if strings.EqualFold(f.state, string(webhook.AnyState)) {
			none = "there are no deliveries"
		}
		fmt.Fprintln(a.Err, none)
		return nil
	}
	now := time.Now()
	t := cli.NewTable(a.Out, "DELIVERY", "SINCE", "KIND", "PARTY", "TO", "ORDER", "EVENT", "STATE", "TRIES",
		"NEXT TRY", "WHY")
	for _, u := range all {
		t.Row(u.ID, cli.ShortTime(u.Since, now), u.Kind, u.Party, cli.OrDash(u.To), cli.OrDash(u.Number), u.Event,
			u.State, strconv.Itoa(u.Tries), cli.TimeOrDash(u.NextTry, now), cli.OrDash(u.Why))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the deliveries: %w", err)
	}
	fmt.Fprintln(a.Err, "send again:  bookgate deliveries resend DELIVERY")
	if len(all) == f.limit {
		fmt.Fprintf(a.Err, "older ones:  bookgate deliveries --before %s\n", all[len(all)-1].ID)
	}
	return nil
}

// shownDelivery is a delivery with all its tries.
type shownDelivery struct {
	undelivered
	Attempts []cli.Attempt `json:"attempts"`
}

func newDeliveriesShow(a cli.App) *cobra.Command {
	return readCommand(a, &cobra.Command{
		Use:   "show DELIVERY",
		Short: "Show a delivery and its attempts",
		Example: `  bookgate deliveries show msg_019e82a0-3d00-7194-aa65-f3527d8b237b
  bookgate deliveries show msg_019e82a0-3d00-7194-aa65-f3527d8b237b --json   # with headers and body`,
		Args: cli.ExactArgs(1),
	}, showDelivery, printDelivery)
}

func showDelivery(ctx context.Context, db *store.DB, args []string) (s shownDelivery, err error) {
	t, err := db.MailTask(ctx, args[0])
	if err != nil {
		return s, err
	}
	attempts, err := db.Attempts(ctx, t.Endpoint.Party, t.Endpoint.ID, t.Delivery.ID)
	if err != nil {
		return s, err
	}
	u := webhook.Undelivered{Task: t}
	s.Attempts = []cli.Attempt{}
	for _, one := range attempts {
		u.Last = one
		s.Attempts = append(s.Attempts,
			cli.Attempt{Number: one.Number, At: one.At, Milliseconds: one.Took.Milliseconds(), Status: one.Status,
				Error: one.Error, Header: one.Header, Body: strings.ToValidUTF8(string(one.Body), "\uFFFD")})
	}
	s.undelivered, err = describe(ctx, db, u)
	return s, err
}

func printDelivery(a cli.App, s shownDelivery) error {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(a.Out, "%-9s %s\n", name, cli.Printable(value))
		}
	}
	fmt.Fprintf(a.Out, "Delivery %s, %s\n", s.ID, s.State)
	line("Kind", s.Kind+" ("+s.Format+"), "+s.Event)
	line("To", strings.TrimSpace("party "+s.Party+"  "+s.To))
	line("Order", strings.TrimSpace(s.Number+"  "+s.Order))
	line("Since", s.Since.Local().Format(time.DateTime))
	line("Endpoint", s.Endpoint)
	if !s.NextTry.IsZero() {
		line("Next try", s.NextTry.Local().Format(time.DateTime))
	}
	line("Why", s.Why)
	if len(s.Attempts) == 0 {
		return nil
	}
	fmt.Fprintln(a.Out)
	return cli.PrintAttempts(a, s.Attempts)
}

// resendWhich says what is sent again.
type resendWhich struct {
	party       string
	failed, all bool
}

func newDeliveriesResend(a cli.App) *cobra.Command {
	var w resendWhich
	c := &cobra.Command{
		Use:   "resend [DELIVERY…]",
		Short: "Resend deliveries: single ones, those of a party, or all failed ones",
		Long: `Resend deliveries: single ones, those of a party, all failed ones, or with --all also
those that wait for their next attempt. Each keeps its id, so that a receiver can
recognise it. A running server sends them within a second.`,
		Example: `  bookgate deliveries resend msg_019e82a0-3d00-7194-aa65-f3527d8b237b
  bookgate deliveries resend --party 900877
  bookgate deliveries resend --all-failed`,
		Args: func(_ *cobra.Command, args []string) error {
			named := w.party != "" || w.failed || w.all
			switch {
			case len(args) > 0 && named:
				return cli.Usagef("name single deliveries, or say which with --party, --all-failed or --all")
			case len(args) == 0 && !named:
				return cli.Usagef("nothing to send again\n  Name deliveries, or say --party ID, --all-failed or --all")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				n, waits, err := w.resend(ctx, db, args)
				if err != nil {
					return err
				}
				for _, e := range waits {
					fmt.Fprintf(a.Err, "endpoint %s of party %s is %s; "+
						"what is for it waits until its owner resumes it\n", e.ID, e.Party, e.State)
				}
				return cli.PrintResent(a, int64(n))
			})
		},
	}
	c.Flags().StringVar(&w.party, "party", "", "failed and waiting deliveries to this party")
	c.Flags().BoolVar(&w.failed, "all-failed", false, "all failed deliveries; with --party, of that party only")
	c.Flags().BoolVar(&w.all, "all", false, "all failed and waiting deliveries")
	return dataFlag(c)
}

// resend sends deliveries again, and returns how many, and the endpoints that
// are sent nothing.
func (w resendWhich) resend(ctx context.Context, db *store.DB, ids []string) (n int, waits []webhook.Endpoint,
	err error) {
	one := func(t webhook.Task) error {
		sent, err := db.Resend(ctx,
			webhook.Resend{Party: t.Endpoint.Party, Endpoint: t.Endpoint.ID, ID: t.Delivery.ID, Now: time.Now()})
		if err != nil {
			return err
		}
		n += int(sent)
		listed := func(e webhook.Endpoint) bool { return e.ID == t.Endpoint.ID }
		if s := t.Endpoint.State; s != webhook.Active && s != webhook.Failing && !slices.ContainsFunc(waits, listed) {
			waits = append(waits, t.Endpoint)
		}
		return nil
	}
	for _, id := range ids {
		t, err := db.MailTask(ctx, id)
		if err != nil {
			return n, waits, err
		}
		if err := one(t); err != nil {
			return n, waits, err
		}
	}
	if len(ids) > 0 {
		return n, waits, nil
	}
	q := webhook.UndeliveredQuery{Party: order.PartyID(w.party), Limit: mostUndelivered}
	if w.failed {
		q.State = webhook.Failed
	}
	if w.party != "" {
		if _, err := db.Party(ctx, q.Party); err != nil {
			return 0, nil, err
		}
	}
	for {
		page, err := db.Undelivered(ctx, q)
		if err != nil {
			return n, waits, err
		}
		for _, u := range page {
			if q.Before = u.Delivery.ID; u.Delivery.State == webhook.Pending && u.Last.Number == 0 &&
				u.Endpoint.Failures == 0 {
				continue // it is on its way for the first time
			}
			if err := one(u.Task); order.KindOf(err) == order.NotFound {
				continue // it was deleted meanwhile
			} else if err != nil {
				return n, waits, err
			}
		}
		if len(page) < mostUndelivered {
			return n, waits, nil
		}
	}
}
