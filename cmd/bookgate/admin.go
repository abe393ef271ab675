package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/bookgate/bookgate/store"
)

// adminCommands are those that work on the store itself.
func adminCommands(a app) []*cobra.Command {
	return []*cobra.Command{newParty(a), newUser(a), newClient(a), newKey(a), newLease(a), newTariff(a), newRoute(a),
		newDeliveries(a), newErase(a), newBackup(a), newRestore(a), newReplicas(a), newDB(a), newStore(a)}
}

// withStore runs an administration command on the store of --data or
// --database. A server may run on it at the same time.
func withStore(c *cobra.Command, a app, do func(ctx context.Context, db *store.DB) error) error {
	conf, err := loadConfig(c, a)
	if err != nil {
		return err
	}
	db, err := store.Open(c.Context(), conf.where(a), store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer db.Close()
	return do(c.Context(), db)
}

// readCommand makes a command that reads something of the store and shows it:
// to people by print, with --json to programs as it is. Unless the command says
// otherwise it takes no arguments.
func readCommand[T any](a app, c *cobra.Command, read func(ctx context.Context, db *store.DB, args []string) (T, error), print func(a app, v T) error) *cobra.Command {
	var asJSON bool
	if c.Args == nil {
		c.Args = exactArgs(0)
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return withStore(c, a, func(ctx context.Context, db *store.DB) error {
			v, err := read(ctx, db, args)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a.out, v)
			}
			return print(a, v)
		})
	}
	jsonFlag(c, &asJSON)
	return dataFlag(c)
}

// dataFlag gives an administration command its --data and --database.
func dataFlag(c *cobra.Command) *cobra.Command {
	addSettings(c, "data", databaseSetting)
	return c
}

// maxSecret bounds what is read as a password: more is a wrong file.
const maxSecret = 4096

// readSecret reads a secret from standard input: its first line when asked to
// by --password-stdin, else typed without echo at a terminal. A secret never
// stands in the arguments, where every user of the machine can see it.
func readSecret(a app, fromStdin bool, prompt string) (string, error) {
	if fromStdin {
		line, err := readLine(a.in, maxSecret)
		if err != nil {
			return "", fmt.Errorf("read the password from standard input: %w", err)
		}
		return line, nil
	}
	f, ok := a.in.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", usagef("there is no terminal to ask for the password\n  Pass it on standard input: --password-stdin < FILE")
	}
	fmt.Fprint(a.err, prompt)
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(a.err)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(b), nil
}
