package admin

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newStore groups what is done with a store as a whole.
func newStore(a cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "store",
		Short: "Copy a store to another database",
		Example: `  bookgate store copy --from sqlite:./bookgate-data --to postgres://bookgate@db/bookgate --dry-run
  bookgate store copy --from sqlite:./bookgate-data --to postgres://bookgate@db/bookgate`,
	}
	c.AddCommand(newStoreCopy(a))
	return c
}

// copyArguments are the flags of store copy.
type copyArguments struct {
	from, to string
	options  store.CopyOptions
	json     bool
}

func newStoreCopy(a cli.App) *cobra.Command {
	var args copyArguments
	c := &cobra.Command{
		Use:   "copy --from STORE --to STORE",
		Short: "Copy a store to an empty one, between SQLite and PostgreSQL either way",
		Long: `Copy a store into another one that is empty or does not exist yet, and compare every
table on both sides before the copy is committed. Logins, tickets, cursors, change
numbers and answers stay valid: when the copy is served at the old address, clients
notice nothing.

STORE is sqlite:FOLDER, a plain folder, or an address of PostgreSQL such as
postgres://bookgate@db:5432/bookgate. A password is best left out of it, where
every user of the machine could read it: PostgreSQL's own variable PGPASSWORD
and its file ~/.pgpass are used.

Stop every server of both stores first. The source is only read. A copy that
fails, is interrupted or is killed leaves the target empty.

A damaged document ends the copy before anything is written, and its order is named;
--damaged copies it as it is; it is not served from the copy either.

Exit codes: 1 the comparison differs or a document is damaged, 5 the target is
not empty or the source was changed meanwhile, 7 a store is being served, cannot
be reached or is full, 78 the address cannot be used or holds no store of
this schema.`,
		Example: `  bookgate store copy --from sqlite:./bookgate-data --to postgres://bookgate@db/bookgate --dry-run
  PGPASSWORD=… bookgate store copy --from ./bookgate-data --to postgres://bookgate@db/bookgate
  bookgate store copy --from postgres://bookgate@db/bookgate --to sqlite:/var/lib/bookgate --json`,
		Args: cli.ExactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error { return storeCopy(c, a, args) },
	}
	c.Flags().StringVar(&args.from, "from", "", "the store to read")
	c.Flags().StringVar(&args.to, "to", "", "the store to create, empty or missing")
	c.Flags().BoolVar(&args.options.DryRun, "dry-run", false, "check everything and write nothing")
	c.Flags().BoolVar(&args.options.Damaged, "damaged", false, "copy damaged documents as they are")
	cli.JSONFlag(c, &args.json)
	cli.RequireFlags(c, "from", "to")
	return c
}

func storeCopy(c *cobra.Command, a cli.App, args copyArguments) error {
	p := copyProgress{w: a.Terminal, inPlace: cli.IsTerminal(a.Terminal)}
	args.options.Progress = p.show
	done, err := store.Copy(c.Context(), copyPlace(a, args.from), copyPlace(a, args.to), args.options)
	p.end()
	if err != nil && len(done.Tables) == 0 {
		return refusedStore(err)
	}
	if shown := showCopy(a, done, args.json); shown != nil {
		return shown
	}
	if err == nil {
		sayCopy(a.Err, done)
	}
	return refusedStore(err)
}

// copyPlace returns the place of a store as the store knows it.
func copyPlace(a cli.App, place string) string {
	if folder, ok := strings.CutPrefix(place, folderScheme); ok {
		return folderScheme + a.Path(folder)
	}
	if place == "" || strings.Contains(place, "://") || store.IsAddress(place) {
		return place
	}
	return a.Path(place)
}

// folderScheme may stand before the folder of a store.
const folderScheme = "sqlite:"

// refusedStore returns err, with the exit code of a wrong setting where an address
// cannot be used.
func refusedStore(err error) error {
	if order.KindOf(err) == order.Invalid {
		return cli.WithExit(cli.ExitConfig, err)
	}
	return err
}

// copyProgress reports the progress of a copy: on a terminal in one line that is
// written anew, else with a line when a table is done.
type copyProgress struct {
	w       io.Writer
	inPlace bool
	last    string
}

// clearLine takes a terminal to the begin of its line and empties it.
const clearLine = "\r\x1b[K"

func (p *copyProgress) show(doing, table string, done, of int64) {
	line := fmt.Sprintf("%-9s  %s  %d of %d", doing, table, done, of)
	switch {
	case line == p.last || of == 0:
		return
	case p.inPlace:
		fmt.Fprint(p.w, clearLine+line)
	case done >= of || doing == store.Comparing:
		fmt.Fprintln(p.w, line)
	}
	p.last = line
}

func (p *copyProgress) end() {
	if p.inPlace && p.last != "" {
		fmt.Fprint(p.w, clearLine)
	}
}

// shortDigest is enough of a digest for a person to compare.
const shortDigest = 12

func showCopy(a cli.App, c store.Comparison, asJSON bool) error {
	if asJSON {
		return cli.PrintJSON(a.Out, copyDocument(c))
	}
	columns := []string{"TABLE", "ROWS", "SHA-256", "SAME"}
	if !compared(c) {
		columns = columns[:3]
	}
	t := cli.NewTable(a.Out, columns...)
	for _, row := range c.Tables {
		cells := []string{row.Name, strconv.FormatInt(row.From.Rows, 10),
			hex.EncodeToString(row.From.SHA256[:])[:shortDigest], "yes"}
		if !row.Same() {
			cells[3] = fmt.Sprintf("no: %d rows, %x", row.To.Rows, row.To.SHA256[:shortDigest/2])
		}
		t.Row(cells[:len(columns)]...)
	}
	return t.Flush()
}

// compared reports whether there is a second side: a dry run has none.
func compared(c store.Comparison) bool {
	for _, t := range c.Tables {
		if t.To != (store.TableSum{}) {
			return true
		}
	}
	return false
}

// copyResult is a copy as programs read it.
type copyResult struct {
	From      string      `json:"from"`
	To        string      `json:"to"`
	Written   bool        `json:"written"`
	Documents copySum     `json:"documents"`
	Tables    []copyTable `json:"tables"`
}

type copySum struct {
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// copyTable is one table. Same is left out where there is nothing to compare.
type copyTable struct {
	Name string `json:"name"`
	copySum
	Same *bool `json:"same,omitempty"`
}

func copyDocument(c store.Comparison) copyResult {
	sum := func(s store.TableSum) copySum { return copySum{s.Rows, hex.EncodeToString(s.SHA256[:])} }
	doc := copyResult{From: c.From, To: c.To, Written: c.Written, Documents: sum(c.Documents), Tables: []copyTable{}}
	for _, t := range c.Tables {
		row := copyTable{Name: t.Name, copySum: sum(t.From)}
		if compared(c) {
			same := t.Same()
			row.Same = &same
		}
		doc.Tables = append(doc.Tables, row)
	}
	return doc
}

// sayCopy says in words what was done, and what to do next.
func sayCopy(w io.Writer, c store.Comparison) {
	what := fmt.Sprintf("%d orders, %d documents with the digest %x", c.Rows("orders"), c.Documents.Rows,
		c.Documents.SHA256)
	if !c.Written {
		fmt.Fprintf(w, "nothing was written; a copy would take from %s\n  to %s\n  %s\n", c.From, c.To, what)
		return
	}
	fmt.Fprintf(w, "copied %s\n  to %s\n  %s, the same on both sides\n", c.From, c.To, what)
	fmt.Fprintln(w,
		"  Serve the copy at the old address, and the old store no longer: what it takes in would be missing.")
}
