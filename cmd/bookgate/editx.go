package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
)

// newEDItX groups the commands on documents; more are those that need a server.
func newEDItX(a app, more ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use:   "editx",
		Short: "Fetch, check, explain and convert EDItX documents",
		Example: `  bookgate editx get 4db9 -o order.xml
  bookgate editx check order.xml
  bookgate editx explain ean-check`,
	}
	c.AddCommand(newEDItXCheck(a), newEDItXConvert(a), newEDItXExplain(a))
	c.AddCommand(more...)
	return c
}

// clientCommands are those that speak to a server, but for editx get.
func clientCommands(a app) []*cobra.Command {
	return []*cobra.Command{newLogin(a), newInbox(a), newOutbox(a), newOrder(a), newFeed(a), newSend(a), newMark(a), newRespond(a),
		newReduce(a), newCancel(a), newListen(a), newTrigger(a), newWebhook(a)}
}

// newEDItXGet fetches an order.
func newEDItXGet(a app) *cobra.Command {
	var profile, output string
	var original bool
	c := &cobra.Command{
		Use:   "get ID",
		Short: "Fetch an order as EDItX",
		Long: `Fetch an order as EDItX, with everything that was taken back since; or with
--original the very bytes that its sender sent.`,
		Example: `  bookgate editx get 4db9 -o order.xml
  bookgate editx get 4db9 --original | sha256sum`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			conn, id, err := connectTo(c.Context(), a, profile, args[0])
			if err != nil {
				return err
			}
			body, err := conn.EDItX(c.Context(), id, original)
			if err != nil {
				return err
			}
			if output == "" || output == "-" {
				_, err = a.document.Write(body)
				return err
			}
			return writeWhole(a.path(output), body, 0o666)
		},
	}
	profileFlag(c, a, &profile)
	c.Flags().BoolVar(&original, "original", false, "the bytes as they were sent")
	c.Flags().StringVarP(&output, "output", "o", "", "write into this file, in place of what is there")
	return c
}

// missingFile says that a file is not there, in the words and with the code
// that people expect.
func missingFile(file string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return withExit(exitNotFound, fmt.Errorf("there is no file %s", file))
	}
	var e *os.PathError
	if errors.As(err, &e) {
		return fmt.Errorf("cannot read %s: %w", file, e.Err)
	}
	return err
}
