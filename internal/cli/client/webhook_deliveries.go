package client

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

func newWebhookDeliveries(a cli.App) *cobra.Command {
	var q client.DeliveryQuery
	var asJSON bool
	c := webhookCommand(a, &cobra.Command{
		Use:   "deliveries ID",
		Short: "List the deliveries to an endpoint, newest first",
		Example: `  bookgate webhook deliveries ep_4K
  bookgate webhook deliveries ep_4K --state failed --json`,
	}, func(ctx context.Context, on webhookCall) error {
		all, more, err := on.client.Deliveries(ctx, on.webhook.ID, q)
		if err != nil {
			return err
		}
		return listDeliveries(a, on.webhook, all, more, asJSON)
	})
	c.Flags().StringVar(&q.State, "state", "", "only pending, delivered or failed")
	c.Flags().StringVar(&q.Before, "before", "", "only deliveries older than this one, for the next page")
	c.Flags().IntVar(&q.Limit, "limit", 50, "the maximum number, 1 to 200")
	cli.JSONFlag(c, &asJSON)
	return c
}

func listDeliveries(a cli.App, w hal.Webhook, all []hal.Delivery, more bool, asJSON bool) error {
	if asJSON {
		return cli.PrintJSON(a.Out, all)
	}
	if len(all) == 0 {
		fmt.Fprintln(a.Err, "no deliveries")
		return nil
	}
	now := time.Now()
	t := cli.NewTable(a.Out, "DELIVERY", "TIME", "EVENT", "ORDER", "STATE", "TRIES", "NEXT TRY")
	for _, d := range all {
		t.Row(d.ID, cli.ShortTime(d.Created.Time, now), d.Type, cli.OrDash(d.Number), d.State,
			strconv.Itoa(d.Attempts), cli.TimeOrDash(d.Due.Time, now))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the deliveries: %w", err)
	}
	if more {
		fmt.Fprintf(a.Err, "older ones:  bookgate webhook deliveries %s --before %s\n", w.ID, all[len(all)-1].ID)
	}
	return nil
}

func newWebhookAttempts(a cli.App) *cobra.Command {
	var asJSON bool
	c := webhookCommand(a, &cobra.Command{
		Use:   "attempts ID DELIVERY",
		Short: "List the attempts of a delivery",
		Example: `  bookgate webhook attempts ep_4K msg_019e82a0-3d00-7194-aa65-f3527d8b237b
  bookgate webhook attempts ep_4K msg_019e82a0-3d00-7194-aa65-f3527d8b237b --json   # with headers and body`,
		Args: cli.ExactArgs(2),
	}, func(ctx context.Context, on webhookCall) error {
		all, err := on.client.Attempts(ctx, on.webhook.ID, on.args[0])
		if err != nil {
			return err
		}
		return listAttempts(a, all, asJSON)
	})
	cli.JSONFlag(c, &asJSON)
	return c
}

func listAttempts(a cli.App, all []hal.Attempt, asJSON bool) error {
	if asJSON {
		return cli.PrintJSON(a.Out, all)
	}
	if len(all) == 0 {
		fmt.Fprintln(a.Err, "not tried yet")
		return nil
	}
	shown := make([]cli.Attempt, len(all))
	for i, one := range all {
		shown[i] = cli.Attempt{Number: one.Number, At: one.At.Time, Milliseconds: one.Milliseconds, Status: one.Status,
			Error: one.Error, Body: one.Body}
	}
	return cli.PrintAttempts(a, shown)
}

// resendFlags are the flags of webhook resend.
type resendFlags struct {
	since  string
	failed bool
}

func newWebhookResend(a cli.App) *cobra.Command {
	var f resendFlags
	c := webhookCommand(a, &cobra.Command{
		Use:   "resend ID [DELIVERY]",
		Short: "Resend deliveries: one, those since a time, or failed ones",
		Long: `Resend deliveries: one, those created since a time, or failed ones; with
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
		return cli.PrintResent(a, n)
	})
	c.Flags().StringVar(&f.since, "since", "", "deliveries since a day or time: monday, 2026-11-21, 3d, 2h")
	c.Flags().BoolVar(&f.failed, "failed", false, "failed deliveries")
	return c
}

func (f *resendFlags) check(c *cobra.Command, args []string) error {
	one := len(args) == 2
	if !one {
		if err := cli.ExactArgs(1)(c, args); err != nil {
			return err
		}
	}
	if one == (f.failed || f.since != "") {
		return cli.Usagef("name one delivery, or say which with --failed, --since or both")
	}
	return nil
}

// resend returns how many deliveries are sent again.
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

// verifyFlags are the flags of webhook verify.
type verifyFlags struct{ secretFile, headers, body, at string }

func newWebhookVerify(a cli.App) *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify --secret-file FILE --headers FILE --body FILE",
		Short: "Verify the signature of a webhook",
		Long: `Verify the signature of a webhook that a program of yours received, and report why it
does not match. No server is needed. The headers are lines of Name: value, as in the
request; the body is the exact bytes that were received.

Set --at to the time of receipt for a recorded message, which is too old now.`,
		Example: `  bookgate webhook verify --secret-file secret.txt --headers headers.txt --body body.json
  bookgate webhook verify --secret-file secret.txt --headers headers.txt --body - --at 2026-11-21T09:00:05Z < body.json`,
		Args: cli.ExactArgs(0),
		RunE: func(*cobra.Command, []string) error { return f.verify(a) },
	}
	c.Flags().StringVar(&f.secretFile, "secret-file", "", "file with the endpoint's secret, whsec_…")
	c.Flags().StringVar(&f.headers, "headers", "", "file with the request's headers; - is standard input")
	c.Flags().StringVar(&f.body, "body", "", "file with the request's body; - is standard input")
	c.Flags().StringVar(&f.at, "at", "", "time of receipt, such as 2026-11-21T09:00:05Z; default now")
	cli.RequireFlags(c, "secret-file", "headers", "body")
	return c
}

func (f verifyFlags) verify(a cli.App) error {
	at, err := f.time()
	if err != nil {
		return err
	}
	text, err := cli.ReadText(a, f.secretFile)
	if err != nil {
		return err
	}
	secret, err := webhook.ParseSecret(text)
	if err != nil {
		return err
	}
	headers, err := readHeaders(a, f.headers)
	if err != nil {
		return err
	}
	body, err := cli.ReadDocument(a, f.body)
	if err != nil {
		return err
	}
	if err := webhook.Verify(headers, body, secret, at); err != nil {
		return cli.WithExit(cli.ExitRefused, err)
	}
	_, err = fmt.Fprintf(a.Out, "the signature is right: %s, %d bytes\n", cli.Printable(headers.Get("webhook-id")),
		len(body))
	return err
}

func (f verifyFlags) time() (time.Time, error) {
	if f.at == "" {
		return time.Now(), nil
	}
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(f.at))
	if err != nil {
		return at, cli.Usagef("--at %q is not a valid time\n  Write it like 2026-11-21T09:00:05Z", order.Truncate(f.at))
	}
	return at, nil
}
