package admin

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newRoute groups the commands on routing.
func newRoute(a cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "route",
		Short: "Manage routing rules",
		Long: `An order goes to its SellerParty. Without one, the routes of its products decide, by
the longest EAN prefix, and then the default seller of the sender. An order without a
matching rule fails, with that reason.`,
		Example: `  bookgate route add --ean-prefix 978820 --seller 900877
  bookgate route default --sender 104 --seller 900877`,
	}
	c.AddCommand(newRouteAdd(a), newRouteDefault(a), newRouteList(a))
	return c
}

func newRouteAdd(a cli.App) *cobra.Command {
	var prefix, seller string
	c := &cobra.Command{
		Use:   "add --ean-prefix P --seller ID",
		Short: "Route products to a receiver by a prefix of their EAN",
		Example: `  bookgate route add --ean-prefix 978820 --seller 900877
  bookgate route add --ean-prefix 97882023 --seller 900112`,
		Args: cli.ExactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			r := order.Route{Prefix: prefix, Seller: order.PartyID(seller)}
			if err := r.Check(); err != nil {
				return err
			}
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				if err := db.AddRoute(ctx, r); err != nil {
					return err
				}
				fmt.Fprintf(a.Err, "products %s… go to %s\n", r.Prefix, r.Seller)
				return nil
			})
		},
	}
	c.Flags().StringVar(&prefix, "ean-prefix", "", "the beginning of the EANs, 1 to 13 digits")
	c.Flags().StringVar(&seller, "seller", "", "the receiver")
	cli.RequireFlags(c, "ean-prefix", "seller")
	return dataFlag(c)
}

func newRouteDefault(a cli.App) *cobra.Command {
	var sender, seller string
	c := &cobra.Command{
		Use:   "default --sender ID --seller ID",
		Short: "Set the default receiver of a sender's orders",
		Example: `  bookgate route default --sender 104 --seller 900877
  bookgate route default --sender 7045 --seller 900877 --data /var/lib/bookgate`,
		Args: cli.ExactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				if err := db.SetDefaultSeller(ctx, order.PartyID(sender), order.PartyID(seller)); err != nil {
					return err
				}
				fmt.Fprintf(a.Err, "orders of %s go to %s unless a rule says otherwise\n", sender, seller)
				return nil
			})
		},
	}
	c.Flags().StringVar(&sender, "sender", "", "the sender")
	c.Flags().StringVar(&seller, "seller", "", "the receiver")
	cli.RequireFlags(c, "sender", "seller")
	return dataFlag(c)
}

// routing is every rule, as route list shows it.
type routing struct {
	Routes   []order.Route   `json:"routes"`
	Defaults []defaultSeller `json:"defaults"`
}

type defaultSeller struct {
	Sender order.PartyID `json:"sender"`
	Seller order.PartyID `json:"seller"`
}

func newRouteList(a cli.App) *cobra.Command {
	return readCommand(a, &cobra.Command{
		Use:   "list",
		Short: "List the routing rules",
		Example: `  bookgate route list
  bookgate route list --json`,
	}, loadRouting, printRouting)
}

func printRouting(a cli.App, r routing) error {
	t := cli.NewTable(a.Out, "ORDERS", "GO TO")
	for _, route := range r.Routes {
		t.Row("of products "+route.Prefix+"…", string(route.Seller))
	}
	for _, d := range r.Defaults {
		t.Row("of sender "+string(d.Sender)+", by default", string(d.Seller))
	}
	return t.Flush()
}

func loadRouting(ctx context.Context, db *store.DB, _ []string) (routing, error) {
	routes, err := db.Routes(ctx)
	if err != nil {
		return routing{}, err
	}
	defaults, err := db.DefaultSellers(ctx)
	if err != nil {
		return routing{}, err
	}
	r := routing{Routes: cli.NotNil(routes), Defaults: []defaultSeller{}}
	for sender, seller := range defaults {
		r.Defaults = append(r.Defaults, defaultSeller{sender, seller})
	}
	slices.SortFunc(r.Defaults, func(a, b defaultSeller) int { return cmp.Compare(a.Sender, b.Sender) })
	return r, nil
}
