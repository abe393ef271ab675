package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store/migrations"
)

// postgresOverlap is the time in which a stamped change becomes visible at the
// latest, as another process sees it: a transaction ends within
// maxTransaction, and clocks differ by less than two times MaxSkew.
const postgresOverlap = 2 * time.Minute

// Bounds of the connections. A change that waits for a party's head holds one,
// so there are more than the cores of the database alone would need; beyond
// them, callers wait here, where it costs the database nothing.
const (
	maxWriting = 16
	maxReading = 12
	spare      = 4 // schema steps, an administrator
)

const connectLimit = 3 * time.Second // for one address, where the DSN does not say; a living one answers at once

// postgres is what the functions of the engine share.
type postgres struct {
	config   *pgx.ConnConfig
	pooled   bool // a pooler stands between, so nothing outlives a transaction
	settings []postgresSetting
	skew     func(context.Context, *Conn) (time.Duration, error) // nil where the clock is not the machine's
}

// NewPostgres is the engine of a PostgreSQL server.
func NewPostgres(dsn string, o EngineOptions) (*Engine, error) {
	config, err := parseAddress(dsn)
	if err != nil {
		return nil, err
	}
	p := &postgres{config: config,
		pooled: config.DefaultQueryExecMode == pgx.QueryExecModeExec ||
			config.DefaultQueryExecMode == pgx.QueryExecModeSimpleProtocol}
	p.settings = sessionSettings()
	if !o.OwnClock {
		p.skew = measureSkew
	}
	e := &Engine{
		Meter: new(Meter),
		Name:  "postgres", Path: addressOf(config), hint: postgresHint,
		Steps:    mustSteps(migrations.Postgres, "postgres"),
		hasMeta:  `SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'meta'`,
		hasSteps: `SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'steps'`,
		Can: Capabilities{ForUpdate: " FOR UPDATE", SkipLocked: " FOR UPDATE SKIP LOCKED",
			OrderedUnion: true, KeepsCommitIDs: true},
		OpenPool:      p.open,
		CheckSettings: p.checkSession,
		stmtContext:   callerContext,
		Busy:          postgresBusy,
		Unique:        postgresUnique,
		Broken:        postgresBroken,
		Explain:       explainPostgres,
		lasting:       lastingAccess,
		Size:          sizeOfDatabase,
		advice: "Take a backup first. Then run: bookgate db migrate, with the same --database; bookgate " +
			"serve does the same when it starts.",
		begin:   beginTexts{inspect: p.begin(repeatableRead) + "; SET LOCAL statement_timeout = 0", step: beginStep},
		Overlap: postgresOverlap,
		Start:   p.start,

		numberBehind: numberBehind,
	}
	e.Prepare = func(ctx context.Context) error { return p.prepare(ctx, e) }
	e.Find = func(ctx context.Context) (bool, error) { return true, e.Prepare(ctx) }
	return e, nil
}

// numberBehind makes the numbers that PostgreSQL assigns follow those that were
// copied.
const numberBehind = `SELECT setval(pg_get_serial_sequence('orders', 'n'), coalesce(max(n), 1), max(n) IS NOT NULL)
	FROM orders;
	SELECT setval(pg_get_serial_sequence('endpoints', 'n'), coalesce(max(n), 1), max(n) IS NOT NULL) FROM endpoints;
	SELECT setval(pg_get_serial_sequence('deliveries', 'n'), coalesce(max(n), 1), max(n) IS NOT NULL) FROM deliveries`

const postgresHint = "Check that the server runs and can be reached, and that the address, the user, the password " +
	"and the name of the database are right."

// beginStep lets one process at a time change the schema; the others wait and
// find the step done. The number is our mark, so that it meets no other
// program's.
const beginStep = `BEGIN; SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = 0;
	SET LOCAL idle_in_transaction_session_timeout = '60s';
	SELECT pg_advisory_xact_lock(1651470187)`

const (
	repeatableRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	readCommitted  = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
)

// unhurried lifts the limits of a session for one transaction that reads or
// writes a whole store. One whose other side hangs ends all the same.
const unhurried = "; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'; SET LOCAL " +
	"idle_in_transaction_session_timeout = '1h'"

// callerContext runs statements under the caller's context: a change has a
// transaction of its own, so a caller that leaves affects no other.
func callerContext(ctx context.Context) context.Context { return ctx }

