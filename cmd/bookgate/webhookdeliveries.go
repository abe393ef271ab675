package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
)

func newWebhookDeliveries(a app) *cobra.Command {
	var q client.DeliveryQuery
	var asJSON bool
	c := webhookCommand(a, &cobra.Command{
		Use:   "deliveries ID",
		Short: "List what was sent to an endpoint or waits for it, newest first",
		Example: `  bookgate webhook deliveries ep_4K
  bookgate webhook deliveries ep_4K --state failed --json`,
	}, func(ctx context.Context, on webhookCall) error {
		all, more, err := on.client.Deliveries(ctx, on.webhook.ID, q)
		if err != nil {
			return err
		}
		return listDeliveries(a, on.webhook, all, more, asJSON)
	})
	c.Flags().StringVar(&q.State, "state", "", "only those that are pending, delivered or failed")
	c.Flags().StringVar(&q.Before, "before", "", "only those older than this one, for the next page")
	c.Flags().IntVar(&q.Limit, "limit", 50, "the greatest number of them, 1 to 200")
	jsonFlag(c, &asJSON)
	return c
}

func listDeliveries(a app, w hal.Webhook, all []hal.Delivery, more bool, asJSON bool) error {
	if asJSON {
		return printJSON(a.out, all)
	}
	if len(all) == 0 {
		fmt.Fprintln(a.err, "no deliveries")
		return nil
	}
	now := time.Now()
	t := newTable(a.out, "DELIVERY", "TIME", "EVENT", "ORDER", "STATE", "TRIES", "NEXT TRY")
	for _, d := range all {
		t.row(d.ID, shortTime(d.Created.Time, now), d.Type, orDash(d.Number), d.State, strconv.Itoa(d.Attempts), timeOrDash(d.Due.Time, now))
	}
	if err := t.flush(); err != nil {
		return fmt.Errorf("print the deliveries: %w", err)
	}
	if more {
		fmt.Fprintf(a.err, "older ones:  bookgate webhook deliveries %s --before %s\n", w.ID, all[len(all)-1].ID)
	}
	return nil
}

func newWebhookAttempts(a app) *cobra.Command {
	var asJSON bool
	c := webhookCommand(a, &cobra.Command{
		Use:   "attempts ID DELIVERY",
		Short: "Show every try of a delivery, and what came back",
		Example: `  bookgate webhook attempts ep_4K msg_019e82a0-3d00-7194-aa65-f3527d8b237b
  bookgate webhook attempts ep_4K msg_019e82a0-3d00-7194-aa65-f3527d8b237b --json   # with headers and body`,
		Args: exactArgs(2),
	}, func(ctx context.Context, on webhookCall) error {
		all, err := on.client.Attempts(ctx, on.webhook.ID, on.args[0])
		if err != nil {
			return err
		}
		return listAttempts(a, all, asJSON)
	})
	jsonFlag(c, &asJSON)
	return c
}

func listAttempts(a app, all []hal.Attempt, asJSON bool) error {
	if asJSON {
		return printJSON(a.out, all)
	}
	if len(all) == 0 {
		fmt.Fprintln(a.err, "not tried yet")
		return nil
	}
	shown := make([]shownAttempt, len(all))
	for i, one := range all {
		shown[i] = shownAttempt{Number: one.Number, At: one.At.Time, Milliseconds: one.Milliseconds, Status: one.Status, Error: one.Error, Body: one.Body}
	}
	return printAttempts(a, shown)
}

// resendFlags are what webhook resend was told.
type resendFlags struct {
	since  string
	failed bool
}

func newWebhookResend(a app) *cobra.Command {
	var f resendFlags
	c := webhookCommand(a, &cobra.Command{
		Use:   "resend ID [DELIVERY]",
		Short: "Send deliveries again: one, those made since a time, or those that failed",
		Long: `Send deliveries again: one, those made since a time, or those that failed; with
both flags, those that failed since then. Each keeps its id, so that a receiver
can tell what it has had. A bookgate listen that runs hears of them too.`,
		Example: `  bookgate webhook resend ep_4K msg_019e82a0-3d00-7194-aa65-f3527d8b237b
  bookgate webhook resend ep_4K --failed
  bookgate webhook resend ep_4K --since 2h`,
		Args: func(c *cobra.Command, args []string) error { return f.check(c, args) },
	}, func(ctx context.Context, on webhookCall) error {
		n, err := f.resend(ctx, on)
		if err != nil {
			return err
		}
		return sayResent(a, n)
	})
	c.Flags().StringVar(&f.since, "since", "", "those made since a day or time: monday, 2026-11-21, 3d, 2h")
	c.Flags().BoolVar(&f.failed, "failed", false, "those that failed")
	return c
}

func (f *resendFlags) check(c *cobra.Command, args []string) error {
	one := len(args) == 2
	if !one {
		if err := exactArgs(1)(c, args); err != nil {
			return err
		}
	}
	if one == (f.failed || f.since != "") {
		return usagef("name one delivery, or say which with --failed, --since or both")
	}
	return nil
}

// resend tells how many deliveries are sent again.
func (f *resendFlags) resend(ctx context.Context, on webhookCall) (int64, error) {
	if len(on.args) == 1 {
		return 1, on.client.Resend(ctx, on.webhook.ID, on.args[0])
	}
	var since time.Time
	if f.since != "" {
		var err error
		if since, err = parseSince(f.since, time.Now()); err != nil {
			return 0, err
		}
	}
	return on.client.ResendMany(ctx, on.webhook.ID, since, f.failed)
}

func sayResent(a app, n int64) error {
	_, err := fmt.Fprintf(a.out, "%s sent again\n", counted(int(n), "delivery is", "deliveries are"))
	return err
}
