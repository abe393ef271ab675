package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/bookgate/bookgate/store/internal/dump"
	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// The types of backups and copies.
type (
	BackupOptions   = dump.BackupOptions
	Manifest        = dump.Manifest
	ManifestTable   = dump.ManifestTable
	DocumentsSum    = dump.DocumentsSum
	Progress        = dump.Progress
	CopyOptions     = dump.CopyOptions
	Comparison      = dump.Comparison
	TableComparison = dump.TableComparison
	TableSum        = dump.TableSum
)

// What a copy does with a table, as [CopyOptions.Progress] is called with it.
const (
	Checking  = dump.Checking
	Copying   = dump.Copying
	Comparing = dump.Comparing
)

const (
	insertBackup = `INSERT INTO backups (taken, verified, place, orders, documents) VALUES ($1, $2, $3, $4, $5)`

	backupColumns  = `taken, verified, place, orders, documents`
	selectBackups  = `SELECT ` + backupColumns + ` FROM backups ORDER BY taken`
	selectVerified = `SELECT ` + backupColumns + ` FROM backups WHERE verified > 0 ORDER BY verified DESC LIMIT 1`
)

// BackupRecord is what the store knows of a backup that was taken of it.
type BackupRecord struct {
	Taken     time.Time
	Verified  time.Time // the zero time for one that was not read back
	Place     string
	Orders    int64
	Documents [sha256.Size]byte
}

// backupRow is a row of backups as it is read.
type backupRow struct {
	taken, verified, orders int64
	place                   string
	documents               []byte
}

func (r *backupRow) dest() []any {
	return []any{&r.taken, &r.verified, &r.place, &r.orders, &r.documents}
}

func (r *backupRow) record() BackupRecord {
	b := BackupRecord{Taken: sqldb.FromMicros(r.taken), Verified: sqldb.FromMicros(r.verified),
		Place: r.place, Orders: r.orders}
	copy(b.Documents[:], r.documents)
	return b
}

// noteBackup writes down that a backup was taken. The backup stays when that
// fails, as it may when the store's own disk fails.
func (db *DB) noteBackup(ctx context.Context, file string, m Manifest, verified bool) error {
	documents, err := hex.DecodeString(m.Documents.SHA256)
	if err != nil {
		return err
	}
	var at int64
	if verified {
		at = sqldb.Micros(db.now())
	}
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, insertBackup, sqldb.Micros(m.Taken), at, file, m.Rows("orders"), documents)
		return err
	})
	if err == nil {
		return nil
	}
	unnoted := order.Errorf(order.Unavailable, "backup-unnoted",
		"The backup %s is written, but the store could not take note of it.", file).
		WithHint("Keep the backup, and look at what is wrong with the store.")
	unnoted.Err = err
	return unnoted
}

// Backups lists the backups that were taken of this store, oldest first.
// Whether they are still where they were written is not known here.
func (db *DB) Backups(ctx context.Context) (all []BackupRecord, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		all = nil
		var r backupRow
		return c.Each(ctx, selectBackups, nil, r.dest(), func() { all = append(all, r.record()) })
	})
	return all, err
}

// Backup writes all that the store holds, in one state, into one new file, and
// notes it in the store. The file is a SQLite database with our schema whatever
// the store's own engine, and holds a [Manifest]. The store can be served
// meanwhile; no request waits for the backup.
//
// A file that is there is not overwritten. The file gets its name when it is
// whole and on the disk, with Verify only when [VerifyBackup] finds no fault;
// else nothing is left of it.
func (db *DB) Backup(ctx context.Context, file string, o BackupOptions) (Manifest, error) {
	s := dump.Source{Engine: db.engine, Now: db.now, Fault: db.fault, Content: storeContent()}
	path, m, err := s.Backup(ctx, file, o)
	if err != nil {
		return m, err
	}
	return m, db.noteBackup(ctx, path, m, o.Verify)
}

const (
	// A backup does not know which tickets were logged out since. Tokens stay: they
	// are those of clients, whose secrets are as in the backup as well.
	dropAllTickets   = `DELETE FROM tickets WHERE kind = 'ticket'`
	clearOrderLeases = `UPDATE orders SET lease = 0, leased_by = '' WHERE lease <> 0 OR leased_by <> ''`
	clearSendLeases  = `UPDATE deliveries SET lease = 0, leased_by = '' WHERE lease <> 0 OR leased_by <> ''`
	clearJobLeases   = `UPDATE chores SET holder = '', lease = 0 WHERE lease <> 0 OR holder <> ''`
)

