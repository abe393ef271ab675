package main

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/store"
)

// newRestore makes a store of a backup.
func newRestore(a app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "restore FILE --data DIR | --database URL",
		Short: "Make a store of a backup, in an empty place",
		Long: `restore verifies a backup and makes a store of it: in a data folder that is
missing or has no store, or in an empty PostgreSQL database, whichever of them
the backup was taken of. What is there already is never overwritten.

Everything is as it was when the backup was taken, but that no ticket is
valid: users log in again. Users, clients, keys and secrets are
those of the backup: what was disabled, revoked or rotated since then has to be
ended again. Orders that were acknowledged after that are not in it: their senders have to send them
again, which is safe for all others as well. Readers go on with the cursors that
they have: they may see changes again and miss none. What was erased since then
comes back, and has to be erased again.

Exit codes: 0 restored, 1 the backup has faults, 5 the place is not empty, 7 it
cannot be reached or is in use, 78 the file is no backup or of a newer bookgate.`,
		Example: `  bookgate restore /backup/bookgate-2026-11-21.db --data ./restored
  bookgate restore /backup/bookgate.db --database postgres://bookgate@db/bookgate`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			conf, err := loadConfig(c, a)
			if err != nil {
				return err
			}
			return restore(c, a, args[0], restorePlace(c, a, conf), asJSON)
		},
	}
	jsonFlag(c, &asJSON)
	return dataFlag(c)
}

// restorePlace names where to restore. A folder in the command itself counts
// before a database in the environment, which is the one that is in use.
func restorePlace(c *cobra.Command, a app, conf config) string {
	if c.Flags().Changed("data") && !c.Flags().Changed(databaseSetting) {
		return a.path(conf["data"].Value)
	}
	return conf.where(a)
}

func restore(c *cobra.Command, a app, file, where string, asJSON bool) error {
	m, err := store.Restore(c.Context(), a.path(file), where, store.Options{Log: slog.New(slog.DiscardHandler)}, progress(a))
	if err != nil {
		return backupError(err)
	}
	b, err := lookAtBackup(a.path(file), m, true)
	if err != nil {
		return err
	}
	b.Restored = maskDatabase(where)
	if asJSON {
		return printJSON(a.out, b)
	}
	fmt.Fprintf(a.out, "restored %s\n  into        %s\n", printable(b.File), printable(b.Restored))
	printManifest(a.out, b)
	fmt.Fprint(a.out, "  tickets     none is valid any more; users log in again\n"+
		"  credentials as of the backup; end again what was disabled, revoked or rotated since\n")
	return nil
}
