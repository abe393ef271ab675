package dump

import (
	"context"
	"strings"

	"github.com/bookgate/bookgate/store/internal/sqldb"
)

// Table is a table of the schema, as it is read and written whole.
type Table struct {
	Name    string
	Columns []string
	keys    int  // how many of the first columns are the key
	own     bool // a store in which nothing was stored yet may have rows here
}

// Define describes a table by its columns, separated by blanks, of which the
// first ones are the key.
func Define(name string, keys int, columns string) Table {
	return Table{Name: name, Columns: strings.Fields(columns), keys: keys}
}

// ownRows marks a table in which opening or serving an empty store writes.
func (t Table) ownRows() Table {
	t.own = true
	return t
}

// Tables are those that hold content, each after those that it refers to. They
// are the same in all engines, column by column.
//
// Left out on purpose are commits, which only one engine has and which lists
// the transactions of one database, replicas, which lists processes that
// serve one database and no other, and steps, which lists how one database
// was made. Leases in chores, orders and deliveries are taken along: they end by
// themselves, and what stands beside them is needed.
func Tables() []Table {
	return []Table{
		Define("meta", 1, "name value").ownRows(),
		Define("parties", 1, "id name scheme profile created erased language"),
		Define("identifiers", 2, "value type_key party place type type_name"),
		Define("allowed", 2, "sender buyer"),
		Define("routes", 1, "prefix seller"),
		Define("default_sellers", 1, "sender seller"),
		Define("users", 1, "name party password created disabled"),
		Define("clients", 1, "id party secret created revoked old_secret old_until"),
		Define("tickets", 1, "digest kind party holder created expires"),
		Define("orders", 1, `n id sender number buyer seller status purpose source revision created updated lease
			routing reason summary header kept subject facts held findings leased_by retired erased`),
		Define("lines", 2, "order_n place number quantity adjustment adjusts status changed products answer detail"),
		Define("documents", 1, "order_n media_type sha256 size body dropped"),
		Define("events", 2, "order_n number kind at revision line from_status to_status party actor via text"),
		Define("heads", 1, "party seq at"),
		Define("listing", 3, "party side seq order_n id number buyer seller status created updated"),
		Define("feed", 2, "party seq order_n event kind at side prev_seq prev_side"),
		Define("interchanges", 4, "sender type number reference sha256 last at"),
		Define("acknowledgements", 2, "party through at actor via"),
		Define("chores", 1, "name holder lease done place").ownRows(),
		Define("guesses", 1, "key free trusted used").ownRows(),
		Define("damages", 1, "order_n found text"),
		Define("epochs", 1, "id began ended").ownRows(),
		Define("epoch_heads", 2, "epoch party seq"),
		Define("backups", 1, "taken verified place orders documents"),
		Define("endpoints", 1, `n id party scope url description events format headers state reason
			secret created updated failures since success due old_secrets`),
		Define("deliveries", 1, `n id endpoint_n party type state attempts due lease leased_by created finished
			seq order_n order_id number event at line from_status to_status side text`),
		Define("attempts", 2, "delivery_n number at took status error header body"),
		Define("links", 1, "delivery used"),
		Define("keys", 1, "id digest name party dialect mode permissions created used revoked"),
		Define("tariffs", 2, "party months percent"),
	}
}

// IsContent reports whether a table of the schema is one of tables.
func IsContent(name string) bool {
	return name != "commits" && name != "replicas" && name != "steps"
}

// Key are the columns by which a row is found, in the order of the key.
func (t Table) Key() []string { return t.Columns[:t.keys] }

// rows reads all rows in the order of the key, one after the other. The values
// are int64, string, []byte or nil; the slice that holds them is used again.
func (t Table) rows(ctx context.Context, c *sqldb.Conn, row func(values []any) error) error {
	query := "SELECT " + strings.Join(t.Columns, ", ") + " FROM " + t.Name + " ORDER BY " + strings.Join(t.Key(), ", ")
	values, dest := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		dest[i] = &values[i]
	}
	var refused error
	err := c.Walk(ctx, query, nil, dest, func() error {
		refused = row(values)
		return refused
	})
	if refused != nil {
		return refused
	}
	return t.unread(err)
}

// Count returns the number of rows.
func (t Table) Count(ctx context.Context, c *sqldb.Conn) (n int64, err error) {
	_, err = c.Get(ctx, "SELECT count(*) FROM "+t.Name, nil, &n)
	return n, t.unread(err)
}

// tableFault says at which table, and on which side of a copy, the database
// failed.
type tableFault struct {
	table  string
	writes bool
	err    error
}

func (e *tableFault) Error() string { return e.doing() + " table " + e.table + ": " + e.err.Error() }
func (e *tableFault) Unwrap() error { return e.err }

func (e *tableFault) doing() string {
	if e.writes {
		return "writing"
	}
	return "reading"
}

func (t Table) unread(err error) error {
	if err == nil {
		return nil
	}
	return &tableFault{table: t.Name, err: err}
}

func (t Table) unwritten(err error) error {
	if err == nil {
		return nil
	}
	return &tableFault{table: t.Name, writes: true, err: err}
}
