package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newTariff groups the commands on tariffs.
func newTariff(a cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "tariff",
		Short: "Set and list the monthly lease tariffs of a shop",
		Example: `  bookgate tariff set --party 7045 24=4.47 36=3.04
  bookgate tariff list --party 7045`,
	}
	c.AddCommand(newTariffSet(a), newTariffList(a))
	return c
}

func newTariffSet(a cli.App) *cobra.Command {
	var party string
	c := &cobra.Command{
		Use:   "set --party ID MONTHS=PERCENT…",
		Short: "Replace the tariffs of a shop",
		Long: `Replace the tariffs of a shop: for each period that it may offer, the monthly
payment in per cent of an order's amount without VAT. The shop's endpoints of the
formats montly and montly.test are notified. Existing orders keep their price.`,
		Example: `  bookgate tariff set --party 7045 24=4.47 36=3.04
  bookgate tariff set --party 7045 24=5 --data /var/lib/bookgate`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			table, err := montly.ParseTable(args)
			if err != nil {
				return err
			}
			notice, err := montly.TariffNotice(table, time.Now())
			if err != nil {
				return err
			}
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				if err := db.SetTariffs(ctx, order.PartyID(party), table, notice); err != nil {
					return err
				}
				fmt.Fprintf(a.Err, "party %s has %d tariffs\n", party, len(table))
				return nil
			})
		},
	}
	c.Flags().StringVar(&party, "party", "", "the shop")
	cli.RequireFlags(c, "party")
	return dataFlag(c)
}

// tariffRow is a tariff as it is shown.
type tariffRow struct {
	Months  int    `json:"months"`
	Percent string `json:"percent"`
}

func newTariffList(a cli.App) *cobra.Command {
	var party string
	c := readCommand(a, &cobra.Command{
		Use:   "list --party ID",
		Short: "List a shop's tariffs",
		Long: `List the tariffs of a shop. A shop without tariffs of its own has those of the
exchange.`,
		Example: `  bookgate tariff list --party 7045
  bookgate tariff list --party 7045 --json`,
	}, func(ctx context.Context, db *store.DB, _ []string) ([]tariffRow, error) {
		return tariffsOf(ctx, db, order.PartyID(party))
	}, printTariffs)
	c.Flags().StringVar(&party, "party", "", "the shop")
	cli.RequireFlags(c, "party")
	return c
}

func tariffsOf(ctx context.Context, db *store.DB, party order.PartyID) ([]tariffRow, error) {
	if _, err := db.Party(ctx, party); err != nil {
		return nil, err
	}
	table, err := montly.TariffsOf(ctx, db, party)
	rows := make([]tariffRow, 0, len(table))
	for _, months := range table.Months() {
		rows = append(rows, tariffRow{months, table[months].String()})
	}
	return rows, err
}

func printTariffs(a cli.App, rows []tariffRow) error {
	t := cli.NewTable(a.Out, "MONTHS", "PERCENT")
	for _, r := range rows {
		t.Row(fmt.Sprint(r.Months), r.Percent)
	}
	return t.Flush()
}
