package main

import "github.com/spf13/cobra"

// newDB groups what is done to the store as a whole.
func newDB(a app) *cobra.Command {
	c := &cobra.Command{
		Use:   "db",
		Short: "Check the store",
		Example: `  bookgate db scrub --data ./bookgate-data
  bookgate db scrub --json`,
	}
	c.AddCommand(newDBScrub(a))
	return c
}
