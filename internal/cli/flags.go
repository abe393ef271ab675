package cli

import "github.com/spf13/cobra"

// JSONFlag adds --json to a reading command.
func JSONFlag(c *cobra.Command, v *bool) {
	c.Flags().BoolVar(v, "json", false, "print JSON instead of a table")
}

// ExactArgs wants n arguments, and says how the command is written.
func ExactArgs(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return Usagef("%s takes %d argument(s), got %d\n  Usage: %s", c.CommandPath(), n, len(args), c.UseLine())
	}
}

// MinArgs wants at least n arguments.
func MinArgs(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) >= n {
			return nil
		}
		return Usagef("%s takes at least %d argument(s), got %d\n  Usage: %s", c.CommandPath(), n, len(args),
			c.UseLine())
	}
}

// RequireFlags refuses the command before it runs when a flag is missing.
func RequireFlags(c *cobra.Command, names ...string) {
	c.PreRunE = func(c *cobra.Command, _ []string) error {
		for _, name := range names {
			if !c.Flags().Changed(name) {
				return Usagef("%s needs --%s\n  Usage: %s", c.CommandPath(), name, c.UseLine())
			}
		}
		return nil
	}
}
