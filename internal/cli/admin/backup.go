package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/cli/settings"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newBackup takes backups and looks at them.
func newBackup(a cli.App) *cobra.Command {
	var asJSON, verify bool
	c := &cobra.Command{
		Use:   "backup FILE [--verify]",
		Short: "Back up the whole store into one file, also while a server runs",
		Long: `Write a consistent copy of the whole store into a new file: orders, documents,
histories, change numbers, parties and logins. A server may run on the store
meanwhile, and does not wait for the backup. Whether the store is a folder or a
PostgreSQL database, the backup is one SQLite file, and either can be restored from
it. It contains password hashes: store it in a safe place.

The file contains a manifest of its content. With --verify the backup is read back
in full before it gets its name: every row and every document is compared with the
manifest.

An existing file is not overwritten (exit code 5).`,
		Example: `  bookgate backup /backup/bookgate-2026-11-21.db --verify --data /var/lib/bookgate
  bookgate backup /backup/bookgate.db --verify --json | jq .verified
  bookgate backup verify /backup/bookgate-2026-11-21.db`,
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				return takeBackup(ctx, a, db, args[0], verify, asJSON)
			})
		},
	}
	cli.JSONFlag(c, &asJSON)
	c.Flags().BoolVar(&verify, "verify", false, "read the backup back in full; a faulty one is deleted")
	c.AddCommand(newBackupVerify(a), newBackupList(a))
	return dataFlag(c)
}

func takeBackup(ctx context.Context, a cli.App, db *store.DB, file string, verify, asJSON bool) error {
	m, err := db.Backup(ctx, a.Path(file),
		store.BackupOptions{Verify: verify, Version: a.Version, Progress: progress(a)})
	if err != nil {
		return backupError(err)
	}
	return showBackup(a, "backup", file, m, verify, asJSON)
}

func newBackupVerify(a cli.App) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify FILE",
		Short: "Verify that a backup is complete and undamaged",
		Long: `Read a backup in full and compare it with its manifest: the integrity of the
database, every row, every document with its digest, and the consistency of orders,
histories, lists and change numbers. It needs no store and writes nothing.

Exit codes: 0 no fault, 1 faults, which are listed, 78 the file is not a backup, or
from a newer bookgate.`,
		Example: `  bookgate backup verify /backup/bookgate-2026-11-21.db
  bookgate backup verify /backup/bookgate.db --json`,
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			m, err := store.VerifyBackup(c.Context(), a.Path(args[0]), progress(a))
			if err != nil {
				return backupError(err)
			}
			return showBackup(a, "backup", args[0], m, true, asJSON)
		},
	}
	cli.JSONFlag(c, &asJSON)
	return c
}

// progress shows what is being done to a person at a terminal.
func progress(a cli.App) store.Progress {
	if !cli.IsTerminal(a.Terminal) {
		return nil
	}
	return func(step string) { fmt.Fprintf(a.Err, "%s …\n", step) }
}

// backupError returns err, with exit code 78 where the file is not a backup that
// this program can read.
func backupError(err error) error {
	var e *order.Error
	if errors.As(err, &e) && (e.Code == "backup-foreign" || e.Code == "backup-newer" || e.Code == "backup-diverged") {
		return cli.WithExit(cli.ExitConfig, err)
	}
	return err
}

// takenBackup is a backup as the store has recorded it.
type takenBackup struct {
	Taken     hal.Time  `json:"taken"`
	Verified  *hal.Time `json:"verified"`
	File      string    `json:"file"`
	Orders    int64     `json:"orders"`
	Documents string    `json:"documents"`
}

func newBackupList(a cli.App) *cobra.Command {
	return readCommand(a, &cobra.Command{
		Use:   "list",
		Short: "List the backups of this store",
		Long: `List the backups of this store, and whether they were verified. It does not check
whether the files still exist.`,
		Example: `  bookgate backup list
  bookgate backup list --json | jq '.[-1]'`,
	}, takenBackups, printBackups)
}

func takenBackups(ctx context.Context, db *store.DB, _ []string) ([]takenBackup, error) {
	records, err := db.Backups(ctx)
	all := make([]takenBackup, len(records))
	for i, r := range records {
		all[i] = takenBackup{Taken: hal.NewTime(r.Taken), File: r.Place, Orders: r.Orders,
			Documents: fmt.Sprintf("%x", r.Documents)}
		if !r.Verified.IsZero() {
			verified := hal.NewTime(r.Verified)
			all[i].Verified = &verified
		}
	}
	return all, err
}

func printBackups(a cli.App, all []takenBackup) error {
	t := cli.NewTable(a.Out, "TAKEN", "VERIFIED", "ORDERS", "FILE")
	for _, b := range all {
		verified := "no"
		if b.Verified != nil {
			verified = b.Verified.Format(time.RFC3339)
		}
		t.Row(b.Taken.Format(time.RFC3339), verified, strconv.FormatInt(b.Orders, 10), b.File)
	}
	return t.Flush()
}

