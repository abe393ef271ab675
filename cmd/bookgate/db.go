package main

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/store"
)

// newDB groups what is done to the store as a whole.
func newDB(a app) *cobra.Command {
	c := &cobra.Command{
		Use:   "db",
		Short: "Look at the store, check its documents, and bring it up to date",
		Example: `  bookgate db status --data ./bookgate-data
  bookgate db migrate --data ./bookgate-data`,
	}
	c.AddCommand(newDBStatus(a), newDBMigrate(a), newDBScrub(a))
	return c
}

func newDBStatus(a app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "status",
		Short: "Show the engine, schema, size and contents of the store",
		Long: `db status shows what the store is and holds. It changes nothing, works on a store
of an older or newer bookgate as well, and while a server runs.`,
		Example: `  bookgate db status --data ./bookgate-data
  bookgate db status --database postgres://bookgate@db/bookgate --json`,
		Args: exactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := loadConfig(c, a)
			if err != nil {
				return err
			}
			status, err := store.Look(c.Context(), conf.where(a))
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a.out, statusDocument(status))
			}
			return printStatus(a.out, status)
		},
	}
	jsonFlag(c, &asJSON)
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
	return storeStatus{Differ: differ,
		Engine: s.Engine, Place: s.Place, Schema: s.Schema, Wanted: s.Wanted, Pending: append([]string{}, s.Pending...),
		Bytes: s.Bytes, Parties: s.Parties, Orders: s.Orders, Documents: s.Documents, Events: s.Events}
}

func printStatus(w io.Writer, s store.Status) error {
	t := newTable(w, "ENGINE", s.Engine)
	t.row("PLACE", s.Place)
	t.row("SCHEMA", fmt.Sprintf("%d, %s", s.Schema, schemaNote(s)))
	for _, name := range s.Pending {
		t.row("PENDING", name)
	}
	for _, d := range s.Differ {
		t.row("DIFFERS", d.String())
	}
	t.row("SIZE", fmt.Sprintf("%.1f MB", float64(s.Bytes)/1e6))
	for _, counted := range []struct {
		name string
		rows int64
	}{{"PARTIES", s.Parties}, {"ORDERS", s.Orders}, {"DOCUMENTS", s.Documents}, {"EVENTS", s.Events}} {
		t.row(counted.name, fmt.Sprint(counted.rows))
	}
	return t.flush()
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

func newDBMigrate(a app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the schema of the store up to date",
		Long: `db migrate takes the schema steps that the store lacks, each of them whole or not
at all; bookgate serve does the same when it starts. On SQLite the store must not
be served meanwhile, and a safety copy is made beside it first: to go back, stop,
move bookgate.db and its -wal and -shm away, and give the copy that name. On
PostgreSQL take a backup first.`,
		Example: `  bookgate db migrate --data ./bookgate-data
  bookgate db migrate --database postgres://bookgate@db/bookgate --json`,
		Args: exactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error { return migrate(c, a, asJSON) },
	}
	jsonFlag(c, &asJSON)
	return dataFlag(c)
}

// migrate opens the store as serve does, which brings it up to date.
func migrate(c *cobra.Command, a app, asJSON bool) error {
	conf, err := loadConfig(c, a)
	if err != nil {
		return err
	}
	begun := time.Now()
	db, err := store.Open(c.Context(), conf.where(a), store.Options{Log: slog.New(slog.DiscardHandler), Upgrade: true})
	if err != nil {
		return err
	}
	defer db.Close()
	lock, err := db.LockFolder() // nobody serves it meanwhile
	if err != nil {
		return err
	}
	defer lock.Release()
	done := upgradeDocument(db, time.Since(begun))
	if asJSON {
		return printJSON(a.out, done)
	}
	printUpgrade(a.err, done)
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
	d := storeUpgrade{Place: db.Path(), From: u.From, To: u.To, Steps: []upgradeStep{}, Copy: u.Copy, Seconds: took.Seconds()}
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
