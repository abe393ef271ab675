package dump

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// BackupOptions are the settings of a backup.
type BackupOptions struct {
	Verify   bool   // read the backup back in full before it gets its name
	Version  string // of this program
	Progress Progress
}

// Content is what must be known of the content of a store to read and write all
// of it.
type Content struct {
	// CheckDocument returns why a stored document is not the one that came in.
	CheckDocument func(StoredDocument) error

	// Reset makes of the content of a backup that of a store which no process
	// has served yet.
	Reset func(ctx context.Context, c *sqldb.Conn, now time.Time) error

	// ServedBy looks for a process that serves a store.
	ServedBy func(ctx context.Context, c *sqldb.Conn, now time.Time) (sqldb.ServingProcess, error)
}

// StoredDocument is a document as the store has it: packed.
type StoredDocument struct {
	MediaType string
	SHA256    [sha256.Size]byte
	Size      int
	Body      []byte
}

// Source is a store of which a backup is taken.
type Source struct {
	Engine  *sqldb.Engine
	Now     func() time.Time
	Fault   func(error) error // turns an error of the database into the words of the exchange
	Content Content
}

// Backup writes a backup of the store and returns its path.
func (s Source) Backup(ctx context.Context, file string, o BackupOptions) (path string, m Manifest, err error) {
	path, err = filepath.Abs(file)
	if err != nil {
		return path, m, errNotWritten(path, err)
	}
	p, err := newBackupPart(path)
	if err != nil {
		return path, m, err
	}
	defer p.discard() // finds nothing when the file has its name
	if m, err = s.write(ctx, p, o); err != nil {
		return path, Manifest{}, s.unwritten(path, err)
	}
	return path, m, nil
}

func (s Source) write(ctx context.Context, p backupPart, o BackupOptions) (m Manifest, err error) {
	m = Manifest{Version: o.Version, Engine: s.Engine.Name, Schema: sqldb.Newest(s.Engine.Steps),
		Taken: sqldb.RoundToMicros(s.Now())}
	o.Progress.say("copying the store")
	if err := s.copyOut(ctx, p.path); err != nil {
		return m, err
	}
	if err := mergeWAL(ctx, p.path); err != nil {
		return m, err
	}
	if err := m.writeInto(ctx, p.path, o.Progress); err != nil {
		return m, err
	}
	if o.Verify {
		if _, err := verifyFile(ctx, p.path, p.file, o.Progress, s.Content); err != nil {
			return m, unverified(err)
		}
	}
	return m, p.rename()
}

// unverified adds to the faults of a new backup where they can come from.
func unverified(err error) error {
	var e *order.Error
	if errors.As(err, &e) && e.Code == CodeDamaged {
		return e.WithHint("The backup was removed. If its disk is sound, the store itself has these faults; " +
			"without --verify the backup stays as it is.")
	}
	return err
}

// writeInto describes the copy at path and writes the description into it. What
// describes the processes that serve the store is not part of it.
func (m *Manifest) writeInto(ctx context.Context, path string, progress Progress) error {
	c, err := sqldb.ConnectFile(ctx, path, url.Values{"mode": {"rw"}}, "synchronous = FULL")
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, DeleteReplicas); err != nil {
		return err
	}
	if err := m.describe(ctx, c, Tables(), progress); err != nil {
		return err
	}
	if err := m.write(ctx, c); err != nil {
		return err
	}
	_, err = c.Exec(ctx, "COMMIT")
	return err
}

// DeleteReplicas drops what describes the processes that serve a store.
const DeleteReplicas = `DELETE FROM replicas`

// copyOut copies all that the store holds, in one state, into the empty file at
// path, as a database of SQLite.
func (s Source) copyOut(ctx context.Context, path string) error {
	if s.Engine.Can.VacuumInto {
		return s.Engine.VacuumInto(ctx, path)
	}
	return copyInto(ctx, s.Engine, path, s.Now())
}

// copyInto copies one state of the store, table by table, into a new database
// of SQLite.
func copyInto(ctx context.Context, e *sqldb.Engine, path string, now time.Time) error {
	file := sqldb.NewSQLite(path)
	if err := file.Prepare(ctx); err != nil {
		return err
	}
	if err := file.Migrate(ctx, now); err != nil {
		return err
	}
	return e.Snapshot(ctx, func(ctx context.Context, from *sqldb.Conn) error {
		return file.Transaction(ctx, func(ctx context.Context, to *sqldb.Conn) error {
			return fillFrom(ctx, from, to, Tables(), nil)
		})
	})
}

