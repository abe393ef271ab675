package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newBackup takes backups and looks at them.
func newBackup(a app) *cobra.Command {
	var asJSON, verify bool
	c := &cobra.Command{
		Use:   "backup FILE [--verify]",
		Short: "Back up the whole store into one file, also while a server runs",
		Long: `backup writes all that the store holds, in one state, into a new file: orders,
documents, histories, change numbers, parties and logins. A server may run on
the store meanwhile, and nobody waits for the backup. Whether the store is a
folder or a PostgreSQL database, the backup is one SQLite file, and either can
be restored from it. Keep it where its passwords' hashes are safe.

The file holds a manifest of what must be in it. With --verify the backup is
read back in full before it gets its name: every row and every document is
compared with the manifest.

A file that exists is not overwritten (exit code 5).`,
		Example: `  bookgate backup /backup/bookgate-2026-11-21.db --verify --data /var/lib/bookgate
  bookgate backup /backup/bookgate.db --verify --json | jq .verified
  bookgate backup verify /backup/bookgate-2026-11-21.db`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				return takeBackup(ctx, a, db, args[0], verify, asJSON)
			})
		},
	}
	jsonFlag(c, &asJSON)
	c.Flags().BoolVar(&verify, "verify", false, "read the backup back in full; one with a fault is not kept")
	c.AddCommand(newBackupVerify(a), newBackupList(a))
	return dataFlag(c)
}

func takeBackup(ctx context.Context, a app, db *store.DB, file string, verify, asJSON bool) error {
	m, err := db.Backup(ctx, a.path(file), store.BackupOptions{Verify: verify, Version: a.version, Progress: progress(a)})
	if err != nil {
		return backupError(err)
	}
	return showBackup(a, "backup", file, m, verify, asJSON)
}

func newBackupVerify(a app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify FILE",
		Short: "Read a backup in full and tell whether it can be trusted",
		Long: `verify reads a backup in full and compares it with the manifest in it: the
soundness of the database, every row, every document with the digest that it
came in with, and that orders, histories, lists and change numbers fit together.
It needs no store and writes nothing.

Exit codes: 0 without a fault, 1 with faults, each of which is named, 78 for a
file that is no backup or is of a newer bookgate.`,
		Example: `  bookgate backup verify /backup/bookgate-2026-11-21.db
  bookgate backup verify /backup/bookgate.db --json`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			m, err := store.VerifyBackup(c.Context(), a.path(args[0]), progress(a))
			if err != nil {
				return backupError(err)
			}
			return showBackup(a, "backup", args[0], m, true, asJSON)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

// progress shows what is being done to a person at a terminal.
func progress(a app) store.Progress {
	if !isTerminal(a.terminal) {
		return nil
	}
	return func(step string) { fmt.Fprintf(a.err, "%s …\n", step) }
}

// backupError gives what is no backup, or none that this program can read, the
// exit code of things that must be set right before trying again.
func backupError(err error) error {
	var e *order.Error
	if errors.As(err, &e) && (e.Code == "backup-foreign" || e.Code == "backup-newer" || e.Code == "backup-diverged") {
		return withExit(exitConfig, err)
	}
	return err
}
