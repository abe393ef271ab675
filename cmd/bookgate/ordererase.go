package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newOrderErase takes the personal data out of one order.
func newOrderErase(a app) *cobra.Command {
	var e erasure
	c := &cobra.Command{
		Use:   "order ID",
		Short: "Erase the personal data of an order",
		Long: `Take the personal data out of an order: names, addresses, ways to reach
somebody, messages, instructions, comments, references in words, whatever
bookgate only kept, the original document, the words and users of the history,
and the callbacks of this order alone with what was sent there. The accounting facts stay: order number, parties' and account numbers,
dates, country, products, quantities, prices, taxes, totals, statuses and
answer codes.

The operator runs this on the machine of the store, also while a server runs.
Without --yes what will go is shown first. The history keeps that it was done,
and the reason.

On SQLite the erased bytes are overwritten, and unless --quick says otherwise
the database file is written anew: that needs room for a second copy, and other
changes wait meanwhile. PostgreSQL frees old rows with its own VACUUM. Backups
taken before still have the data.`,
		Example: `  bookgate erase order 01a1fd9d-8520-78f1-9dae-7681b3e98e5a --reason "case 2026-17"
  bookgate erase order 01a1fd9d-8520-78f1-9dae-7681b3e98e5a --yes --json --data /var/lib/bookgate`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, ok := order.ParseID(args[0])
			if !ok {
				return order.Errorf(order.Malformed, "id-invalid", "%q is not a whole order id.", order.Cut(args[0])).
					WithHint("Write all 36 characters, as bookgate order shows them: what is erased does not come back.")
			}
			return withStore(c, a, func(ctx context.Context, db *store.DB) error { return e.order(ctx, a, db, id) })
		},
	}
	return e.flags(c)
}

// erasedOrder tells what was done to an order.
type erasedOrder struct {
	ID     order.ID `json:"id"`
	Number string   `json:"number"`
	Erased hal.Time `json:"erased"`
	Values int      `json:"values"`         // how many were taken out of the order itself
	Again  bool     `json:"again,omitzero"` // it was erased before, and nothing was left to do
}

// order erases one order.
func (e *erasure) order(ctx context.Context, a app, db *store.DB, id order.ID) error {
	x := exchangeOver(db)
	o, err := x.Whole(ctx, id)
	if err != nil {
		return err
	}
	values, err := o.Personal()
	if err != nil {
		return err
	}
	fmt.Fprintf(a.err, "Order %s from %s to %s, %s\n%s\n", printable(o.Number), o.Sender, printable(orDash(o.SellerName())), o.Status, o.ID)
	if !e.yes { // nobody looks, and a log that keeps it would hold what goes here
		if err := printPersonal(a, values); err != nil {
			return err
		}
	}
	if err := e.confirm(a, "Erase these, the original document, the callbacks, and the words and users of the history?"); err != nil {
		return err
	}
	erased, err := x.Erase(ctx, operator(), id, e.reason)
	if err != nil {
		return err
	}
	if err := e.tell(a, erased, len(values), erased.Revision == o.Revision); err != nil {
		return err
	}
	return e.overwrite(ctx, a, db)
}

// printPersonal shows what will go, where it stands.
func printPersonal(a app, values []order.Field) error {
	if len(values) == 0 {
		return nil
	}
	t := newTable(a.err, "IN", "WILL GO")
	for _, v := range values {
		t.row(v.Pointer, order.Cut(v.Value))
	}
	return t.flush()
}

func (e *erasure) tell(a app, o order.Order, values int, again bool) error {
	if e.asJSON {
		return printJSON(a.out, erasedOrder{ID: o.ID, Number: o.Number, Erased: hal.NewTime(o.Erased), Values: values, Again: again})
	}
	if again {
		fmt.Fprintf(a.err, "order %s was erased %s already; nothing done\n", o.ID, shortTime(o.Erased, time.Now()))
		return nil
	}
	fmt.Fprintf(a.err, "order %s erased\n", o.ID)
	return nil
}