// resetForRestore makes of the content of a backup that of a store: no
// process serves it, no user is logged in, and it is in a new epoch.
func resetForRestore(ctx context.Context, c *sqldb.Conn, now time.Time) error {
	for _, text := range []string{dump.DeleteReplicas, dropAllTickets, clearOrderLeases, clearSendLeases,
		clearJobLeases} {
		if _, err := c.Exec(ctx, text); err != nil {
			return err
		}
	}
	return newEpoch(ctx, c, now)
}

// storeContent is what reading and writing a whole store needs to know of this one.
func storeContent() dump.Content {
	return dump.Content{CheckDocument: checkDocument, Reset: resetForRestore, ServedBy: servedBy}
}

// checkDocument returns why a stored document is not the one that came in.
func checkDocument(d dump.StoredDocument) error {
	_, err := storedDocument{mediaType: d.MediaType, sha256: d.SHA256, size: d.Size, body: d.Body}.decompress()
	return err
}

// servedBy looks for a process that gave a sign lately.
func servedBy(ctx context.Context, c *sqldb.Conn, now time.Time) (found sqldb.ServingProcess, err error) {
	r := running{}
	var text []byte
	if stepped, err := c.Get(ctx, sqldb.SelectMeta, []any{metaSteps}, &text); err != nil {
		return found, err
	} else if stepped {
		if err := r.adopt(string(text)); err != nil {
			return found, err
		}
	}
	args := []any{frame{r.ahead()}.of(now.Add(-staleAfter))}
	found.Found, err = c.Get(ctx, selectReplica, args, &found.Host, &found.ID)
	return found, err
}

// VerifyBackup reads a backup in full and compares it with its manifest: the
// soundness of the database, every row, every document against the digest that
// it came in with, and what holds between the tables of a store. Nothing is
// written. The error of a backup with faults names each of them.
func VerifyBackup(ctx context.Context, file string, progress Progress) (Manifest, error) {
	return dump.Verify(ctx, file, progress, storeContent())
}

// Restore verifies a backup and makes a store of it: in a data folder that is
// missing or has no store, or in an empty database of PostgreSQL. It need not
// be the engine that the backup comes from. A backup of an older schema is
// brought up to date.
//
// The restored store begins a new epoch, for it assigns change numbers again
// that were assigned after the backup was taken. What belonged to the
// processes that served the old store is dropped, and so are tickets: one that
// was logged out after the backup must not be valid again. On an error the place
// is as it was before, but for a schema without content in PostgreSQL.
func Restore(ctx context.Context, file, where string, o Options, progress Progress) (Manifest, error) {
	now := time.Now
	if o.Now != nil {
		now = o.Now
	}
	return dump.Restore(ctx, file, where, now(), progress, storeContent())
}

// Copy copies the store in one place into another, which must be empty or
// missing, and compares every table on both sides before anything is committed. A
// place is a data folder, with or without sqlite: before it, or an address of
// PostgreSQL.
//
// The source is only read. The target gets all in one transaction, so that a
// copy that fails or is killed leaves it empty. Passwords, tickets, cursors,
// change numbers and the numbers of orders stay what they are.
//
// With an error the comparison holds what is known by then.
func Copy(ctx context.Context, from, to string, o CopyOptions) (Comparison, error) {
	return dump.Copy(ctx, from, to, o, storeContent(), openTarget)
}

// openTarget opens the store that a copy is written to, and claims it.
func openTarget(ctx context.Context, where string, o CopyOptions) (*sqldb.Engine, func(), error) {
	db, err := Open(ctx, where, Options{Now: o.Now, Log: o.Log})
	if err != nil {
		return nil, nil, err
	}
	unlock, err := db.Lock()
	if err != nil {
		db.Close()
		return nil, nil, err
	}
	return db.engine, func() { unlock(); db.Close() }, nil
}

// newEpoch ends the epoch of a store that was just restored, with the heads as
// they are, and begins the next. A backup of an older schema has no epoch, and
// gets its first.
func newEpoch(ctx context.Context, c *sqldb.Conn, now time.Time) error {
	if err := beginEpoch(ctx, c, now); err != nil { // does nothing where one goes on
		return err
	}
	if _, err := c.Exec(ctx, insertEpochHeads); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, endEpoch, sqldb.Micros(now)); err != nil {
		return err
	}
	return beginEpoch(ctx, c, now)
}
