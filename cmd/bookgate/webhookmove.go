package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
)

// webhookCommand makes a command that does one thing to one endpoint.
func webhookCommand(a app, c *cobra.Command, do func(ctx context.Context, conn *client.Client, w hal.Webhook) error) *cobra.Command {
	var profile string
	c.Args = exactArgs(1)
	c.RunE = func(c *cobra.Command, args []string) error {
		conn, w, err := connectToWebhook(c.Context(), a, profile, args[0])
		if err != nil {
			return err
		}
		return do(c.Context(), conn, w)
	}
	profileFlag(c, a, &profile)
	return c
}

func newWebhookPause(a app) *cobra.Command {
	return webhookCommand(a, &cobra.Command{
		Use:   "pause ID",
		Short: "Hold an endpoint's events back until it is resumed",
		Example: `  bookgate webhook pause ep_4K
  bookgate webhook pause ep_4K --profile forlag`,
	}, func(ctx context.Context, conn *client.Client, w hal.Webhook) error {
		w, err := conn.PauseWebhook(ctx, w.ID)
		return sayState(a, w, err)
	})
}

func newWebhookResume(a app) *cobra.Command {
	return webhookCommand(a, &cobra.Command{
		Use:   "resume ID",
		Short: "Send to an endpoint again, what waits for it first",
		Example: `  bookgate webhook resume ep_4K
  bookgate webhook resume ep_4K --profile forlag`,
	}, func(ctx context.Context, conn *client.Client, w hal.Webhook) error {
		w, err := conn.ResumeWebhook(ctx, w.ID)
		return sayState(a, w, err)
	})
}

func sayState(a app, w hal.Webhook, err error) error {
	if err == nil {
		_, err = fmt.Fprintf(a.out, "%s is %s\n", w.ID, w.State)
	}
	return err
}

func newWebhookRotate(a app) *cobra.Command {
	var asJSON bool
	c := webhookCommand(a, &cobra.Command{
		Use:   "rotate ID",
		Short: "Give an endpoint a new secret, and print it, once",
		Long: `Give an endpoint a new secret, and print it, once. For a day every message is
signed under the old secret as well, so that a receiver can change over.`,
		Example: `  bookgate webhook rotate ep_4K
  bookgate webhook rotate ep_4K --json`,
	}, func(ctx context.Context, conn *client.Client, w hal.Webhook) error {
		w, err := conn.RotateWebhook(ctx, w.ID)
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
	}, func(ctx context.Context, conn *client.Client, w hal.Webhook) error {
		d, err := conn.TestWebhook(ctx, w.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%s is on its way\n", d.ID)
		fmt.Fprintf(a.err, "see what came back:  bookgate webhook attempts %s %s\n", w.ID, d.ID)
		return nil
	})
}

func newWebhookDelete(a app) *cobra.Command {
	return webhookCommand(a, &cobra.Command{
		Use:   "delete ID",
		Short: "Send nothing more to an endpoint, and forget what waits for it",
		Example: `  bookgate webhook delete ep_4K
  bookgate webhook delete ep_4K --profile forlag`,
	}, func(ctx context.Context, conn *client.Client, w hal.Webhook) error {
		if err := conn.DeleteWebhook(ctx, w.ID); err != nil {
			return err
		}
		_, err := fmt.Fprintf(a.out, "%s deleted\n", w.ID)
		return err
	})
}
