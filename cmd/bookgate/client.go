package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newClient groups the commands on OAuth clients.
func newClient(a app) *cobra.Command {
	c := &cobra.Command{
		Use:   "client",
		Short: "Add OAuth clients, which log in with an id and a secret",
		Example: `  bookgate client add --party 7045
  bookgate client add --party 7045 --json > credentials.json`,
	}
	c.AddCommand(newClientAdd(a))
	return c
}

// issuedClient is how a new client is shown, once.
type issuedClient struct {
	ID     string        `json:"client_id"`
	Secret string        `json:"client_secret"`
	Party  order.PartyID `json:"party"`
}

func newClientAdd(a app) *cobra.Command {
	var party string
	var asJSON bool
	c := &cobra.Command{
		Use:   "add --party ID",
		Short: "Add a client and print its secret, once",
		Example: `  bookgate client add --party 7045
  bookgate client add --party 7045 --json > credentials.json`,
		Args: exactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				client, secret := auth.NewClient(order.PartyID(party), time.Now())
				if err := db.AddClient(ctx, client); err != nil {
					return err
				}
				return showClient(a, issuedClient{client.ID, secret, client.Party}, asJSON)
			})
		},
	}
	c.Flags().StringVar(&party, "party", "", "the party that the client acts for")
	jsonFlag(c, &asJSON)
	requireFlags(c, "party")
	return dataFlag(c)
}

func showClient(a app, c issuedClient, asJSON bool) error {
	if asJSON {
		return printJSON(a.out, c)
	}
	fmt.Fprintf(a.out, "client_id      %s\nclient_secret  %s\n", c.ID, c.Secret)
	fmt.Fprintf(a.err, "The secret is shown this once. Fetch a token with it:\n  curl -s http://127.0.0.1:8080/oauth/token -d grant_type=client_credentials \\\n       -d client_id=%s -d client_secret=…\n", c.ID)
	return nil
}