// shownBackup is a backup in JSON.
type shownBackup struct {
	File     string         `json:"file"`
	Bytes    int64          `json:"bytes"`
	Verified bool           `json:"verified"`
	Restored string         `json:"restored,omitempty"` // where to
	Manifest store.Manifest `json:"manifest"`
}

func showBackup(a cli.App, word, file string, m store.Manifest, verified, asJSON bool) error {
	b, err := describeBackup(a.Path(file), m, verified)
	if err != nil {
		return err
	}
	if asJSON {
		return cli.PrintJSON(a.Out, b)
	}
	fmt.Fprintf(a.Out, "%s %s\n", word, cli.Printable(b.File))
	printManifest(a.Out, b)
	return nil
}

func describeBackup(file string, m store.Manifest, verified bool) (b shownBackup, err error) {
	b = shownBackup{Verified: verified, Manifest: m}
	if b.File, err = filepath.Abs(file); err != nil {
		return b, err
	}
	info, err := os.Stat(b.File)
	if err != nil {
		return b, err
	}
	b.Bytes = info.Size()
	return b, nil
}

// printManifest prints the content of a backup for people.
func printManifest(w io.Writer, b shownBackup) {
	m := b.Manifest
	fmt.Fprintf(w, "  taken       %s, of %s, schema %d, epoch %s, by bookgate %s\n", m.Taken.Format(time.RFC3339),
		m.Engine, m.Schema, m.Epoch, m.Version)
	fmt.Fprintf(w, "  size        %s\n", byteSize(b.Bytes))
	fmt.Fprintf(w, "  orders      %d\n", m.Rows("orders"))
	fmt.Fprintf(w, "  documents   %d, sha256 %s\n", m.Documents.Count, m.Documents.SHA256)
	fmt.Fprintf(w, "  changes     %d, of %d parties\n", m.Changes(), len(m.Heads))
	if b.Verified {
		fmt.Fprintln(w, "  verified    read in full, and all is as the manifest says")
		return
	}
	fmt.Fprintf(w, "  verified    no; bookgate backup verify %s\n", b.File)
}

// byteSize writes a number of bytes for people.
func byteSize(n int64) string {
	for _, unit := range []struct {
		bytes int64
		name  string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.bytes {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(unit.bytes), unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// newRestore restores a backup.
func newRestore(a cli.App) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "restore FILE --data DIR | --database URL",
		Short: "Restore a backup into an empty folder or database",
		Long: `Verify a backup and restore it into a data folder that is missing or has no store,
or into an empty PostgreSQL database, whichever of them the backup was taken of.
Existing data are never overwritten.

Everything is as it was at the time of the backup, except that no ticket is valid:
users log in again. Users, clients, keys and secrets are those of the backup: disable,
revoke or rotate again what was changed since. Orders that were accepted later are
missing: their senders have to send them again; sending is idempotent. Readers continue
with their cursors: they may see changes twice and miss none. Data erased since the
backup are back, and have to be erased again.

Exit codes: 0 restored, 1 the backup has faults, 5 the target is not empty, 7 it cannot
be reached or is in use, 78 the file is not a backup, or from a newer bookgate.`,
		Example: `  bookgate restore /backup/bookgate-2026-11-21.db --data ./restored
  bookgate restore /backup/bookgate.db --database postgres://bookgate@db/bookgate`,
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			conf, err := settings.Load(c, a)
			if err != nil {
				return err
			}
			return restore(c, a, args[0], restorePlace(c, a, conf), asJSON)
		},
	}
	cli.JSONFlag(c, &asJSON)
	return dataFlag(c)
}

// restorePlace names where to restore. A folder in the command itself counts
// before a database in the environment, which is the one that is in use.
func restorePlace(c *cobra.Command, a cli.App, conf settings.Config) string {
	if c.Flags().Changed("data") && !c.Flags().Changed(settings.Database) {
		return a.Path(conf["data"].Value)
	}
	return conf.StorePlace(a)
}

func restore(c *cobra.Command, a cli.App, file, where string, asJSON bool) error {
	m, err := store.Restore(c.Context(), a.Path(file), where, store.Options{Log: slog.New(slog.DiscardHandler)},
		progress(a))
	if err != nil {
		return backupError(err)
	}
	b, err := describeBackup(a.Path(file), m, true)
	if err != nil {
		return err
	}
	b.Restored = settings.MaskDatabase(where)
	if asJSON {
		return cli.PrintJSON(a.Out, b)
	}
	fmt.Fprintf(a.Out, "restored %s\n  into        %s\n", cli.Printable(b.File), cli.Printable(b.Restored))
	printManifest(a.Out, b)
	fmt.Fprint(a.Out, "  tickets     all have ended; users log in again\n"+
		"  credentials as of the backup; disable, revoke or rotate again what was changed since\n")
	return nil
}
