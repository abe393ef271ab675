package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
)

func newWebhookPause(a app) *cobra.Command {
	return stateCommand(a, &cobra.Command{
		Use:   "pause ID",
		Short: "Hold an endpoint's events back until it is resumed",
		Example: `  bookgate webhook pause ep_4K
  bookgate webhook pause ep_4K --profile forlag`,
	}, (*client.Client).PauseWebhook)
}

func newWebhookResume(a app) *cobra.Command {
	return stateCommand(a, &cobra.Command{
		Use:   "resume ID",
		Short: "Send to an endpoint again, what waits for it first",
		Example: `  bookgate webhook resume ep_4K
  bookgate webhook resume ep_4K --profile forlag`,
	}, (*client.Client).ResumeWebhook)
}

// stateCommand makes a command that moves an endpoint into another state.
func stateCommand(a app, c *cobra.Command, move func(*client.Client, context.Context, string) (hal.Webhook, error)) *cobra.Command {
	return webhookCommand(a, c, func(ctx context.Context, on webhookCall) error {
		w, err := move(on.client, ctx, on.webhook.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "%s is %s\n", w.ID, w.State)
		return err
	})
}

func newWebhookRotate(a app) *cobra.Command {
	var asJSON bool
	c := webhookCommand(a, &cobra.Command{
		Use:   "rotate ID",
		Short: "Give an endpoint a new secret, and print it, once",
		Long: `Give an endpoint a new secret, and print it, once. For a day every message is
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
	jsonFlag(c, &asJSON)
	return c
}

func newWebhookTest(a app) *cobra.Command {
	return webhookCommand(a, &cobra.Command{
		Use:   "test ID",
		Short: "Send a trial to an endpoint",
		Example: `  bookgate webhook test ep_4K
  bookgate webhook test ep_4K --profile forlag`,
	}, func(ctx context.Context, on webhookCall) error {
		d, err := on.client.TestWebhook(ctx, on.webhook.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%s is on its way\n", d.ID)
		fmt.Fprintf(a.err, "see what came back:  bookgate webhook attempts %s %s\n", on.webhook.ID, d.ID)
		return nil
	})
}

func newWebhookDelete(a app) *cobra.Command {
	return webhookCommand(a, &cobra.Command{
		Use:   "delete ID",
		Short: "Send nothing more to an endpoint, and forget what waits for it",
		Example: `  bookgate webhook delete ep_4K
  bookgate webhook delete ep_4K --profile forlag`,
	}, func(ctx context.Context, on webhookCall) error {
		if err := on.client.DeleteWebhook(ctx, on.webhook.ID); err != nil {
			return err
		}
		_, err := fmt.Fprintf(a.out, "%s deleted\n", on.webhook.ID)
		return err
	})
}
