package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// operator is who erases: a person with access to the store.
func operator() order.Actor { return order.Actor{Name: "operator", Via: "command"} }

// newErase groups what takes personal data out of the store.
func newErase(a app) *cobra.Command {
	c := &cobra.Command{
		Use:   "erase",
		Short: "Erase the personal data of an order, or a party",
		Example: `  bookgate erase order 01a1fd9d-8520-78f1-9dae-7681b3e98e5a --reason "case 2026-17"
  bookgate erase party 116 --reason "closed 2026"`,
	}
	c.AddCommand(newOrderErase(a), newPartyErase(a))
	return c
}

// erasure is what a command that erases was told.
type erasure struct {
	reason             string
	yes, quick, asJSON bool
}

func (e *erasure) flags(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&e.reason, "reason", "", "why, for the history: the number of a case, and no name")
	c.Flags().BoolVar(&e.yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&e.quick, "quick", false, "do not write the database file anew, as is done to leave no piece in its free space")
	jsonFlag(c, &e.asJSON)
	return dataFlag(c)
}

// exchangeOver is the exchange over a store without a server. It submits nothing, so
// nothing has to run in the background.
func exchangeOver(db *store.DB) *order.Exchange {
	return order.NewExchange(db, db, order.Config{Rules: rules()})
}

// confirm asks the person at the terminal, unless --yes said it already.
func (e *erasure) confirm(a app, question string) error {
	if e.yes {
		return nil
	}
	f, ok := a.in.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return usagef("nothing was erased: there is no terminal to ask whether you are sure\n  When you are: --yes")
	}
	fmt.Fprintf(a.err, "%s This cannot be undone. Type yes to go on: ", question)
	line, err := bufio.NewReader(io.LimitReader(a.in, maxSecret)).ReadString('\n')
	if err != nil && err != io.EOF {
		return fmt.Errorf("read the answer: %w", err)
	}
	if strings.TrimSpace(line) != "yes" {
		return usagef("nothing was erased")
	}
	return nil
}

// overwrite makes sure that the files of the store hold nothing of what was
// erased. Where that fails the erasure stands all the same, and only old bytes
// are left.
func (e *erasure) overwrite(ctx context.Context, a app, db *store.DB) error {
	if err := db.Overwrite(ctx, !e.quick); err != nil {
		fmt.Fprintln(a.err, "erased, but older bytes of it are still in the files of the store:")
		return err
	}
	return nil
}
