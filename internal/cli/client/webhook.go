package client

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// newWebhook groups the commands on webhooks.
func newWebhook(a cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "webhook",
		Short: "Manage webhook endpoints and deliveries",
		Long: `Have events sent to a program of mine, as Standard Webhooks 1.0.0 or in the form
of a dialect, and look after the deliveries. An endpoint is named by its id or
the beginning of it.

To try a program on this machine out, without an address on the internet:
bookgate listen --forward-to http://127.0.0.1:3000/`,
		Example: `  bookgate webhook add https://shop.example.no/bookgate --events 'order.sent,order.line.*'
  bookgate webhook deliveries ep_4K --state failed
  bookgate webhook resend ep_4K --failed`,
	}
	c.AddCommand(newWebhookAdd(a), newWebhookList(a), newWebhookShow(a), newWebhookPause(a), newWebhookResume(a),
		newWebhookRotate(a), newWebhookTest(a), newWebhookDelete(a), newWebhookDeliveries(a), newWebhookAttempts(a),
		newWebhookResend(a), newWebhookVerify(a))
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
func webhookCommand(a cli.App, c *cobra.Command, do func(ctx context.Context, on webhookCall) error) *cobra.Command {
	var profile string
	if c.Args == nil {
		c.Args = cli.ExactArgs(1)
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

// singleWebhook returns the endpoint whose id begins with name, if there is one.
func singleWebhook(name string, all []hal.Webhook) (hal.Webhook, error) {
	found := slices.DeleteFunc(slices.Clone(all), func(w hal.Webhook) bool {
		return len(w.ID) < len(name) || !strings.EqualFold(w.ID[:len(name)], name)
	})
	switch {
	case name == "" || len(found) == 0:
		return hal.Webhook{}, order.Errorf(order.NotFound, "webhook-not-found",
			"No endpoint of yours has an id that begins with %q.", order.Truncate(name)).
			WithHint("Look in: bookgate webhook list")
	case len(found) > 1:
		return hal.Webhook{}, order.Errorf(order.Malformed, "id-ambiguous", "%s begins the ids of %d endpoints.",
			order.Truncate(name), len(found)).
			WithHint("Write more of the id.")
	}
	return found[0], nil
}

func newWebhookList(a cli.App) *cobra.Command {
	var profile string
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List my endpoints",
		Example: `  bookgate webhook list
  bookgate webhook list --json`,
		Args: cli.ExactArgs(0),
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
	cli.JSONFlag(c, &asJSON)
	return c
}

func listWebhooks(a cli.App, all []hal.Webhook, asJSON bool) error {
	if asJSON {
		return cli.PrintJSON(a.Out, all)
	}
	if len(all) == 0 {
		fmt.Fprintf(a.Err, "no endpoints; add one with bookgate webhook add URL\n")
		return nil
	}
	now := time.Now()
	t := cli.NewTable(a.Out, "ENDPOINT", "STATE", "LAST SUCCESS", "EVENTS", "ADDRESS")
	for _, w := range all {
		t.Row(w.ID, w.State, cli.TimeOrDash(w.Success.Time, now), filterWords(w.Events), w.URL)
	}
	return t.Flush()
}

func filterWords(events []string) string {
	if len(events) == 0 {
		return "all"
	}
	return strings.Join(events, ", ")
}

func newWebhookShow(a cli.App) *cobra.Command {
	var asJSON bool
	c := webhookCommand(a, &cobra.Command{
		Use:   "show ID",
		Short: "Show an endpoint and its state",
		Example: `  bookgate webhook show ep_4K
  bookgate webhook show ep_4K --json`,
	}, func(_ context.Context, on webhookCall) error { return showWebhook(a, on.webhook, asJSON) })
	cli.JSONFlag(c, &asJSON)
	return c
}

// showWebhook prints an endpoint. The secret is there only when it is new.
func showWebhook(a cli.App, w hal.Webhook, asJSON bool) error {
	if asJSON {
		return cli.PrintJSON(a.Out, w)
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
		{"failures", fmt.Sprintf("%d since %s", w.Failures, cli.TimeOrDash(w.Since.Time, now)), w.Failures > 0},
		{"last success", cli.TimeOrDash(w.Success.Time, now), !w.Success.IsZero()},
		{"old secret", "signs as well until " + cli.TimeOrDash(w.OldUntil.Time, now), !w.OldUntil.IsZero()},
		{"secret", w.Secret, w.Secret != ""},
	} {
		if row.there {
			fmt.Fprintf(&b, "%-13s %s\n", row.name, cli.Printable(row.text))
		}
	}
	_, err := b.WriteTo(a.Out)
	return err
}

// webhookAddFlags are the flags of webhook add.
type webhookAddFlags struct {
	profile, description, headerFile, format string
	events                                   []string
	asJSON                                   bool
}

func newWebhookAdd(a cli.App) *cobra.Command {
	var f webhookAddFlags
	c := &cobra.Command{
		Use:   "add URL",
		Short: "Add an endpoint and print its secret, once",
		Long: `Have events sent to an address. The secret with which they are signed is printed
this once; bookgate webhook rotate makes another.

--events takes types and patterns: order.received, order.sent, order.failed,
order.line.status, order.answered, order.reduced, order.erased, order.*,
order.line.*. Without it all of these are sent. order.moved, that an order went
on in the words of its own dialect, is sent only to who names it.

--header-file names a file with headers of your own, Name: value a line, such as
a key that your proxy wants; - is standard input.

--format names a dialect whose own events and form are sent: installer, montly, or
montly.test for test orders only.
Such an endpoint takes no --events.`,
		Example: `  bookgate webhook add https://shop.example.no/bookgate
  bookgate webhook add https://shop.example.no/bookgate --events 'order.sent,order.line.*' --description ERP
  bookgate webhook add https://shop.example.no/bookgate --header-file key.txt --json
  bookgate webhook add https://shop.example.no/leasing --format montly`,
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return f.add(c.Context(), a, args[0]) },
	}
	profileFlag(c, a, &f.profile)
	c.Flags().StringSliceVar(&f.events, "events", nil, "event types and patterns, separated by commas; default all")
	c.Flags().StringVar(&f.description, "description", "", "a description for yourself")
	c.Flags().StringVar(&f.format, "format", "", "format of the events; default standard")
	c.Flags().StringVar(&f.headerFile, "header-file", "", "file of additional headers, lines of Name: value")
	cli.JSONFlag(c, &f.asJSON)
	return c
}

func (f webhookAddFlags) add(ctx context.Context, a cli.App, url string) error {
	update, err := f.update(a, url)
	if err != nil {
		return err
	}
	conn, _, err := connect(a, f.profile)
	if err != nil {
		return err
	}
	w, err := conn.AddWebhook(ctx, update)
	if err != nil {
		return err
	}
	if err := showWebhook(a, w, f.asJSON); err != nil || f.asJSON {
		return err
	}
	fmt.Fprintf(a.Err, "The secret is shown this once. Try it:  bookgate webhook test %s\n", w.ID)
	return nil
}

func (f webhookAddFlags) update(a cli.App, url string) (client.WebhookUpdate, error) {
	update := client.WebhookUpdate{URL: &url, Description: &f.description, Events: &f.events}
	if f.events == nil {
		update.Events = nil
	}
	if f.format != "" {
		update.Format = &f.format
	}
	if f.headerFile == "" {
		return update, nil
	}
	h, err := readHeaders(a, f.headerFile)
	if err != nil {
		return update, err
	}
	headers := map[string]string{}
	for name := range h {
		headers[name] = h.Get(name)
	}
	update.Headers = &headers
	return update, nil
}

// readHeaders reads headers as they stand in a request. A first line without a
// colon, or with a blank before it, is the request's own and no header.
func readHeaders(a cli.App, file string) (http.Header, error) {
	text, err := cli.ReadText(a, file)
	if err != nil {
		return nil, err
	}
	h := http.Header{}
	for number, line := range strings.Split(text, "\n") {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		switch {
		case strings.TrimSpace(line) == "":
		case ok && name != "" && !strings.ContainsAny(name, " \t"):
			h.Add(name, strings.TrimSpace(value))
		case number > 0:
			return nil, cli.Usagef("line %d of %s is not a header\n  Write: Name: value", number+1, order.Truncate(file))
		}
	}
	return h, nil
}

func newWebhookPause(a cli.App) *cobra.Command {
	return stateCommand(a, &cobra.Command{
		Use:   "pause ID",
		Short: "Pause an endpoint; its events are queued",
		Example: `  bookgate webhook pause ep_4K
  bookgate webhook pause ep_4K --profile forlag`,
	}, (*client.Client).PauseWebhook)
}

func newWebhookResume(a cli.App) *cobra.Command {
	return stateCommand(a, &cobra.Command{
		Use:   "resume ID",
		Short: "Resume an endpoint; queued events are sent first",
		Example: `  bookgate webhook resume ep_4K
  bookgate webhook resume ep_4K --profile forlag`,
	}, (*client.Client).ResumeWebhook)
}

// stateCommand makes a command that moves an endpoint into another state.
func stateCommand(a cli.App, c *cobra.Command,
	move func(*client.Client, context.Context, string) (hal.Webhook, error)) *cobra.Command {
	return webhookCommand(a, c, func(ctx context.Context, on webhookCall) error {
		w, err := move(on.client, ctx, on.webhook.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.Out, "%s is %s\n", w.ID, w.State)
		return err
	})
}

func newWebhookRotate(a cli.App) *cobra.Command {
	var asJSON bool
	c := webhookCommand(a, &cobra.Command{
		Use:   "rotate ID",
		Short: "Rotate the secret of an endpoint and print the new one, once",
		Long: `Rotate the secret of an endpoint and print the new one, once. For a day every message is
signed under the old secret as well, so that a receiver can change over; each
secret has its own day, however often the endpoint is rotated.`,
		Example: `  bookgate webhook rotate ep_4K
  bookgate webhook rotate ep_4K --json`,
	}, func(ctx context.Context, on webhookCall) error {
		w, err := on.client.RotateWebhook(ctx, on.webhook.ID)
		if err != nil {
			return err
		}
		return showWebhook(a, w, asJSON)
	})
	cli.JSONFlag(c, &asJSON)
	return c
}

func newWebhookTest(a cli.App) *cobra.Command {
	return webhookCommand(a, &cobra.Command{
		Use:   "test ID",
		Short: "Send a test event to an endpoint",
		Example: `  bookgate webhook test ep_4K
  bookgate webhook test ep_4K --profile forlag`,
	}, func(ctx context.Context, on webhookCall) error {
		d, err := on.client.TestWebhook(ctx, on.webhook.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.Out, "%s is on its way\n", d.ID)
		fmt.Fprintf(a.Err, "see what came back:  bookgate webhook attempts %s %s\n", on.webhook.ID, d.ID)
		return nil
	})
}

func newWebhookDelete(a cli.App) *cobra.Command {
	return webhookCommand(a, &cobra.Command{
		Use:   "delete ID",
		Short: "Delete an endpoint and its queued events",
		Example: `  bookgate webhook delete ep_4K
  bookgate webhook delete ep_4K --profile forlag`,
	}, func(ctx context.Context, on webhookCall) error {
		if err := on.client.DeleteWebhook(ctx, on.webhook.ID); err != nil {
			return err
		}
		_, err := fmt.Fprintf(a.Out, "%s deleted\n", on.webhook.ID)
		return err
	})
}
