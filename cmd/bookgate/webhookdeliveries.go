package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

func newWebhookDeliveries(a app) *cobra.Command {
	var profile string
	var q client.DeliveryQuery
	var asJSON bool
	c := &cobra.Command{
		Use:   "deliveries ID",
		Short: "List what was sent to an endpoint or waits for it, newest first",
		Example: `  bookgate webhook deliveries ep_4K
  bookgate webhook deliveries ep_4K --state failed --json`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			conn, w, err := connectToWebhook(c.Context(), a, profile, args[0])
			if err != nil {
				return err
			}
			all, more, err := conn.Deliveries(c.Context(), w.ID, q)
			if err != nil {
				return err
			}
			return listDeliveries(a, w, all, more, asJSON)
		},
	}
	profileFlag(c, a, &profile)
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
		t.row(d.ID, shortTime(d.Created, now), d.Type, orDash(d.Number), d.State, strconv.Itoa(d.Attempts), timeOrDash(d.Due, now))
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
	var profile string
	var asJSON bool
	c := &cobra.Command{
		Use:   "attempts ID DELIVERY",
		Short: "Show every try of a delivery, and what came back",
		Example: `  bookgate webhook attempts ep_4K msg_019e82a0-3d00-7194-aa65-f3527d8b237b
  bookgate webhook attempts ep_4K msg_019e82a0-3d00-7194-aa65-f3527d8b237b --json   # with headers and body`,
		Args: exactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			conn, w, err := connectToWebhook(c.Context(), a, profile, args[0])
			if err != nil {
				return err
			}
			all, err := conn.Attempts(c.Context(), w.ID, args[1])
			if err != nil {
				return err
			}
			return listAttempts(a, all, asJSON)
		},
	}
	profileFlag(c, a, &profile)
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
	t := newTable(a.out, "TRY", "TIME", "TOOK", "ANSWER", "WHY NOT", "BODY")
	for _, one := range all {
		answer := "-"
		if one.Status > 0 {
			answer = strconv.Itoa(one.Status)
		}
		t.row(strconv.Itoa(one.Number), one.At.Local().Format("2006-01-02 15:04:05"), fmt.Sprintf("%d ms", one.Milliseconds), answer,
			orDash(one.Error), order.Cut(strings.TrimSpace(one.Body)))
	}
	return t.flush()
}

// resendFlags are what webhook resend was told.
type resendFlags struct {
	profile, since string
	failed         bool
}

func newWebhookResend(a app) *cobra.Command {
	var f resendFlags
	c := &cobra.Command{
		Use:   "resend ID [DELIVERY]",
		Short: "Send deliveries again: one, those made since a time, or those that failed",
		Long: `Send deliveries again: one, those made since a time, or those that failed; with
both flags, those that failed since then. Each keeps its id, so that a receiver
can tell what it has had. A bookgate listen that runs hears of them too.`,
		Example: `  bookgate webhook resend ep_4K msg_019e82a0-3d00-7194-aa65-f3527d8b237b
  bookgate webhook resend ep_4K --failed
  bookgate webhook resend ep_4K --since 2h`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return exactArgs(1)(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if one := len(args) == 2; one == (f.failed || f.since != "") {
				return usageError{errors.New("name one delivery, or say which with --failed, --since or both")}
			}
			conn, w, err := connectToWebhook(c.Context(), a, f.profile, args[0])
			if err != nil {
				return err
			}
			if len(args) == 2 {
				if err := conn.Resend(c.Context(), w.ID, args[1]); err != nil {
					return err
				}
				return sayResent(a, 1)
			}
			var since time.Time
			if f.since != "" {
				if since, err = parseSince(f.since, time.Now()); err != nil {
					return err
				}
			}
			n, err := conn.ResendMany(c.Context(), w.ID, since, f.failed)
			if err != nil {
				return err
			}
			return sayResent(a, n)
		},
	}
	profileFlag(c, a, &f.profile)
	c.Flags().StringVar(&f.since, "since", "", "those made since a day or time: monday, 2026-11-21, 3d, 2h")
	c.Flags().BoolVar(&f.failed, "failed", false, "those that failed")
	return c
}

func sayResent(a app, n int64) error {
	_, err := fmt.Fprintf(a.out, "%s sent again\n", counted(int(n), "delivery is", "deliveries are"))
	return err
}
