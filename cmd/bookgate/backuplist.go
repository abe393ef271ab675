package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/store"
)

// takenBackup is a backup as the store remembers it.
type takenBackup struct {
	Taken     time.Time  `json:"taken"`
	Verified  *time.Time `json:"verified"`
	File      string     `json:"file"`
	Orders    int64      `json:"orders"`
	Documents string     `json:"documents"`
}

func newBackupList(a app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the backups that were taken of this store",
		Long: `list shows the backups that were taken of this store and whether they were read
back. It does not look whether they are still there.`,
		Example: `  bookgate backup list
  bookgate backup list --json | jq '.[-1]'`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				records, err := db.Backups(ctx)
				if err != nil {
					return err
				}
				return listBackups(a, records, asJSON)
			})
		},
	}
	jsonFlag(c, &asJSON)
	return dataFlag(c)
}

func listBackups(a app, records []store.BackupRecord, asJSON bool) error {
	if asJSON {
		all := []takenBackup{}
		for _, r := range records {
			b := takenBackup{Taken: r.Taken, File: r.Place, Orders: r.Orders, Documents: fmt.Sprintf("%x", r.Documents)}
			if !r.Verified.IsZero() {
				b.Verified = &r.Verified
			}
			all = append(all, b)
		}
		return printJSON(a.out, all)
	}
	t := newTable(a.out, "TAKEN", "VERIFIED", "ORDERS", "FILE")
	for _, r := range records {
		verified := "no"
		if !r.Verified.IsZero() {
			verified = r.Verified.Format(time.RFC3339)
		}
		t.row(r.Taken.Format(time.RFC3339), verified, strconv.FormatInt(r.Orders, 10), r.Place)
	}
	return t.flush()
}
