package store

import (
	"compress/gzip"
	"context"
	"crypto/rand"
	"database/sql/driver"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store/internal/sqldb"
)

// DB is an open store. It is safe for use by many goroutines.
type DB struct {
	engine     *sqldb.Engine
	queries    queries
	dir        string // the data folder, or "" where there is none
	running    running
	disk       func(dir string) (free, size int64, err error)
	log        *slog.Logger
	works      *sqldb.Works
	compressor *compressor
	damage     atomic.Pointer[error] // the first that was met
	clockTrust clockTrust
	overtook   atomic.Int64 // the newest stamp that was seen
	// the clock that counts, where it is not the machine's
	reference func(context.Context, *sqldb.Conn) (time.Time, error)
	epoch     atomic.Pointer[string]
	once      sync.Once
	closed    error

	replica  string        // who holds what is leased here
	upgraded sqldb.Upgrade // what opening did
}

var (
	_ order.Store     = (*DB)(nil)
	_ order.Directory = (*DB)(nil)
	_ auth.Store      = (*DB)(nil)
	_ webhook.Store   = (*DB)(nil)
)

// The types of the data folder and of its schema.
type (
	FolderLock  = sqldb.FolderLock
	Upgrade     = sqldb.Upgrade
	UpgradeStep = sqldb.UpgradeStep
	Divergence  = sqldb.Divergence
	Traffic     = sqldb.Traffic
)

// Options are the settings of Open. All are optional.
type Options struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	// Steady is a monotonic clock, by which jumps of Now are seen: the
	// time that has passed since some moment. nil means that of the machine, or
	// with a Now of the caller's that every time is believed.
	Steady func() time.Duration

	// Connect, when set, stands between the store and a SQLite database: it is
	// given what opens connections and returns what is used instead. Faults of the
	// database are put in there by tests.
	Connect func(driver.Connector) driver.Connector

	// reference reads another clock that counts instead of Now; nil means none
	// in a data folder, and the database's in PostgreSQL where Now is not the
	// caller's own, or Steady is.
	reference func(context.Context, *sqldb.Conn) (time.Time, error)

	// Log takes what goes wrong in the background; nil means nowhere.
	Log *slog.Logger

	// Replica names who holds what is leased through this store; it must be
	// unique. Empty means a fresh random name.
	Replica string

	// Upgrade lets an older schema be brought up to date. Without it an older
	// store is refused: a command that looks after one party must not change
	// the store under a server that runs.
	Upgrade bool
}

