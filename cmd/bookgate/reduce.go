package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bookgate/bookgate/order"
)

// newReduce takes copies back.
func newReduce(a app) *cobra.Command {
	var name string
	c := &cobra.Command{
		Use:   "reduce ID EAN N",
		Short: "Take copies of a product back from an order that I sent",
		Long: `Take copies of a product back from an order that I sent. N is how many; -2 and 2
mean the same. A line with the negative quantity is added, which the receiver
answers like any other.`,
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
// argument, and gives the arguments.
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

func reduce(c *cobra.Command, a app, profile string, args []string) error {
	if err := exactArgs(3)(c, args); err != nil {
		return err
	}
	n, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil || n < 1 {
		return usagef("%q is no number of copies: it is a whole number, not 0", order.Cut(args[2]))
	}
	conn, id, err := connectTo(c.Context(), a, profile, args[0])
	if err != nil {
		return err
	}
	line, err := conn.Reduce(c.Context(), id, order.Reduction{EAN: args[1], Number: n})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "line %d added: %s %d, %s\n", line.Number, printable(line.EAN), line.Quantity, line.Status)
	return err
}
