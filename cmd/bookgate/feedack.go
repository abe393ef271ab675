package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/order"
)

// newFeedAck says how far the feed was read.
func newFeedAck(a app) *cobra.Command {
	var profile, epoch string
	c := &cobra.Command{
		Use:   "ack N",
		Short: "Say that I have read every change up to number N",
		Long: `Say that I have read every change up to number N, and done with them what I do.
The senders of the orders see it in the history of each: bookgate order ID --history.
A number that is not greater than the last one changes nothing. A program that
names the epoch of the number (bookgate feed --json has it) says nothing wrong
when the store was restored from a backup in between.`,
		Example: `  bookgate feed ack 17
  bookgate feed ack 17 --profile forlag`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || n < 0 {
				return usagef("%q is no change number: it is the number of a change in bookgate feed", order.Cut(args[0]))
			}
			conn, _, err := connect(a, profile)
			if err != nil {
				return err
			}
			ack, err := conn.Acknowledge(c.Context(), n, epoch)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "acknowledged up to %d of %d\n", ack.Acknowledged, ack.Head)
			return err
		},
	}
	profileFlag(c, a, &profile)
	epochFlag(c, &epoch)
	return c
}