// Open opens the store in a data folder, or in PostgreSQL when where is an
// address of one (postgres://… or host=… dbname=…).
//
// A folder or file that is missing is made, readable by its owner only; a
// PostgreSQL database must be there, and may be empty. An older schema is
// brought up to date where the options say so. What belongs to another program
// or to a newer bookgate, and what is damaged, is refused untouched.
func Open(ctx context.Context, where string, o Options) (*DB, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e, dir, err := sqldb.EngineFor(where, sqldb.EngineOptions{OwnClock: o.Now != nil, Connect: o.Connect})
	if err != nil {
		return nil, err
	}
	steady := steadyOf(o.Steady)
	if o.Now == nil && o.Steady == nil { // one reading of the machine's clock has both
		o.Steady, steady = sinceStart(), sinceReading()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Replica == "" {
		o.Replica = newReplicaID()
	}
	db := &DB{dir: dir, disk: sqldb.DiskSpace, log: o.Log, compressor: newCompressor(), replica: o.Replica,
		clockTrust: clockTrust{steady: o.Steady},
		running:    running{clock: o.Now, steady: steady}, reference: o.reference}
	if db.reference == nil && dir == "" && o.Steady != nil && !(plant.Enabled && plant.On(plant.WaitByClock)) {
		db.reference = sqldb.DatabaseClock
	}
	if err := db.open(ctx, e, o.Upgrade); err != nil {
		return nil, err
	}
	return db, nil
}

func newCompressor() *compressor {
	return &compressor{writers: sync.Pool{New: func() any {
		w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
		return w
	}}}
}

// newReplicaID is a name short enough for a table and, with 60 random bits,
// unique.
func newReplicaID() string { return strings.ToLower(rand.Text()[:12]) }

// open prepares the database of an engine and starts what works on it.
func (db *DB) open(ctx context.Context, e *sqldb.Engine, upgrade bool) error {
	db.engine, db.queries = e, queriesFor(e.Can)
	_, noLog := os.Stat(e.Path + "-wal")
	if err := e.RetryBusy(ctx, func() error { return e.Prepare(ctx) }); err != nil {
		return e.OpenError(err)
	}
	upgraded, err := e.Upgrade(ctx, upgrade, db.running.clock, db.log)
	if err != nil {
		return err
	}
	db.upgraded = upgraded
	works, err := e.Start(ctx, e, db.log)
	if err != nil {
		return e.OpenError(err)
	}
	db.works = works
	if err := db.read(ctx, db.loadRunning); err != nil { // first, for it says which clock counts
		works.Close()
		return e.OpenError(err)
	}
	epoch, err := db.findEpoch(ctx)
	if err != nil {
		works.Close()
		return e.OpenError(err)
	}
	db.epoch.Store(&epoch)
	db.clockTrust.begin(db.now())
	if err := db.completeSteps(ctx); err != nil { // again: another build may have been faster
		works.Close()
		return e.OpenError(err)
	}
	db.reportLostLog(ctx, noLog == nil)
	return nil
}

// Close ends the store: what is waiting to be written is written first. What
// comes afterwards is refused. A second Close does nothing.
func (db *DB) Close() error {
	db.once.Do(func() {
		db.endRunning()
		if err := db.works.Close(); err != nil {
			db.closed = fmt.Errorf("close the store in %s: %w", db.engine.Path, err)
		}
	})
	return db.closed
}

// Path names the file that holds everything, or the address of the PostgreSQL
// database, without a password.
func (db *DB) Path() string { return db.engine.Path }

// Folder is the data folder; ok is false when there is none.
func (db *DB) Folder() (dir string, ok bool) { return db.dir, db.dir != "" }

// SchemaVersion is the number of the last schema step in the database.
func (db *DB) SchemaVersion() int { return sqldb.Newest(db.engine.Steps) }

// Upgraded returns what opening the store changed in its schema.
func (db *DB) Upgraded() Upgrade { return db.upgraded }

// EngineVersion names the database and its version, such as "SQLite 3.53.4".
func (db *DB) EngineVersion() string { return db.engine.Version }

// Overlap is how far before the time of its last poll a reader must begin that
// goes by time (Query.Since) and takes its own clock, or ours, for the time of
// the poll. A change gets its time before it is committed, and other processes
// have other clocks, so a change can become visible with a time that lies
// before a poll that did not show it. Readers that go by change number, or by
// the newest time they were shown, need no overlap.
func (db *DB) Overlap() time.Duration { return db.engine.Overlap }

// read runs do on a connection that sees one state of the store throughout.
func (db *DB) read(ctx context.Context, do func(context.Context, *sqldb.Conn) error) error {
	return db.fault(db.works.Reads.Do(ctx, do))
}

// write runs do in a transaction of the writer. do may run more than once. On
// return without an error the change is on the disk.
func (db *DB) write(ctx context.Context, do func(context.Context, *sqldb.Conn) error) error {
	return db.fault(db.works.Writes.Do(ctx, do))
}

// secretSize is 256 bits, the strength of the keyed digests made with them.
const secretSize = 32

// Secret returns the 32 random bytes stored under a name. They are made when they
// are first asked for and never change, so that what was made with them stays
// good across restarts and replicas.
func (db *DB) Secret(ctx context.Context, name string) (secret []byte, err error) {
	key := "secret:" + name
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Get(ctx, sqldb.SelectMeta, []any{key}, &secret)
		return err
	})
	if err != nil || len(secret) == secretSize {
		return secret, err
	}
	fresh := make([]byte, secretSize)
	rand.Read(fresh)
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if _, err := c.Exec(ctx, sqldb.InsertMeta, key, fresh); err != nil {
			return err
		}
		_, err := c.Get(ctx, sqldb.SelectMeta, []any{key}, &secret)
		return err
	})
	return secret, err
}

