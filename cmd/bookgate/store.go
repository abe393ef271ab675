package main

import "github.com/spf13/cobra"

// newStore groups what is done with a store as a whole.
func newStore(a app) *cobra.Command {
	c := &cobra.Command{
		Use:   "store",
		Short: "Copy a store to another database",
		Example: `  bookgate store copy --from sqlite:./bookgate-data --to postgres://bookgate@db/bookgate --dry-run
  bookgate store copy --from sqlite:./bookgate-data --to postgres://bookgate@db/bookgate`,
	}
	c.AddCommand(newStoreCopy(a))
	return c
}
