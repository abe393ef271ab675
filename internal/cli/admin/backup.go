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
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				return takeBackup(ctx, a, db, args[0], verify, asJSON)
			})
		},
	}
	cli.JsonFlag(c, &asJSON)
	c.Flags().BoolVar(&verify, "verify", false, "read the backup back in full; one with a fault is not kept")
	c.AddCommand(newBackupVerify(a), newBackupList(a))
	return dataFlag(c)
}

func takeBackup(ctx context.Context, a cli.App, db *store.DB, file string, verify, asJSON bool) error {
	m, err := db.Backup(ctx, a.Path(file), store.BackupOptions{Verify: verify, Version: a.Version, Progress: progress(a)})
	if err != nil {
		return backupError(err)
	}
	return showBackup(a, "backup", file, m, verify, asJSON)
}

func newBackupVerify(a cli.App) *cobra.Command {
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
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			m, err := store.VerifyBackup(c.Context(), a.Path(args[0]), progress(a))
			if err != nil {
				return backupError(err)
			}
			return showBackup(a, "backup", args[0], m, true, asJSON)
		},
	}
	cli.JsonFlag(c, &asJSON)
	return c
}

// progress shows what is being done to a person at a terminal.
func progress(a cli.App) store.Progress {
	if !cli.IsTerminal(a.Terminal) {
		return nil
	}
	return func(step string) { fmt.Fprintf(a.Err, "%s …\n", step) }
}

// backupError gives what is no backup, or none that this program can read, the
// exit code of things that must be set right before trying again.
func backupError(err error) error {
	var e *order.Error
	if errors.As(err, &e) && (e.Code == "backup-foreign" || e.Code == "backup-newer" || e.Code == "backup-diverged") {
		return cli.WithExit(cli.ExitConfig, err)
	}
	return err
}

// takenBackup is a backup as the store remembers it.
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
		Short: "List the backups that were taken of this store",
		Long: `list shows the backups that were taken of this store and whether they were read
back. It does not look whether they are still there.`,
		Example: `  bookgate backup list
  bookgate backup list --json | jq '.[-1]'`,
	}, takenBackups, printBackups)
}

func takenBackups(ctx context.Context, db *store.DB, _ []string) ([]takenBackup, error) {
	records, err := db.Backups(ctx)
	all := make([]takenBackup, len(records))
	for i, r := range records {
		all[i] = takenBackup{Taken: hal.NewTime(r.Taken), File: r.Place, Orders: r.Orders, Documents: fmt.Sprintf("%x", r.Documents)}
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

// shownBackup is a backup as programs are told of it.
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

// printManifest tells people what is in a backup.
func printManifest(w io.Writer, b shownBackup) {
	m := b.Manifest
	fmt.Fprintf(w, "  taken       %s, of %s, schema %d, epoch %s, by bookgate %s\n", m.Taken.Format(time.RFC3339), m.Engine, m.Schema, m.Epoch, m.Version)
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

// newRestore makes a store of a backup.
func newRestore(a cli.App) *cobra.Command {
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
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			conf, err := settings.Load(c, a)
			if err != nil {
				return err
			}
			return restore(c, a, args[0], restorePlace(c, a, conf), asJSON)
		},
	}
	cli.JsonFlag(c, &asJSON)
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
	m, err := store.Restore(c.Context(), a.Path(file), where, store.Options{Log: slog.New(slog.DiscardHandler)}, progress(a))
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
	fmt.Fprint(a.Out, "  tickets     none is valid any more; users log in again\n"+
		"  credentials as of the backup; end again what was disabled, revoked or rotated since\n")
	return nil
}
