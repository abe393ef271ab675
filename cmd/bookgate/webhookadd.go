package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// webhookAddFlags are what webhook add was told.
type webhookAddFlags struct {
	profile, description, headerFile, format string
	events                                   []string
	asJSON                                   bool
}

func newWebhookAdd(a app) *cobra.Command {
	var f webhookAddFlags
	c := &cobra.Command{
		Use:   "add URL",
		Short: "Have events sent to an address, and print the secret, once",
		Long: `Have events sent to an address. The secret with which they are signed is printed
this once; bookgate webhook rotate makes another.

--events takes types and patterns: order.received, order.sent, order.failed,
order.line.status, order.answered, order.reduced, order.erased, order.*,
order.line.*. Without it all of these are sent. order.moved, that an order went
on in the words of its own dialect, is sent only to who names it.

--header-file names a file with headers of your own, Name: value a line, such as
a key that your proxy wants; - is standard input.

--format names a dialect whose own events and form are sent: installer, montly, or
montly.test for what happens to trials alone.
Such an endpoint takes no --events.`,
		Example: `  bookgate webhook add https://shop.example.no/bookgate
  bookgate webhook add https://shop.example.no/bookgate --events 'order.sent,order.line.*' --description ERP
  bookgate webhook add https://shop.example.no/bookgate --header-file key.txt --json
  bookgate webhook add https://shop.example.no/leasing --format montly`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return f.add(c.Context(), a, args[0]) },
	}
	profileFlag(c, a, &f.profile)
	c.Flags().StringSliceVar(&f.events, "events", nil, "types and patterns, with commas between; all when left out")
	c.Flags().StringVar(&f.description, "description", "", "a word for yourself")
	c.Flags().StringVar(&f.format, "format", "", "whose events and form are sent; the standard when left out")
	c.Flags().StringVar(&f.headerFile, "header-file", "", "file of headers to send along, Name: value a line")
	jsonFlag(c, &f.asJSON)
	return c
}

func (f webhookAddFlags) add(ctx context.Context, a app, url string) error {
	wish, err := f.wish(a, url)
	if err != nil {
		return err
	}
	conn, _, err := connect(a, f.profile)
	if err != nil {
		return err
	}
	w, err := conn.AddWebhook(ctx, wish)
	if err != nil {
		return err
	}
	if err := showWebhook(a, w, f.asJSON); err != nil || f.asJSON {
		return err
	}
	fmt.Fprintf(a.err, "The secret is shown this once. Try it:  bookgate webhook test %s\n", w.ID)
	return nil
}

func (f webhookAddFlags) wish(a app, url string) (client.WebhookWish, error) {
	wish := client.WebhookWish{URL: &url, Description: &f.description, Events: &f.events}
	if f.events == nil {
		wish.Events = nil
	}
	if f.format != "" {
		wish.Format = &f.format
	}
	if f.headerFile == "" {
		return wish, nil
	}
	h, err := readHeaders(a, f.headerFile)
	if err != nil {
		return wish, err
	}
	headers := map[string]string{}
	for name := range h {
		headers[name] = h.Get(name)
	}
	wish.Headers = &headers
	return wish, nil
}

// readHeaders reads headers as they stand in a request. A first line without a
// colon, or with a blank before it, is the request's own and no header.
func readHeaders(a app, file string) (http.Header, error) {
	text, err := readText(a, file)
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
			return nil, usagef("line %d of %s is no header\n  Write: Name: value", number+1, order.Cut(file))
		}
	}
	return h, nil
}