// fillFrom copies tables into a store in which nothing was stored yet. Of the
// rows that it has by itself none stays.
func fillFrom(ctx context.Context, from, to *sqldb.Conn, all []Table, progress Progress) error {
	for _, t := range slices.Backward(all) {
		if _, err := to.Exec(ctx, "DELETE FROM "+t.Name); err != nil {
			return fmt.Errorf("empty table %s: %w", t.Name, err)
		}
	}
	for _, t := range all {
		progress.say("copying table %s", t.Name)
		if _, _, err := copyTable(ctx, from, to, t, nil); err != nil {
			return err
		}
	}
	return nil
}

// PartSuffix marks a backup that is being written.
const PartSuffix = ".part"

// backupPart is a backup under another name until it is whole.
type backupPart struct {
	path string // under which it is written
	file string // that it gets at the end
}

// newBackupPart makes the empty file, for its owner alone. A file that is there is
// never touched, and neither is one that another is writing.
func newBackupPart(file string) (backupPart, error) {
	p := backupPart{path: file + PartSuffix, file: file}
	if _, err := os.Lstat(file); err == nil {
		return p, order.Errorf(order.Conflict, "backup-exists", "%s exists and is not overwritten.", file).
			WithHint("Give the backup another name, for example with the date in it.")
	}
	f, err := os.OpenFile(p.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, sqldb.FileMode)
	if errors.Is(err, fs.ErrExist) {
		return p, order.Errorf(order.Conflict, "backup-exists",
			"%s exists: another backup is being written, or one was cut off.", p.path).
			WithHint("Remove that file if no backup is running.")
	}
	if err != nil {
		return p, errNotWritten(file, err)
	}
	return p, f.Close()
}

// rename moves a whole file to its name. It survives a power cut from here on.
func (p backupPart) rename() error {
	if err := syncPath(p.path); err != nil {
		return err
	}
	if err := os.Rename(p.path, p.file); err != nil {
		return err
	}
	return syncPath(filepath.Dir(p.file))
}

// discard removes what there is of the file and what SQLite may have beside it.
func (p backupPart) discard() {
	for _, name := range WithSides(p.path) {
		os.Remove(name)
	}
}

// WithSides returns a database file and the files that SQLite has beside it.
func WithSides(path string) []string {
	return []string{path, path + "-journal", path + "-wal", path + "-shm"}
}

// mergeWAL moves what SQLite keeps beside a database into it and makes sure that
// nothing is left there. SQLite itself says nothing when it cannot do so at the
// close of the last connection, as on a full disk.
func mergeWAL(ctx context.Context, path string) error {
	c, err := sqldb.ConnectFile(ctx, path, url.Values{"mode": {"rw"}}, "synchronous = FULL")
	if err != nil {
		return err
	}
	var mode string
	_, err = c.Get(ctx, "PRAGMA journal_mode = DELETE", nil, &mode)
	if err = errors.Join(err, c.Close()); err != nil {
		return err
	}
	if mode != "delete" {
		return fmt.Errorf("the log of %s could not be moved into it", path)
	}
	for _, name := range WithSides(path)[1:] {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is left beside the database", name)
		}
	}
	return nil
}

// syncPath flushes a file or a folder.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// unwritten returns why a backup could not be written: because of the database
// that it is taken of, where that is not SQLite as well, or because of its own
// disk.
func (s Source) unwritten(file string, err error) error {
	if sqldb.FromSQLite(err) {
		return errNotWritten(file, err)
	}
	return errNotWritten(file, s.Fault(err))
}

