package admin

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/app/dialects"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// operator is who erases: a person with access to the store.
func operator() order.Actor { return order.Actor{Name: "operator", Via: "command"} }

// newErase groups what takes personal data out of the store.
func newErase(a cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "erase",
		Short: "Erase the personal data of an order, or a party",
		Example: `  bookgate erase order 01a1fd9d-8520-78f1-9dae-7681b3e98e5a --reason "case 2026-17"
  bookgate erase party 116 --reason "closed 2026"`,
	}
	c.AddCommand(newEraseOrder(a), newEraseParty(a))
	return c
}

// erasure is the flags of a command that erases.
type erasure struct {
	reason             string
	yes, quick, asJSON bool
}

func (e *erasure) flags(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&e.reason, "reason", "", "the reason, for the history: a case number, not a name")
	c.Flags().BoolVar(&e.yes, "yes", false, "do not ask for confirmation")
	c.Flags().BoolVar(&e.quick, "quick", false,
		"do not rewrite the database file, which removes remains from its free space")
	cli.JSONFlag(c, &e.asJSON)
	return dataFlag(c)
}

// newLocalExchange is the exchange over a store without a server. It submits nothing, so
// nothing has to run in the background.
func newLocalExchange(db *store.DB) *order.Exchange {
	return order.NewExchange(db, db, order.Config{Rules: dialects.Rules()})
}

// confirm asks the person at the terminal, unless --yes said it already.
func (e *erasure) confirm(a cli.App, question string) error {
	if e.yes {
		return nil
	}
	if !cli.IsTerminal(a.In) {
		return cli.Usagef("nothing was erased: there is no terminal to ask whether you are sure\n  When you are: --yes")
	}
	fmt.Fprintf(a.Err, "%s This cannot be undone. Type yes to go on: ", question)
	line, err := bufio.NewReader(io.LimitReader(a.In, cli.MaxSecret)).ReadString('\n')
	if err != nil && err != io.EOF {
		return fmt.Errorf("read the answer: %w", err)
	}
	if strings.TrimSpace(line) != "yes" {
		return cli.Usagef("nothing was erased")
	}
	return nil
}

// overwrite makes sure that the files of the store hold nothing of what was
// erased. Where that fails the erasure stands all the same, and only old bytes
// are left.
func (e *erasure) overwrite(ctx context.Context, a cli.App, db *store.DB) error {
	if err := db.Overwrite(ctx, !e.quick); err != nil {
		fmt.Fprintln(a.Err, "erased, but older bytes of it are still in the files of the store:")
		return err
	}
	return nil
}

// newEraseOrder takes the personal data out of one order.
func newEraseOrder(a cli.App) *cobra.Command {
	var e erasure
	c := &cobra.Command{
		Use:   "order ID",
		Short: "Erase the personal data of an order",
		Long: `Erase the personal data of an order: names, addresses, contact data, messages,
instructions, comments, textual references, unknown elements of the document, the
original document, comments and users in the history, and the callbacks of this order
with their deliveries. Accounting data are retained: order number, numbers of parties
and accounts, dates, country, products, quantities, prices, taxes, totals, statuses and
answer codes.

The operator runs this on the machine of the store, also while a server runs. Without
--yes it lists what will be erased and asks first. The history records the erasure and
its reason.

On SQLite the erased bytes are overwritten, and without --quick the database file is
rewritten: that needs disk space for a second copy, and other changes wait meanwhile.
PostgreSQL frees old rows with its own VACUUM. Older backups still contain the data.`,
		Example: `  bookgate erase order 01a1fd9d-8520-78f1-9dae-7681b3e98e5a --reason "case 2026-17"
  bookgate erase order 01a1fd9d-8520-78f1-9dae-7681b3e98e5a --yes --json --data /var/lib/bookgate`,
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, ok := order.ParseID(args[0])
			if !ok {
				return order.Errorf(order.Malformed, "id-invalid", "%q is not a whole order id.", order.Truncate(args[0])).
					WithHint("Write all 36 characters, as bookgate order shows them: " +
						"what is erased does not come back.")
			}
			return withStore(c, a, func(ctx context.Context, db *store.DB) error { return e.order(ctx, a, db, id) })
		},
	}
	return e.flags(c)
}

// erasedOrder is an erased order in JSON.
type erasedOrder struct {
	ID     order.ID `json:"id"`
	Number string   `json:"number"`
	Erased hal.Time `json:"erased"`
	Values int      `json:"values"`         // how many were taken out of the order itself
	Again  bool     `json:"again,omitzero"` // it was erased before, and nothing was left to do
}

