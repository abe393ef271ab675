package admin

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/cli/settings"
	"github.com/bookgate/bookgate/store"
)

// Commands are those that work on the store itself.
func Commands(a cli.App) []*cobra.Command {
	return []*cobra.Command{newParty(a), newUser(a), newClient(a), newKey(a), newLease(a), newTariff(a), newRoute(a),
		newDeliveries(a), newErase(a), newBackup(a), newRestore(a), newReplicas(a), newDB(a), newStore(a)}
}

// withStore runs an administration command on the store of --data or
// --database. A server may run on it at the same time.
func withStore(c *cobra.Command, a cli.App, do func(ctx context.Context, db *store.DB) error) error {
	conf, err := settings.Load(c, a)
	if err != nil {
		return err
	}
	db, err := store.Open(c.Context(), conf.StorePlace(a), store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer db.Close()
	return do(c.Context(), db)
}

// readCommand makes a command that reads something of the store and shows it:
// to people by print, with --json to programs as it is. Unless the command says
// otherwise it takes no arguments.
func readCommand[T any](a cli.App, c *cobra.Command, read func(ctx context.Context, db *store.DB, args []string) (T,
	error), print func(a cli.App, v T) error) *cobra.Command {
	var asJSON bool
	if c.Args == nil {
		c.Args = cli.ExactArgs(0)
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return withStore(c, a, func(ctx context.Context, db *store.DB) error {
			v, err := read(ctx, db, args)
			if err != nil {
				return err
			}
			if asJSON {
				return cli.PrintJSON(a.Out, v)
			}
			return print(a, v)
		})
	}
	cli.JSONFlag(c, &asJSON)
	return dataFlag(c)
}

// listCommand makes a command that reads a whole list of the store and shows it.
func listCommand[T any](a cli.App, c *cobra.Command, read func(*store.DB, context.Context) ([]T, error),
	print func(a cli.App, list []T) error) *cobra.Command {
	return readCommand(a, c, func(ctx context.Context, db *store.DB, _ []string) ([]T, error) {
		list, err := read(db, ctx)
		return cli.NotNil(list), err
	}, print)
}

// dataFlag adds --data and --database to an administration command, and returns it.
func dataFlag(c *cobra.Command) *cobra.Command {
	settings.AddFlags(c, "data", settings.Database)
	return c
}

// stateSince says that a credential is active, or how and when it ended.
func stateSince(ended string, at time.Time) string {
	if at.IsZero() {
		return "active"
	}
	return ended + " " + at.Local().Format(time.DateOnly)
}

// changeCommand makes a command that changes what its one argument names, and
// says what it did.
func changeCommand(a cli.App, c *cobra.Command,
	change func(ctx context.Context, db *store.DB, name string) (done string, err error)) *cobra.Command {
	c.Args = cli.ExactArgs(1)
	c.RunE = func(c *cobra.Command, args []string) error {
		return withStore(c, a, func(ctx context.Context, db *store.DB) error {
			done, err := change(ctx, db, args[0])
			if err == nil {
				fmt.Fprintln(a.Err, done)
			}
			return err
		})
	}
	return dataFlag(c)
}
