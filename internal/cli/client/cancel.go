package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// newReduce takes copies back.
func newReduce(a cli.App) *cobra.Command {
	var name string
	c := &cobra.Command{
		Use:   "reduce ID EAN N",
		Short: "Reduce the quantity of a product in an order that I sent",
		Long: `Reduce the quantity of a product in an order that I sent by N copies; -2 and 2 mean the
same. A line with the negative quantity is added, which the receiver answers like any
other.`,
		Example: `  bookgate reduce 4db9 9788202337926 1
  bookgate reduce 4db9 978-82-02-33792-6 -2`,
		// Flags are read in RunE: -2 is a number here.
		DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			args, err := numbersAreNoFlags(c, args)
			if errors.Is(err, pflag.ErrHelp) {
				return c.Help()
			}
			if err != nil {
				return err
			}
			return reduce(c, a, name, args)
		},
	}
	profileFlag(c, a, &name)
	return c
}

// numbersAreNoFlags reads the flags of a command that takes a number as
// argument, and returns the arguments.
func numbersAreNoFlags(c *cobra.Command, args []string) ([]string, error) {
	plain := make([]string, len(args))
	for i, arg := range args {
		plain[i] = arg
		if _, err := strconv.Atoi(arg); err == nil {
			plain[i] = strings.TrimLeft(arg, "-+")
		}
	}
	c.DisableFlagParsing = false
	if err := c.ParseFlags(plain); err != nil {
		return nil, c.FlagErrorFunc()(c, err)
	}
	if help, err := c.Flags().GetBool("help"); err == nil && help {
		return nil, pflag.ErrHelp
	}
	return c.Flags().Args(), nil
}

func reduce(c *cobra.Command, a cli.App, profile string, args []string) error {
	if err := cli.ExactArgs(3)(c, args); err != nil {
		return err
	}
	n, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil || n < 1 {
		return cli.Usagef("%q is not a valid number of copies: it is a whole number, not 0", order.Truncate(args[2]))
	}
	conn, id, err := connectTo(c.Context(), a, profile, args[0])
	if err != nil {
		return err
	}
	line, err := conn.Reduce(c.Context(), id, order.Reduction{EAN: args[1], Number: n})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Out, "line %d added: %s %d, %s\n", line.Number, cli.Printable(line.EAN), line.Quantity,
		line.Status)
	return err
}

// newCancel withdraws an order or lines of it.
func newCancel(a cli.App) *cobra.Command {
	var name string
	c := &cobra.Command{
		Use:   "cancel ID [FILE]",
		Short: "Withdraw an order that I sent, or the lines of an EDItX OrderCancelation",
		Long: `Withdraw an order that I sent: every line that is neither fulfilled nor rejected, or
with FILE the lines of that EDItX OrderCancelation. For each line one with the negative
quantity is added, which the receiver answers like any other. Fulfilled lines cannot be
withdrawn, only returned. A FILE of - is standard input.`,
		Example: `  bookgate cancel 4db9
  bookgate cancel 4db9 cancelation.xml`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return cli.ExactArgs(1)(c, args)
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
// mistake, not a request to withdraw the whole order.
func cancellationBody(a cli.App, files []string) ([]byte, error) {
	if len(files) == 0 {
		return nil, nil
	}
	body, err := cli.ReadDocument(a, files[0])
	if err == nil && len(bytes.TrimSpace(body)) == 0 {
		err = cli.WithExit(cli.ExitRefused,
			fmt.Errorf("%s is empty\n  To withdraw the whole order, name no file", files[0]))
	}
	return body, err
}

func cancel(ctx context.Context, a cli.App, c *client.Client, id order.ID, body []byte) error {
	lines, findings, err := c.Cancel(ctx, id, body)
	if err != nil {
		return cli.RefusedDocument(err)
	}
	printFindings(a.Err, findings)
	for _, l := range lines {
		fmt.Fprintf(a.Out, "line %d added: %s %d, %s\n", l.Number, cli.Printable(l.EAN), l.Quantity, l.Status)
	}
	return nil
}