// errNotWritten returns why a backup could not be written, in words where the
// disk says it.
func errNotWritten(file string, err error) error {
	var path *fs.PathError
	switch {
	case sqldb.Explained(err):
		return err
	case sqldb.DiskFull(err):
		err = order.Errorf(order.Unavailable, "backup-unwritten",
			"The backup %s was not written: there is no space left on its disk.", file).
			WithHint("Free some space, or write the backup to another disk. Nothing of it was left behind.")
	case errors.As(err, &path):
		err = order.Errorf(order.Unavailable, "backup-unwritten", "The backup %s was not written: %s.", file, path.Err).
			WithHint("Check that the folder is there and that this account may write to it.")
	default:
		failed := order.Errorf(order.Unavailable, "backup-unwritten", "The backup %s was not written.", file).
			WithHint("Nothing of it was left behind; see the cause, and try again.")
		failed.Err = err
		err = failed
	}
	return err
}

// openBackup opens a backup for reading, without a trace beside it, and reads
// its manifest. What is not a backup of ours is refused.
func openBackup(ctx context.Context, path, name string) (*sqldb.Conn, Manifest, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, Manifest{}, order.Errorf(order.NotFound, "backup-missing", "There is no file %s.", name)
	}
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil, Manifest{}, notBackup(name, "it is not a file, or an empty one", err)
	}
	c, err := sqldb.ConnectFile(ctx, path, url.Values{"mode": {"ro"}, "immutable": {"1"}}, "query_only = 1")
	if err != nil {
		return nil, Manifest{}, unreadableFile(ctx, name, err)
	}
	m, err := identify(ctx, c, path, name)
	if err != nil {
		c.Close()
		return nil, Manifest{}, err
	}
	return c, m, nil
}

// identify makes sure that a database is a backup of ours that this program
// knows how to read, and reads its manifest.
func identify(ctx context.Context, c *sqldb.Conn, path, name string) (m Manifest, err error) {
	var id int64
	if _, err := c.Get(ctx, "PRAGMA application_id", nil, &id); err != nil {
		return m, unreadableFile(ctx, name, err)
	}
	if id != sqldb.ApplicationID {
		return m, notBackup(name, "it is the database of another program", nil)
	}
	e := sqldb.NewSQLite(path)
	schema, err := e.SchemaVersion(ctx, c)
	if err != nil {
		return m, errDamagedBackup(name, []string{fmt.Sprintf("Its schema cannot be read: %v.", err)})
	}
	if known := sqldb.Newest(e.Steps); schema > known {
		return m, order.Errorf(order.Invalid, "backup-newer",
			"The backup %s has schema %d, and this program knows schemas up to %d.", name, schema, known).
			WithHint("Use the bookgate that took it, or a later one.")
	}
	differ, _, err := e.Divergences(ctx, c, schema)
	if err != nil {
		return m, errDamagedBackup(name,
			[]string{fmt.Sprintf("The digests of its schema steps cannot be read: %v.", err)})
	}
	m, found, err := readManifest(ctx, c)
	steps, stepsErr := digestSteps(ctx, c)
	switch {
	case err != nil:
		return m, errDamagedBackup(name, []string{fmt.Sprintf("Its manifest cannot be used: %v.", err)})
	case !found:
		return m, notBackup(name, "it is a store without the manifest of a backup", nil)
	case m.Schema != schema:
		return m, errDamagedBackup(name,
			[]string{fmt.Sprintf("It has schema %d, and its manifest says %d.", schema, m.Schema)})
	case stepsErr != nil:
		return m, errDamagedBackup(name, []string{fmt.Sprintf("Its list of schema steps cannot be read: %v.", stepsErr)})
	case m.Steps != "" && m.Steps != steps:
		return m, errDamagedBackup(name, []string{"Its list of schema steps is not the one that was backed up."})
	case len(differ) > 0:
		return m, order.Errorf(order.Invalid, "backup-diverged", "The backup %s was taken by another build: %s.",
			name, differ[0]).
			WithHint("Use the build of bookgate that took it.")
	}
	return m, nil
}

// unreadableFile distinguishes a file that never was a database from one that is
// cut short or damaged.
func unreadableFile(ctx context.Context, name string, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case sqldb.NotDatabase(err):
		return notBackup(name, "it is not a database of SQLite", err)
	}
	return errDamagedBackup(name, []string{fmt.Sprintf("Its first page cannot be read: %v.", err)})
}

func notBackup(name, why string, err error) error {
	e := order.Errorf(order.Invalid, "backup-foreign", "%s is not a backup of bookgate: %s.", name, why).
		WithHint("Name a file that bookgate backup has written; bookgate backup list shows them.")
	e.Err = err
	return e
}