// Ready reports whether the store can serve: it writes and commits a mark, and
// reads back that the schema is still ours. A store in which damage was met is
// not ready, whatever it can still do.
func (db *DB) Ready(ctx context.Context) error {
	if err := db.refuseDamaged(); err != nil {
		return err
	}
	if err := db.refuseFull(); err != nil {
		return err
	}
	var have int
	var differ []Divergence
	err := db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		if _, err := c.Exec(ctx, sqldb.UpsertMeta, "probed",
			[]byte(db.now().UTC().Format(time.RFC3339Nano))); err != nil {
			return err
		}
		if have, err = db.engine.SchemaVersion(ctx, c); err != nil {
			return err
		}
		differ, _, err = db.engine.Divergences(ctx, c, have)
		return err
	})
	if err == nil && len(differ) > 0 {
		return sqldb.DivergedError(order.Unavailable, "The store", differ)
	}
	if err == nil && have != db.SchemaVersion() {
		return order.Errorf(order.Unavailable, "store-newer",
			"The store has schema %d now, and this program serves schema %d.", have, db.SchemaVersion())
	}
	return err
}

// fault turns an error of the database into the words of the exchange. Other
// errors (those of a rule, an ended context) pass as they are.
func (db *DB) fault(err error) error {
	said := db.engine.Error(err)
	if order.CodeOf(said) == "store-damaged" && !sqldb.Explained(err) {
		db.noteDamage(err)
	}
	return said
}

// noteDamage remembers the first damage that was met and logs it.
// It does not pass by itself, so the store is not ready from then on; what can
// still be read is served.
func (db *DB) noteDamage(err error) {
	if db.damage.CompareAndSwap(nil, &err) {
		db.log.Error("the store is damaged", "store", db.engine.Path, "err", err, "next", sqldb.DamagedHint)
	}
}

// refuseDamaged is the answer to whether a store is ready that was found
// damaged.
func (db *DB) refuseDamaged() error {
	found := db.damage.Load()
	if found == nil {
		return nil
	}
	e := order.Errorf(order.Unavailable, "store-damaged",
		"The store is damaged; the operator has to restore a backup.").WithHint(sqldb.DamagedHint)
	e.Err = *found
	return e
}

// completeSteps records the digests that a store lacks although it has a place
// for them: what was applied is taken for what this program has.
func (db *DB) completeSteps(ctx context.Context) error {
	missing, err := db.engine.CheckSteps(ctx)
	if err != nil || missing == 0 {
		return err
	}
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		return db.engine.RecordSteps(ctx, c, sqldb.Newest(db.engine.Steps), db.now())
	})
	if err == nil {
		db.log.WarnContext(ctx,
			"the store had no digest of schema steps that were applied; they are taken for those of this program",
			"store", db.engine.Path, "steps", missing)
	}
	return err
}

// Lock claims the data folder for one serving process until release is called
// or the process ends, however it ends. Commands that administer the store do
// not take it: they may write while a server runs. A database of PostgreSQL is
// served by any number of processes at once, so there it claims nothing.
func (db *DB) Lock() (release func(), err error) {
	l, err := db.LockFolder()
	if err != nil {
		return nil, err
	}
	return l.Release, nil
}

// LockFolder is Lock for a process that may hand the folder over to another. The
// lock is nil where there is no data folder; its methods do nothing then.
func (db *DB) LockFolder() (*FolderLock, error) {
	if db.dir == "" {
		return nil, nil
	}
	l, err := sqldb.ClaimFolder(db.dir)
	if err == nil {
		db.reportFolder(context.Background())
	}
	return l, err
}

// ShareLock takes a lock over that another process has handed to this one, with
// the file of [FolderLock.File]. Both have it from then on: the folder is claimed
// until both have ended. It refuses the lock of another folder.
func (db *DB) ShareLock(f *os.File) (*FolderLock, error) {
	if db.dir == "" {
		return nil, nil
	}
	return sqldb.ShareFolder(db.dir, f)
}

