package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// newCancel withdraws an order or lines of it.
func newCancel(a app) *cobra.Command {
	var name string
	c := &cobra.Command{
		Use:   "cancel ID [FILE]",
		Short: "Withdraw an order that I sent, or what an EDItX OrderCancelation names of it",
		Long: `Withdraw an order that I sent: all of it that is neither fulfilled nor rejected,
or with FILE what that EDItX OrderCancelation names. For each line one with the
negative quantity is added, which the receiver answers like any other. What is
fulfilled cannot be withdrawn, only returned. A FILE of - is standard input.`,
		Example: `  bookgate cancel 4db9
  bookgate cancel 4db9 cancelation.xml`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return exactArgs(1)(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			body, err := cancellationBody(a, args[1:])
			if err != nil {
				return err
			}
			conn, id, err := connectTo(c.Context(), a, name, args[0])
			if err != nil {
				return err
			}
			return cancel(c.Context(), a, conn, id, body)
		},
	}
	profileFlag(c, a, &name)
	return c
}

// cancellationBody reads the document, if one is named. An empty file is a
// mistake and no wish to withdraw the whole order.
func cancellationBody(a app, files []string) ([]byte, error) {
	if len(files) == 0 {
		return nil, nil
	}
	body, err := readDocument(a, files[0])
	if err == nil && len(bytes.TrimSpace(body)) == 0 {
		err = withExit(exitRefused, fmt.Errorf("%s is empty\n  To withdraw the whole order, name no file", files[0]))
	}
	return body, err
}

func cancel(ctx context.Context, a app, c *client.Client, id order.ID, body []byte) error {
	lines, findings, err := c.Cancel(ctx, id, body)
	if err != nil {
		return refusedDocument(err)
	}
	printFindings(a.err, findings)
	for _, l := range lines {
		fmt.Fprintf(a.out, "line %d added: %s %d, %s\n", l.Number, printable(l.EAN), l.Quantity, l.Status)
	}
	return nil
}
