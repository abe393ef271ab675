package admin

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/cli/settings"
	"github.com/bookgate/bookgate/store"
)

// newDB groups what is done to the store as a whole.
func newDB(a cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "db",
		Short: "Inspect, verify and migrate the store",
		Example: `  bookgate db status --data ./bookgate-data
  bookgate db migrate --data ./bookgate-data`,
	}
	c.AddCommand(newDBStatus(a), newDBMigrate(a), newDBScrub(a))
	return c
}

func newDBStatus(a cli.App) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "status",
		Short: "Show the engine, schema, size and contents of the store",
		Long: `Show the engine, schema, size and contents of the store. It changes nothing, and works
on a store of an older or newer bookgate, and while a server runs.`,
		Example: `  bookgate db status --data ./bookgate-data
  bookgate db status --database postgres://bookgate@db/bookgate --json`,
		Args: cli.ExactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := settings.Load(c, a)
			if err != nil {
				return err
			}
			status, err := store.Look(c.Context(), conf.StorePlace(a))
			if err != nil {
				return err
			}
			if asJSON {
				return cli.PrintJSON(a.Out, statusDocument(status))
			}
			return printStatus(a.Out, status)
		},
	}
	cli.JSONFlag(c, &asJSON)
	return dataFlag(c)
}

// storeStatus is db status for programs.
type storeStatus struct {
	Engine    string        `json:"engine"`
	Place     string        `json:"place"`
	Schema    int           `json:"schema"`
	Wanted    int           `json:"wanted"`
	Pending   []string      `json:"pending"`
	Differ    []stepDiffers `json:"differ"`
	Bytes     int64         `json:"bytes"`
	Parties   int64         `json:"parties"`
	Orders    int64         `json:"orders"`
	Documents int64         `json:"documents"`
	Events    int64         `json:"events"`
}

// stepDiffers is a schema step that was applied with another text.
type stepDiffers struct {
	Step    string    `json:"step"`
	Applied string    `json:"applied"` // SHA-256
	Program string    `json:"program"`
	At      time.Time `json:"at"`
}

func statusDocument(s store.Status) storeStatus {
	differ := []stepDiffers{}
	for _, d := range s.Differ {
		differ = append(differ, stepDiffers(d))
	}
	return storeStatus{
		Engine: s.Engine, Place: s.Place, Schema: s.Schema, Wanted: s.Wanted, Pending: append([]string{}, s.Pending...),
		Differ: differ, Bytes: s.Bytes, Parties: s.Parties, Orders: s.Orders, Documents: s.Documents, Events: s.Events,
	}
}

func printStatus(w io.Writer, s store.Status) error {
	t := cli.NewTable(w, "ENGINE", s.Engine)
	t.Row("PLACE", s.Place)
	t.Row("SCHEMA", fmt.Sprintf("%d, %s", s.Schema, schemaNote(s)))
	for _, name := range s.Pending {
		t.Row("PENDING", name)
	}
	for _, d := range s.Differ {
		t.Row("DIFFERS", d.String())
	}
	t.Row("SIZE", fmt.Sprintf("%.1f MB", float64(s.Bytes)/1e6))
	for _, counted := range []struct {
		name string
		rows int64
	}{{"PARTIES", s.Parties}, {"ORDERS", s.Orders}, {"DOCUMENTS", s.Documents}, {"EVENTS", s.Events}} {
		t.Row(counted.name, fmt.Sprint(counted.rows))
	}
	return t.Flush()
}

func schemaNote(s store.Status) string {
	switch {
	case s.Schema > s.Wanted:
		return fmt.Sprintf("newer than this program, which knows %d", s.Wanted)
	case len(s.Differ) > 0:
		return "made by another build: run that one"
	case s.Schema == s.Wanted:
		return "up to date"
	case s.Schema == 0:
		return "nothing in it yet"
	}
	return fmt.Sprintf("%d wanted: bookgate db migrate", s.Wanted)
}

func newDBMigrate(a cli.App) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Migrate the store to the schema of this program",
		Long: `Apply the missing schema steps, each in one transaction; bookgate serve does the same
when it starts. On SQLite the store must not be served meanwhile, and a safety copy is
made beside it first: to go back, stop, move bookgate.db and its -wal and -shm away, and
rename the copy to bookgate.db. On PostgreSQL take a backup first.`,
		Example: `  bookgate db migrate --data ./bookgate-data
  bookgate db migrate --database postgres://bookgate@db/bookgate --json`,
		Args: cli.ExactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error { return migrate(c, a, asJSON) },
	}
	cli.JSONFlag(c, &asJSON)
	return dataFlag(c)
}

// migrate opens the store for the upgrade, which brings it up to date.
func migrate(c *cobra.Command, a cli.App, asJSON bool) error {
	conf, err := settings.Load(c, a)
	if err != nil {
		return err
	}
	begun := time.Now()
	db, err := store.Open(c.Context(), conf.StorePlace(a),
		store.Options{Log: slog.New(slog.DiscardHandler), Upgrade: true})
	if err != nil {
		return err
	}
	defer db.Close()
	lock, err := db.LockFolder() // no server may run on it
	if err != nil {
		return err
	}
	defer lock.Release()
	done := upgradeDocument(db, time.Since(begun))
	if asJSON {
		return cli.PrintJSON(a.Out, done)
	}
	printUpgrade(a.Err, done)
	return nil
}

// storeUpgrade is db migrate for programs.
type storeUpgrade struct {
	Place   string        `json:"place"`
	From    int           `json:"from"`
	To      int           `json:"to"`
	Steps   []upgradeStep `json:"steps"`
	Copy    string        `json:"safetyCopy,omitempty"`
	Seconds float64       `json:"seconds"`
}