// queries are those that differ between databases.
type queries struct {
	selectForUpdate        string // loads an order that is about to be changed
	selectVisibleForUpdate string // the same, of one that a party sees
	leasePending           string // leases orders that wait
	selectList             string // reads a page of a list
}

// queriesFor returns the queries for a database. Where writers run side by side
// they lock what they find.
func queriesFor(can sqldb.Capabilities) queries {
	q := queries{
		selectForUpdate:        selectOrderByID + can.ForUpdate,
		selectVisibleForUpdate: selectVisible + can.ForUpdate,
		leasePending:           fmt.Sprintf(leaseOrders, can.SkipLocked),
		selectList:             selectLive,
	}
	if can.OrderedUnion {
		q.selectList = selectLiveMerged
	}
	return q
}

// IsAddress reports whether a place is an address of PostgreSQL, well written
// or not, and no data folder.
func IsAddress(where string) bool { return sqldb.IsPostgres(where) }

const (
	selectEpoch = `SELECT id FROM epochs WHERE ended = 0`
	// The index on ended lets one epoch live at a time.
	insertEpoch = `INSERT INTO epochs (id, began, ended) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING`
	selectEnded = `SELECT ended FROM epochs WHERE id = $1`

	selectFirstEpoch  = `SELECT id FROM epochs ORDER BY began, id LIMIT 1`
	selectNewestEpoch = `SELECT began FROM epochs ORDER BY began DESC LIMIT 1`

	endEpoch         = `UPDATE epochs SET ended = $1 WHERE ended = 0`
	insertEpochHeads = `INSERT INTO epoch_heads (epoch, party, seq) SELECT e.id, h.party, h.seq
		FROM epochs e CROSS JOIN heads h WHERE e.ended = 0`
	selectEpochHead = `SELECT seq FROM epoch_heads WHERE epoch = $1 AND party = $2`
)

// epochSize is 40 random bits as text: a store has few epochs in its life, and
// the name stands in every cursor.
const epochSize = 8

func newEpochID() string { return strings.ToLower(rand.Text()[:epochSize]) }

// findEpoch reads the epoch that the store is in, and begins the first.
func (db *DB) findEpoch(ctx context.Context) (epoch string, err error) {
	look := func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Get(ctx, selectEpoch, nil, &epoch)
		return err
	}
	if err := db.read(ctx, look); err != nil || epoch != "" {
		return epoch, err
	}
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if err := beginEpoch(ctx, c, db.now()); err != nil {
			return err
		}
		return look(ctx, c)
	})
	return epoch, err
}

// beginEpoch begins an epoch where none goes on. It begins behind the others
// even when the clock was set back, so that the first stays the first.
func beginEpoch(ctx context.Context, c *sqldb.Conn, now time.Time) error {
	var newest int64
	if _, err := c.Get(ctx, selectNewestEpoch, nil, &newest); err != nil {
		return err
	}
	_, err := c.Exec(ctx, insertEpoch, newEpochID(), max(sqldb.Micros(now), newest+1))
	return err
}

// Epoch names the life that the store is in; see [order.Store]. It was read
// when the store was opened, and is read again with every heartbeat of the
// replica: a restore goes into an empty place, but the place may be a database
// that was emptied behind a process that went on serving it.
func (db *DB) Epoch(context.Context) (string, error) { return *db.epoch.Load(), nil }

// Since returns how far the store has what was numbered in an epoch; see
// [order.Store]. Heads only rise while a store lives and through every restore
// of it, so what was the head at the end of an epoch is here at least.
func (db *DB) Since(ctx context.Context, party order.PartyID, epoch string) (through int64, known bool, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if epoch == "" {
			if _, err := c.Get(ctx, selectFirstEpoch, nil, &epoch); err != nil {
				return err
			}
		}
		var ended int64
		if known, err = c.Get(ctx, selectEnded, []any{epoch}, &ended); err != nil || !known {
			return err
		}
		if ended == 0 {
			_, err = c.Get(ctx, selectHead, []any{string(party)}, &through)
			return err
		}
		_, err = c.Get(ctx, selectEpochHead, []any{epoch, string(party)}, &through)
		return err
	})
	return through, known, err
}
