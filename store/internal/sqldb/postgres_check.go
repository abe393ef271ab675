package sqldb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/bookgate/bookgate/order"
)

const oldestPostgres = 150000 // PostgreSQL 15, as server_version_num writes it

// serverFacts are what a PostgreSQL server says of itself.
type serverFacts struct {
	version                         string
	number                          int
	encoding, fsync, pages          string
	synchronousCommit               string
	connections, reserved, ownLimit int
	currentSchema                   *string
}

const selectFacts = `SELECT current_setting('server_version'), current_setting('server_version_num')::bigint,
	current_setting('server_encoding'), current_setting('fsync'), current_setting('full_page_writes'),
	current_setting('synchronous_commit'), current_setting('max_connections')::bigint,
	current_setting('superuser_reserved_connections')::bigint,
	coalesce((SELECT min(l) FROM (SELECT rolconnlimit AS l FROM pg_roles WHERE rolname = current_user
	AND rolconnlimit >= 0
		UNION ALL SELECT datconnlimit FROM pg_database WHERE datname = current_database()
		AND datconnlimit >= 0) limits), -1)::bigint,
	current_schema()::text`

func readFacts(ctx context.Context, c *Conn) (f serverFacts, err error) {
	_, err = c.Get(ctx, selectFacts, nil, &f.version, &f.number, &f.encoding, &f.fsync, &f.pages,
		&f.synchronousCommit, &f.connections, &f.reserved, &f.ownLimit, &f.currentSchema)
	return f, err
}

// name is the version as people write it, without the packager's addition.
func (f serverFacts) name() string {
	number, _, _ := strings.Cut(f.version, " ")
	return "PostgreSQL " + number
}

// check refuses a server on which our promises would not hold.
func (f serverFacts) check(pooled bool) error {
	most := f.connections - f.reserved
	if f.ownLimit >= 0 {
		most = min(most, f.ownLimit)
	}
	switch {
	case f.number < oldestPostgres:
		return wrongSettings("This is %s; bookgate needs PostgreSQL 15 or newer.", f.name()).
			WithHint("Upgrade the database server.")
	case f.encoding != "UTF8":
		return wrongSettings("The database has the encoding %s instead of UTF8.", f.encoding).
			WithHint("CREATE DATABASE bookgate ENCODING 'UTF8' TEMPLATE template0, and name that one.")
	case f.fsync != "on":
		return wrongSettings("The server has fsync switched off, so a power failure would lose or damage " +
			"what was acknowledged.").
			WithHint("Set fsync = on in postgresql.conf and restart the server.")
	case f.pages != "on":
		return wrongSettings("The server has full_page_writes switched off, so a power failure could " +
			"damage the database.").
			WithHint("Set full_page_writes = on in postgresql.conf and reload it.")
	case !pooled && most < needed:
		return wrongSettings("The server lets this user have %d connections, and each bookgate uses up to %d.", most,
			needed).
			WithHint("Raise max_connections or the limit of the user or the database, or put PgBouncer between " +
				"and add default_query_exec_mode=exec to the address.")
	case f.currentSchema == nil:
		return wrongSettings("The search path of this user names no schema that is there.").
			WithHint("CREATE SCHEMA bookgate AUTHORIZATION the user, or set its search_path.")
	}
	return nil
}

// needed are the connections that one process opens at most, and a few to look
// at the server with.
const needed = maxWriting + maxReading + spare

func wrongSettings(format string, args ...any) *order.Error {
	return order.Errorf(order.Invalid, "store-settings", "%s", fmt.Sprintf(format, args...))
}

// MaxSkew is how far this machine's clock may be from the database's. Two
// processes are then at most twice as far apart, which postgresOverlap covers.
const MaxSkew = 50 * time.Second

const selectClock = `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint`

// DatabaseClock reads the clock of the database.
func DatabaseClock(ctx context.Context, c *Conn) (time.Time, error) {
	var us int64
	_, err := c.Get(ctx, selectClock, nil, &us)
	return FromMicros(us), err
}

func measureSkew(ctx context.Context, c *Conn) (time.Duration, error) {
	at, err := DatabaseClock(ctx, c)
	return time.Until(at), err
}

func (p *postgres) checkClock(ctx context.Context, c *Conn) error {
	if p.skew == nil {
		return nil
	}
	skew, err := p.skew(ctx, c)
	if err != nil {
		return err
	}
	if skew.Abs() > MaxSkew {
		return wrongSettings("The clock of this machine is %s from the database's; readers that poll by time "+
			"would miss changes.", skew.Abs().Round(time.Second)).
			WithHint("Set both clocks by NTP.")
	}
	return nil
}

// postgresSetting is one setting of our sessions: its value, and how the
// server shows it.
type postgresSetting struct{ name, value, reads string }

// sessionSettings bound every transaction: one that hangs would hold the heads
// of its parties, and a change that is stamped and not yet visible is what
// readers by time could miss.
func sessionSettings() []postgresSetting {
	return []postgresSetting{
		{"statement_timeout", "5s", "5s"},
		// Shorter than the statement's, so that a wait for a lock is known as one.
		{"lock_timeout", "4s", "4s"},
		{"idle_in_transaction_session_timeout", "5s", "5s"},
		// Our statements take less time than compiling them.
		{"jit", "off", "off"},
		// Every query is a range or a row of one index, in its order. Where the
		// planner guesses that there is little it would rather gather and sort,
		// and keep to that plan when a page then costs what a whole list does.
		{"enable_seqscan", "off", "off"},
		{"random_page_cost", "1.1", "1.1"},
		{"enable_bitmapscan", "off", "off"},
		{"enable_hashjoin", "off", "off"},
		{"enable_mergejoin", "off", "off"},
	}
}

// check reads every setting back: a pooler or a server may drop what it is
// sent without a word.
func (p *postgres) check(ctx context.Context, c *Conn) error {
	for _, s := range p.settings {
		var got string
		if _, err := c.Get(ctx, `SELECT current_setting($1)`, []any{s.name}, &got); err != nil {
			return err
		}
		if got != s.reads {
			return wrongSettings("The session has %s %s instead of %s.", s.name, got, s.reads).
				WithHint("%s", poolerHint)
		}
	}
	return nil
}

// checkSession is check for a connection that is in no transaction.
func (p *postgres) checkSession(ctx context.Context, c *Conn, _ Purpose) error {
	if _, err := c.Control(ctx, p.begin("BEGIN")); err != nil {
		return err
	}
	err := p.check(ctx, c)
	_, end := c.Control(ctx, "ROLLBACK")
	return errors.Join(err, end)
}

const poolerHint = "Behind PgBouncer add default_query_exec_mode=exec to the address."

// poolerError has the words for a pooler that refuses our settings because the
// address does not say that it is one. It says so in words alone, so they are read.
func poolerError(err error) error {
	var e *pgconn.PgError
	switch {
	case !errors.As(err, &e):
		return err
	case strings.Contains(e.Message, "unsupported startup parameter"):
		return wrongSettings("What answers at this address does not take our settings.").WithHint("%s", poolerHint)
	case e.Code == "42704", e.Code == "22023": // no such option, no such value
		return order.Errorf(order.Invalid, "store-open", "The server does not take an option of the address: %s.",
			e.Message).
			WithHint("Correct the option or leave it out. Options of the server are spelled as in postgresql.conf.")
	}
	return err
}
