package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newClient groups the commands on OAuth clients.
func newClient(a cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "client",
		Short: "Manage OAuth clients, which log in with an id and a secret",
		Example: `  bookgate client add --party 7045
  bookgate client list
  bookgate client revoke bkc_0123456789abcdef`,
	}
	c.AddCommand(newClientAdd(a), newClientList(a), newClientRevoke(a), newClientRotate(a), newClientLogout(a))
	return c
}

// issuedClient is how a new client is shown, once.
type issuedClient struct {
	ID     string        `json:"client_id"`
	Secret string        `json:"client_secret"`
	Party  order.PartyID `json:"party"`
}

func newClientAdd(a cli.App) *cobra.Command {
	var party string
	var asJSON bool
	c := &cobra.Command{
		Use:   "add --party ID",
		Short: "Add a client and print its secret, once",
		Example: `  bookgate client add --party 7045
  bookgate client add --party 7045 --json > credentials.json`,
		Args: cli.ExactArgs(0),
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
	cli.JSONFlag(c, &asJSON)
	cli.RequireFlags(c, "party")
	return dataFlag(c)
}

func showClient(a cli.App, c issuedClient, asJSON bool) error {
	if asJSON {
		return cli.PrintJSON(a.Out, c)
	}
	fmt.Fprintf(a.Out, "client_id      %s\nclient_secret  %s\n", c.ID, c.Secret)
	fmt.Fprintf(a.Err, "The secret is shown this once. Fetch a token with it:\n"+
		"  curl -s http://127.0.0.1:8080/oauth/token -d grant_type=client_credentials \\\n"+
		"       -d client_id=%s -d client_secret=…\n", c.ID)
	return nil
}

func newClientList(a cli.App) *cobra.Command {
	return listCommand(a, &cobra.Command{
		Use:   "list",
		Short: "List the clients, revoked ones too",
		Example: `  bookgate client list
  bookgate client list --json | jq -r '.[] | select(.revoked == null) | .client_id'`,
	}, (*store.DB).Clients, printClients)
}

func printClients(a cli.App, clients []auth.Client) error {
	t := cli.NewTable(a.Out, "CLIENT", "PARTY", "ADDED", "STATE")
	for _, c := range clients {
		t.Row(c.ID, string(c.Party), c.Created.Local().Format(time.DateOnly), stateSince("revoked", c.Revoked))
	}
	return t.Flush()
}

func newClientRevoke(a cli.App) *cobra.Command {
	return changeCommand(a, &cobra.Command{
		Use:   "revoke ID",
		Short: "Revoke a client and its tokens; takes effect within one second",
		Example: `  bookgate client revoke bkc_0123456789abcdef
  bookgate client revoke bkc_0123456789abcdef --data /var/lib/bookgate`,
	}, func(ctx context.Context, db *store.DB, id string) (string, error) {
		cl, err := db.RevokeClient(ctx, id, time.Now())
		return fmt.Sprintf("client %s of party %s is revoked since %s", cl.ID, cl.Party,
			cl.Revoked.Local().Format(time.DateTime)), err
	})
}

// longestOverlap bounds how long two secrets of a client are accepted: a
// forgotten secret is one that leaks.
const longestOverlap = 7 * 24 * time.Hour

func newClientRotate(a cli.App) *cobra.Command {
	var overlap time.Duration
	var asJSON bool
	c := &cobra.Command{
		Use:   "rotate ID",
		Short: "Replace a client's secret and print the new one, once",
		Long: `Replace a client's secret and print the new one. It is shown once. The former
secret ends at once, and the client's tokens with it; with --overlap it stays valid for
that time, so that a running system can be changed without an interruption.`,
		Example: `  bookgate client rotate bkc_0123456789abcdef
  bookgate client rotate bkc_0123456789abcdef --overlap 24h --json > credentials.json`,
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if overlap < 0 || overlap > longestOverlap {
				return cli.Usagef("--overlap %s is not a valid time\n  Write 0 to %s, for example 24h", overlap,
					longestOverlap)
			}
			var until time.Time
			if overlap > 0 {
				until = time.Now().Add(overlap)
			}
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				secret, digest := auth.NewClientSecret()
				cl, err := db.RotateClient(ctx, args[0], digest, until)
				if err != nil {
					return err
				}
				return showClient(a, issuedClient{cl.ID, secret, cl.Party}, asJSON)
			})
		},
	}
	c.Flags().DurationVar(&overlap, "overlap", 0, "how long the former secret stays valid")
	cli.JSONFlag(c, &asJSON)
	return dataFlag(c)
}

func newClientLogout(a cli.App) *cobra.Command {
	return changeCommand(a, &cobra.Command{
		Use:   "logout ID",
		Short: "End all tokens of a client; takes effect within one second",
		Example: `  bookgate client logout bkc_0123456789abcdef
  bookgate client logout bkc_0123456789abcdef --data /var/lib/bookgate`,
	}, func(ctx context.Context, db *store.DB, id string) (string, error) {
		if _, err := db.Client(ctx, id); err != nil {
			return "", err
		}
		n, err := db.EndTickets(ctx, auth.KindToken, id)
		return fmt.Sprintf("%s of client %s ended", cli.Counted(int(n), "token", "tokens"), id), err
	})
}
