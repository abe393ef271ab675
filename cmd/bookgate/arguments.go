package main

import (
	"github.com/spf13/cobra"
)

// exactArgs wants n arguments, and says how the command is written.
func exactArgs(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return usagef("%s takes %d argument(s), got %d\n  Usage: %s", c.CommandPath(), n, len(args), c.UseLine())
	}
}

// minArgs wants at least n arguments.
func minArgs(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) >= n {
			return nil
		}
		return usagef("%s takes at least %d argument(s), got %d\n  Usage: %s", c.CommandPath(), n, len(args), c.UseLine())
	}
}

// requireFlags refuses the command before it runs when a flag is missing.
func requireFlags(c *cobra.Command, names ...string) {
	c.PreRunE = func(c *cobra.Command, _ []string) error {
		for _, name := range names {
			if !c.Flags().Changed(name) {
				return usagef("%s needs --%s\n  Usage: %s", c.CommandPath(), name, c.UseLine())
			}
		}
		return nil
	}
}