// order erases one order.
func (e *erasure) order(ctx context.Context, a cli.App, db *store.DB, id order.ID) error {
	x := newLocalExchange(db)
	o, err := x.LoadForOperator(ctx, id)
	if err != nil {
		return err
	}
	values, err := o.PersonalData()
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Err, "Order %s from %s to %s, %s\n%s\n", cli.Printable(o.Number), o.Sender,
		cli.Printable(cli.OrDash(o.SellerName())), o.Status, o.ID)
	if !e.yes { // a log of the output would retain what is erased here
		if err := printPersonal(a, values); err != nil {
			return err
		}
	}
	if err := e.confirm(a,
		"Erase these, the original document, the callbacks, and the words and users of the history?"); err != nil {
		return err
	}
	erased, err := x.Erase(ctx, operator(), id, e.reason)
	if err != nil {
		return err
	}
	if err := e.report(a, erased, len(values), erased.Revision == o.Revision); err != nil {
		return err
	}
	return e.overwrite(ctx, a, db)
}

// printPersonal shows what will go, where it stands.
func printPersonal(a cli.App, values []order.Field) error {
	if len(values) == 0 {
		return nil
	}
	t := cli.NewTable(a.Err, "IN", "WILL GO")
	for _, v := range values {
		t.Row(v.Pointer, order.Truncate(v.Value))
	}
	return t.Flush()
}

func (e *erasure) report(a cli.App, o order.Order, values int, again bool) error {
	if e.asJSON {
		return cli.PrintJSON(a.Out,
			erasedOrder{ID: o.ID, Number: o.Number, Erased: hal.NewTime(o.Erased), Values: values, Again: again})
	}
	if again {
		fmt.Fprintf(a.Err, "order %s was erased %s already; nothing done\n", o.ID, cli.ShortTime(o.Erased, time.Now()))
		return nil
	}
	fmt.Fprintf(a.Err, "order %s erased\n", o.ID)
	return nil
}

// newEraseParty takes a party out of the exchange.
func newEraseParty(a cli.App) *cobra.Command {
	var e erasure
	c := &cobra.Command{
		Use:   "party ID",
		Short: "Erase a party permanently, with the personal data of its orders",
		Long: `Remove a party from the exchange permanently. Every order that it sent, or that was
sent on its behalf, is erased as by bookgate erase order. Its name, users, clients,
tickets, routes and permissions are deleted; in orders of other parties the names and
comments of its users are erased from the history, and its answers are retained. It can
no longer log in, send or receive; an order that names it fails with that reason. Its
number is retained for the accounting data of old orders, and so are its aliases that
are trade numbers.

An interrupted command continues when it is run again.`,
		Example: `  bookgate erase party 7045 --reason "case 2026-18"
  bookgate erase party 7045 --yes --data /var/lib/bookgate`,
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c, a,
				func(ctx context.Context, db *store.DB) error { return e.party(ctx, a, db, order.PartyID(args[0])) })
		},
	}
	return e.flags(c)
}

// erasedParty is an erased party in JSON.
type erasedParty struct {
	ID     order.PartyID `json:"id"`
	Erased hal.Time      `json:"erased"`
	Orders int           `json:"orders"` // erased by this call
}

// party erases a party.
func (e *erasure) party(ctx context.Context, a cli.App, db *store.DB, id order.PartyID) error {
	p, err := db.Party(ctx, id)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Err, "Party %s, %s\n", p.ID, cli.Printable(nameWords(p)))
	if err := e.confirm(a, "Erase it permanently, with the personal data in all orders that it sent?"); err != nil {
		return err
	}
	progress := func(done order.PartyErasure) {
		if done.Orders > 0 {
			fmt.Fprintf(a.Err, "%d orders erased…\n", done.Orders)
		}
	}
	done, err := newLocalExchange(db).EraseParty(ctx, operator(), id, e.reason, progress)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Err, "party %s erased, with %d orders\n", id, done.Orders)
	if e.asJSON {
		if err := cli.PrintJSON(a.Out,
			erasedParty{ID: id, Erased: hal.NewTime(done.Party.Erased), Orders: done.Orders}); err != nil {
			return err
		}
	}
	return e.overwrite(ctx, a, db)
}

// nameWords is a party's name, or since when it has none.
func nameWords(p order.Party) string {
	if p.Erased.IsZero() {
		return p.Name
	}
	return "erased " + p.Erased.Local().Format(time.DateOnly)
}
