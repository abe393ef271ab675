package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/store"
)

// newDBScrub checks every stored document.
func newDBScrub(a app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "scrub",
		Short: "Check that every stored document is what came in",
		Long: `db scrub reads every stored document and compares it with the digest that was
kept when it came in. Bytes that were damaged on the disk are never served, and a
running server looks for them by itself, through all documents in a week; this
command looks at once. It exits with 1 when a document is damaged.`,
		Example: `  bookgate db scrub --data ./bookgate-data
  bookgate db scrub --json | jq -r '.damaged[].order'`,
		Args: exactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				return scrub(ctx, a, db, asJSON)
			})
		},
	}
	jsonFlag(c, &asJSON)
	return dataFlag(c)
}

// scrubbed is db scrub for programs.
type scrubbed struct {
	Checked int64          `json:"checked"`
	Damaged []store.Damage `json:"damaged"`
}

func scrub(ctx context.Context, a app, db *store.DB, asJSON bool) error {
	checked, damaged, err := db.Scrub(ctx, scrubProgress(a.err, time.Now()))
	if err != nil {
		return err
	}
	if asJSON {
		err = printJSON(a.out, scrubbed{checked, notNil(damaged)})
	} else {
		err = printScrubbed(a, checked, damaged)
	}
	if err != nil {
		return err
	}
	if len(damaged) > 0 {
		return withExit(exitFailure, errSilent)
	}
	return nil
}

// progressEvery is how often a long check tells how far it is.
const progressEvery = 5 * time.Second

func scrubProgress(w io.Writer, told time.Time) func(done, of int64) {
	return func(done, of int64) {
		if now := time.Now(); now.Sub(told) >= progressEvery {
			told = now
			fmt.Fprintf(w, "%d %% checked\n", done*100/of)
		}
	}
}

func printScrubbed(a app, checked int64, damaged []store.Damage) error {
	if len(damaged) == 0 {
		fmt.Fprintf(a.err, "%s checked, none is damaged\n", counted(int(checked), "document", "documents"))
		return nil
	}
	now := time.Now()
	t := newTable(a.out, "ORDER", "FROM", "NUMBER", "FOUND", "DAMAGE")
	for _, d := range damaged {
		t.row(string(d.Order), string(d.Sender), d.Number, shortTime(d.Found, now), d.Text)
	}
	if err := t.flush(); err != nil {
		return err
	}
	fmt.Fprintf(a.err, `%s checked, %d damaged.
  The orders themselves are whole; only the bytes that they came in are not, and /editx/original refuses them.
  Restore a backup from before the damage, or ask the senders for these documents, and have the disk examined.
`, counted(int(checked), "document", "documents"), len(damaged))
	return nil
}
