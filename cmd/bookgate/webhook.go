package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// newWebhook groups the commands on webhooks.
func newWebhook(a app) *cobra.Command {
	c := &cobra.Command{
		Use:   "webhook",
		Short: "Have events sent to a program of mine, and look after the deliveries",
		Long: `Have events sent to a program of mine, as Standard Webhooks 1.0.0 or in the form
of a dialect, and look after the deliveries. An endpoint is named by its id or
the beginning of it.

To try a program on this machine out, without an address on the internet:
bookgate listen --forward-to http://127.0.0.1:3000/`,
		Example: `  bookgate webhook add https://shop.example.no/bookgate --events 'order.sent,order.line.*'
  bookgate webhook deliveries ep_4K --state failed
  bookgate webhook resend ep_4K --failed`,
	}
	c.AddCommand(newWebhookAdd(a), newWebhookList(a), newWebhookShow(a), newWebhookPause(a), newWebhookResume(a), newWebhookRotate(a),
		newWebhookTest(a), newWebhookDelete(a), newWebhookDeliveries(a), newWebhookAttempts(a), newWebhookResend(a), newWebhookVerify(a))
	return c
}

// webhookCall is one call of a command on an endpoint.
type webhookCall struct {
	client  *client.Client
	webhook hal.Webhook
	args    []string // behind the endpoint
}

// webhookCommand makes a command on the endpoint that its first argument names.
// Unless the command says otherwise that is its only one.
func webhookCommand(a app, c *cobra.Command, do func(ctx context.Context, on webhookCall) error) *cobra.Command {
	var profile string
	if c.Args == nil {
		c.Args = exactArgs(1)
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		conn, _, err := connect(a, profile)
		if err != nil {
			return err
		}
		all, err := conn.Webhooks(c.Context())
		if err != nil {
			return err
		}
		w, err := singleWebhook(strings.TrimRight(args[0], "…"), all)
		if err != nil {
			return err
		}
		return do(c.Context(), webhookCall{conn, w, args[1:]})
	}
	profileFlag(c, a, &profile)
	return c
}

// singleWebhook gives the endpoint that a beginning means, if it means one.
func singleWebhook(name string, all []hal.Webhook) (hal.Webhook, error) {
	found := slices.DeleteFunc(slices.Clone(all), func(w hal.Webhook) bool {
		return len(w.ID) < len(name) || !strings.EqualFold(w.ID[:len(name)], name)
	})
	switch {
	case name == "" || len(found) == 0:
		return hal.Webhook{}, order.Errorf(order.NotFound, "webhook-not-found", "No endpoint of yours has an id that begins with %q.", order.Cut(name)).
			WithHint("Look in: bookgate webhook list")
	case len(found) > 1:
		return hal.Webhook{}, order.Errorf(order.Malformed, "id-ambiguous", "%s begins the ids of %d endpoints.", order.Cut(name), len(found)).
			WithHint("Write more of the id.")
	}
	return found[0], nil
}

func newWebhookList(a app) *cobra.Command {
	var profile string
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List my endpoints",
		Example: `  bookgate webhook list
  bookgate webhook list --json`,
		Args: exactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			conn, _, err := connect(a, profile)
			if err != nil {
				return err
			}
			all, err := conn.Webhooks(c.Context())
			if err != nil {
				return err
			}
			return listWebhooks(a, all, asJSON)
		},
	}
	profileFlag(c, a, &profile)
	jsonFlag(c, &asJSON)
	return c
}

func listWebhooks(a app, all []hal.Webhook, asJSON bool) error {
	if asJSON {
		return printJSON(a.out, all)
	}
	if len(all) == 0 {
		fmt.Fprintf(a.err, "no endpoints; add one with bookgate webhook add URL\n")
		return nil
	}
	now := time.Now()
	t := newTable(a.out, "ENDPOINT", "STATE", "LAST SUCCESS", "EVENTS", "ADDRESS")
	for _, w := range all {
		t.row(w.ID, w.State, timeOrDash(w.Success.Time, now), filterWords(w.Events), w.URL)
	}
	return t.flush()
}

// timeOrDash shows a time that may not have been.
func timeOrDash(t, now time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return shortTime(t, now)
}

func filterWords(events []string) string {
	if len(events) == 0 {
		return "all"
	}
	return strings.Join(events, ", ")
}

func newWebhookShow(a app) *cobra.Command {
	var asJSON bool
	c := webhookCommand(a, &cobra.Command{
		Use:   "show ID",
		Short: "Show an endpoint, and why it is not active",
		Example: `  bookgate webhook show ep_4K
  bookgate webhook show ep_4K --json`,
	}, func(_ context.Context, on webhookCall) error { return showWebhook(a, on.webhook, asJSON) })
	jsonFlag(c, &asJSON)
	return c
}

// showWebhook prints an endpoint. The secret is there only when it is new.
func showWebhook(a app, w hal.Webhook, asJSON bool) error {
	if asJSON {
		return printJSON(a.out, w)
	}
	now := time.Now()
	headers := make([]string, 0, len(w.Headers))
	for name := range w.Headers {
		headers = append(headers, name)
	}
	slices.Sort(headers)
	var b bytes.Buffer
	for _, row := range []struct {
		name, text string
		there      bool
	}{
		{"endpoint", w.ID, true},
		{"address", w.URL, true},
		{"format", w.Format, w.Format != webhook.StandardName},
		{"events", filterWords(w.Events), true},
		{"for", w.Description, w.Description != ""},
		{"headers", strings.Join(headers, ", "), len(headers) > 0},
		{"state", w.State, true},
		{"why", w.Reason, w.Reason != ""},
		{"failures", fmt.Sprintf("%d since %s", w.Failures, timeOrDash(w.Since.Time, now)), w.Failures > 0},
		{"last success", timeOrDash(w.Success.Time, now), !w.Success.IsZero()},
		{"old secret", "signs as well until " + timeOrDash(w.OldUntil.Time, now), !w.OldUntil.IsZero()},
		{"secret", w.Secret, w.Secret != ""},
	} {
		if row.there {
			fmt.Fprintf(&b, "%-13s %s\n", row.name, printable(row.text))
		}
	}
	_, err := b.WriteTo(a.out)
	return err
}
