package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/store"
)

// takenBackup is a backup as the store remembers it.
type takenBackup struct {
	Taken     hal.Time  `json:"taken"`
	Verified  *hal.Time `json:"verified"`
	File      string    `json:"file"`
	Orders    int64     `json:"orders"`
	Documents string    `json:"documents"`
}

func newBackupList(a app) *cobra.Command {
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

func printBackups(a app, all []takenBackup) error {
	t := newTable(a.out, "TAKEN", "VERIFIED", "ORDERS", "FILE")
	for _, b := range all {
		verified := "no"
		if b.Verified != nil {
			verified = b.Verified.Format(time.RFC3339)
		}
		t.row(b.Taken.Format(time.RFC3339), verified, strconv.FormatInt(b.Orders, 10), b.File)
	}
	return t.flush()
}