type upgradeStep struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

func upgradeDocument(db *store.DB, took time.Duration) storeUpgrade {
	u := db.Upgraded()
	d := storeUpgrade{Place: db.Path(), From: u.From, To: u.To, Steps: []upgradeStep{}, Copy: u.Copy,
		Seconds: took.Seconds()}
	for _, s := range u.Steps {
		d.Steps = append(d.Steps, upgradeStep{s.Name, s.Took.Seconds()})
	}
	return d
}

func printUpgrade(w io.Writer, d storeUpgrade) {
	if len(d.Steps) == 0 {
		fmt.Fprintf(w, "%s has schema %d: nothing to do\n", d.Place, d.To)
		return
	}
	if d.Copy != "" {
		fmt.Fprintf(w, "safety copy %s, the store as it was; remove it when it is not needed\n", d.Copy)
	}
	for _, s := range d.Steps {
		fmt.Fprintf(w, "step %s taken in %.2f s\n", s.Name, s.Seconds)
	}
	fmt.Fprintf(w, "%s has schema %d, had %d; it took %.2f s\n", d.Place, d.To, d.From, d.Seconds)
}

// newDBScrub checks every stored document.
func newDBScrub(a cli.App) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "scrub",
		Short: "Verify the checksum of every stored document",
		Long: `Read every stored document and compare it with the digest stored on arrival. Corrupt
documents are never served, and a running server verifies all documents once a week;
this command verifies them now. It exits with 1 when a document is corrupt.`,
		Example: `  bookgate db scrub --data ./bookgate-data
  bookgate db scrub --json | jq -r '.damaged[].order'`,
		Args: cli.ExactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				return scrub(ctx, a, db, asJSON)
			})
		},
	}
	cli.JSONFlag(c, &asJSON)
	return dataFlag(c)
}

// scrubbed is db scrub for programs.
type scrubbed struct {
	Checked int64                   `json:"checked"`
	Damaged []store.CorruptDocument `json:"damaged"`
}

func scrub(ctx context.Context, a cli.App, db *store.DB, asJSON bool) error {
	checked, damaged, err := db.Scrub(ctx, scrubProgress(a.Err, time.Now()))
	if err != nil {
		return err
	}
	if asJSON {
		err = cli.PrintJSON(a.Out, scrubbed{checked, cli.NotNil(damaged)})
	} else {
		err = printScrubbed(a, checked, damaged)
	}
	if err != nil {
		return err
	}
	if len(damaged) > 0 {
		return cli.WithExit(cli.ExitFailure, cli.ErrSilent)
	}
	return nil
}

// progressEvery is how often a long check reports its progress.
const progressEvery = 5 * time.Second

func scrubProgress(w io.Writer, last time.Time) func(done, of int64) {
	return func(done, of int64) {
		if now := time.Now(); now.Sub(last) >= progressEvery {
			last = now
			fmt.Fprintf(w, "%d %% checked\n", done*100/of)
		}
	}
}

func printScrubbed(a cli.App, checked int64, damaged []store.CorruptDocument) error {
	if len(damaged) == 0 {
		fmt.Fprintf(a.Err, "%s checked, none is damaged\n", cli.Counted(int(checked), "document", "documents"))
		return nil
	}
	now := time.Now()
	t := cli.NewTable(a.Out, "ORDER", "FROM", "NUMBER", "FOUND", "DAMAGE")
	for _, d := range damaged {
		t.Row(string(d.Order), string(d.Sender), d.Number, cli.ShortTime(d.Found, now), d.Text)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(a.Err, `%s checked, %d damaged.
  The orders themselves are whole; only the bytes that they came in are not, and /editx/original refuses them.
  Restore a backup from before the damage, or ask the senders for these documents, and have the disk examined.
`, cli.Counted(int(checked), "document", "documents"), len(damaged))
	return nil
}

// newReplicas shows the processes that serve a store.
func newReplicas(a cli.App) *cobra.Command {
	var where string
	return readCommand(a, &cobra.Command{
		Use:   "replicas",
		Short: "List the processes that serve the store",
		Long: `List every bookgate that serves the store, with its state: serving; draining, while it
stops and finishes its requests; or silent, without a heartbeat for half a minute. A
stopped replica leaves the list; a killed one stays for a day. LEASES are the orders
that it is routing.`,
		Example: `  bookgate replicas --data ./bookgate-data
  bookgate replicas --database postgres://bookgate@db/bookgate --json | jq -r '.[].address'`,
	}, func(ctx context.Context, db *store.DB, _ []string) ([]store.Replica, error) {
		where = db.Path()
		replicas, err := db.Replicas(ctx)
		return cli.NotNil(replicas), err
	}, func(a cli.App, replicas []store.Replica) error { return printReplicas(a, replicas, where) })
}

func printReplicas(a cli.App, replicas []store.Replica, where string) error {
	if len(replicas) == 0 {
		fmt.Fprintf(a.Err, "no bookgate serves %s; start one with bookgate serve\n", where)
		return nil
	}
	now := time.Now()
	t := cli.NewTable(a.Out, "ID", "HOST:PID", "ADDRESS", "VERSION", "STATE", "STARTED", "SEEN", "LEASES")
	for _, r := range replicas {
		t.Row(r.ID, fmt.Sprintf("%s:%d", r.Host, r.Process), r.Address, r.Version, r.State,
			cli.ShortTime(r.Started, now), ago(now.Sub(r.Seen)), strconv.FormatInt(r.Leases, 10))
	}
	return t.Flush()
}

// ago says how long ago something was, to the second. What a clock beside ours
// has in the future was just now.
func ago(d time.Duration) string { return max(d, 0).Truncate(time.Second).String() + " ago" }
