package client

import (
	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/cli"
)

// Commands are those that speak to a server, but for editx get.
func Commands(a cli.App) []*cobra.Command {
	return []*cobra.Command{newLogin(a), newInbox(a), newOutbox(a), newOrder(a), newFeed(a), newSend(a), newMark(a),
		newRespond(a), newReduce(a), newCancel(a), newListen(a), newTrigger(a), newWebhook(a)}
}

// NewGet fetches an order.
func NewGet(a cli.App) *cobra.Command {
	var profile, output string
	var original bool
	c := &cobra.Command{
		Use:   "get ID",
		Short: "Fetch an order as EDItX",
		Long: `Fetch an order as EDItX in its present state, or with --original the bytes that the
sender sent.`,
		Example: `  bookgate editx get 4db9 -o order.xml
  bookgate editx get 4db9 --original | sha256sum`,
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			conn, id, err := connectTo(c.Context(), a, profile, args[0])
			if err != nil {
				return err
			}
			body, err := conn.EDItX(c.Context(), id, original)
			if err != nil {
				return err
			}
			return cli.WriteDocument(a, output, body)
		},
	}
	profileFlag(c, a, &profile)
	c.Flags().BoolVar(&original, "original", false, "the document as it was sent, byte for byte")
	c.Flags().StringVarP(&output, "output", "o", "", "output file, which is overwritten")
	return c
}
