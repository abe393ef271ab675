package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// verifyFlags are what webhook verify was told.
type verifyFlags struct{ secretFile, headers, body, at string }

func newWebhookVerify(a app) *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify --secret-file FILE --headers FILE --body FILE",
		Short: "Check the signature of a webhook, and say why it does not match",
		Long: `Check the signature of a webhook that a program of yours received, and say why it
does not match. It needs no server. The headers stand as in the request, Name:
value a line; the body is the bytes exactly as they came.

A message that was recorded is old by now: --at gives the time at which it came.`,
		Example: `  bookgate webhook verify --secret-file secret.txt --headers headers.txt --body body.json
  bookgate webhook verify --secret-file secret.txt --headers headers.txt --body - --at 2026-11-21T09:00:05Z < body.json`,
		Args: exactArgs(0),
		RunE: func(*cobra.Command, []string) error { return f.verify(a) },
	}
	c.Flags().StringVar(&f.secretFile, "secret-file", "", "file with the endpoint's secret, whsec_…")
	c.Flags().StringVar(&f.headers, "headers", "", "file with the request's headers; - is standard input")
	c.Flags().StringVar(&f.body, "body", "", "file with the request's body; - is standard input")
	c.Flags().StringVar(&f.at, "at", "", "when the message came, such as 2026-11-21T09:00:05Z; now when left out")
	requireFlags(c, "secret-file", "headers", "body")
	return c
}

func (f verifyFlags) verify(a app) error {
	at, err := f.time()
	if err != nil {
		return err
	}
	text, err := readText(a, f.secretFile)
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
	body, err := readDocument(a, f.body)
	if err != nil {
		return err
	}
	if err := webhook.Verify(headers, body, secret, at); err != nil {
		return withExit(exitRefused, err)
	}
	_, err = fmt.Fprintf(a.out, "the signature is right: %s, %d bytes\n", printable(headers.Get("webhook-id")), len(body))
	return err
}

func (f verifyFlags) time() (time.Time, error) {
	if f.at == "" {
		return time.Now(), nil
	}
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(f.at))
	if err != nil {
		return at, usagef("--at %q is no time\n  Write it like 2026-11-21T09:00:05Z", order.Cut(f.at))
	}
	return at, nil
}