// open makes a pool for one purpose. Connections are opened when they are
// needed, each with all our settings.
func (p *postgres) open(purpose Purpose) *sql.DB {
	config := p.config.Copy()
	if !p.pooled {
		for _, s := range p.settings {
			config.RuntimeParams[s.name] = s.value
		}
	}
	pool := sql.OpenDB(stdlib.GetConnector(*config, stdlib.OptionBeforeConnect(guardCancel)))
	most := p.most(purpose)
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	pool.SetConnMaxIdleTime(idleLimit)
	return pool
}

func (*postgres) most(p Purpose) int {
	switch p {
	case Writing:
		return maxWriting
	case Reading:
		return maxReading
	}
	return 1
}

// idleLimit is how long an unused connection stays open: each is a
// process of the server.
const idleLimit = 5 * time.Minute

// start makes the pools and checks one connection of each.
func (p *postgres) start(ctx context.Context, e *Engine, log *slog.Logger) (*Works, error) {
	w := &Works{
		Reads:  newPool(e, Reading, p.begin(repeatableRead), log),
		Writes: newPool(e, Writing, p.begin(readCommitted), log),
	}
	for _, r := range []Runner{w.Reads, w.Writes} {
		if err := r.Do(ctx, p.check); err != nil {
			w.Close()
			return nil, err
		}
	}
	return w, nil
}

// begin is the statement that starts a transaction. Behind a pooler the
// settings are those of the transaction: the session is another client's next.
func (p *postgres) begin(text string) string {
	if !p.pooled {
		return text
	}
	for _, s := range p.settings {
		text += "; SET LOCAL " + s.name + " = '" + s.value + "'"
	}
	return text
}

// prepare looks at the server before anything is written.
func (p *postgres) prepare(ctx context.Context, e *Engine) error {
	pool := p.open(Checkpointing)
	defer pool.Close()
	sc, err := pool.Conn(ctx)
	if err != nil {
		return e.unreached(err)
	}
	defer sc.Close()
	c := &Conn{SQL: sc, stmtContext: callerContext}
	facts, err := readFacts(ctx, c)
	if err != nil {
		return e.orBusy(err)
	}
	e.Version = facts.name()
	if err := facts.check(p.pooled); err != nil {
		return err
	}
	if facts.synchronousCommit == "off" {
		p.settings = append(p.settings, postgresSetting{"synchronous_commit", "on", "on"})
	}
	e.begin.longWrite, e.begin.longRead = p.begin(readCommitted)+unhurried, p.begin(repeatableRead)+unhurried
	if err := p.checkClock(ctx, c); err != nil {
		return err
	}
	return e.checkOwner(ctx, c)
}

// unreached returns why there is no connection. Where no server listens it says so
// at once, and hides its cause from those who try again: to wait until a server is
// installed or started is the operator's business.
func (e *Engine) unreached(err error) error {
	why := unreachable(err)
	if why == "" {
		return e.orBusy(poolerError(err))
	}
	away := order.Errorf(order.Unavailable, "store-open", "The store in %s cannot be opened: %s.", e.Path, why).
		WithHint("%s", e.hint)
	away.Err = errors.New(err.Error())
	return away
}

// sizeOfDatabase is what the server says the database takes, all schemas of it.
func sizeOfDatabase(ctx context.Context, c *Conn) (size int64, err error) {
	_, err = c.Get(ctx, `SELECT pg_database_size(current_database())`, nil, &size)
	return size, err
}

// orBusy returns an error that passes by itself unchanged, so that the caller
// tries again.
func (e *Engine) orBusy(err error) error {
	if e.Busy(err) {
		return err
	}
	return e.OpenError(err)
}

const (
	selectTables = `SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()`
	selectMark   = `SELECT count(*) FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
		WHERE s.nspname = current_schema() AND c.relname = 'meta' AND obj_description(c.oid, 'pg_class') = 'bookgate'`
)

// checkOwner refuses a schema in which another program keeps its tables.
func (e *Engine) checkOwner(ctx context.Context, c *Conn) error {
	var tables, marks int
	if _, err := c.Get(ctx, selectTables, nil, &tables); err != nil {
		return e.orBusy(err)
	}
	if _, err := c.Get(ctx, selectMark, nil, &marks); err != nil {
		return e.orBusy(err)
	}
	if tables == 0 || marks == 1 {
		return nil
	}
	return order.Errorf(order.Invalid, "store-foreign", "%s belongs to another program; nothing in it was changed.",
		e.Path).
		WithHint("Make a database of its own for bookgate: CREATE DATABASE bookgate ENCODING 'UTF8' TEMPLATE " +
			"template0.")
}

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
