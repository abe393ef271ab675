package store

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"github.com/bookgate/bookgate/order"
)

// BackupOptions are what a backup can be told.
type BackupOptions struct {
	Verify   bool   // read the backup back in full before it gets its name
	Version  string // of this program
	Progress Progress
}

// Backup writes all that the store holds, in one state, into one new file, and
// notes it in the store. The file is a SQLite database with our schema whatever
// the store's own engine, and holds a [Manifest]. The store can be served
// meanwhile; nobody waits for the backup.
//
// A file that is there is not overwritten. The file gets its name when it is
// whole and on the disk, with Verify only when [VerifyBackup] finds no fault;
// else nothing is left of it.
func (db *DB) Backup(ctx context.Context, file string, o BackupOptions) (Manifest, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return Manifest{}, errNotWritten(file, err)
	}
	p, err := newBackupPart(file)
	if err != nil {
		return Manifest{}, err
	}
	defer p.discard() // finds nothing when the file has its name
	m, err := db.writeBackup(ctx, p, o)
	if err != nil {
		return Manifest{}, db.unwritten(file, err)
	}
	return m, db.noteBackup(ctx, file, m, o.Verify)
}

func (db *DB) writeBackup(ctx context.Context, p backupPart, o BackupOptions) (m Manifest, err error) {
	m = Manifest{Version: o.Version, Engine: db.engine.name, Schema: db.SchemaVersion(), Taken: kept(db.now())}
	o.Progress.say("copying the store")
	if err := db.engine.copyOut(ctx, db.engine, p.path, db.now()); err != nil {
		return m, err
	}
	if err := foldLog(ctx, p.path); err != nil {
		return m, err
	}
	if err := m.seal(ctx, p.path, o.Progress); err != nil {
		return m, err
	}
	if o.Verify {
		if _, err := verifyFile(ctx, p.path, p.file, o.Progress); err != nil {
			return m, unverified(err)
		}
	}
	return m, p.finish()
}

// unverified adds to the faults of a new backup where they can come from.
func unverified(err error) error {
	if e, ok := err.(*order.Error); ok && e.Code == codeDamaged {
		return e.WithHint("The backup was removed. If its disk is sound, the store itself has these faults; without --verify the backup is kept as it is.")
	}
	return err
}

// seal describes the copy at path and writes the description into it. What
// tells of the processes that serve the store is not part of it.
func (m *Manifest) seal(ctx context.Context, path string, progress Progress) error {
	c, err := connectFile(ctx, path, url.Values{"mode": {"rw"}}, "synchronous = FULL")
	if err != nil {
		return err
	}
	defer c.close()
	if _, err := c.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if _, err := c.exec(ctx, deleteReplicas); err != nil {
		return err
	}
	if err := m.describe(ctx, c, tables(), progress); err != nil {
		return err
	}
	if err := m.write(ctx, c); err != nil {
		return err
	}
	_, err = c.exec(ctx, "COMMIT")
	return err
}

const deleteReplicas = `DELETE FROM replicas`

// vacuumInto copies the store as the last commit left it, beside a writer that
// goes on. The pages come out packed, in a file that needs no log.
func vacuumInto(ctx context.Context, e *engine, path string, _ time.Time) error {
	c, err := e.connect(ctx, keeping) // as one that only reads may not
	if err != nil {
		return err
	}
	defer c.close()
	_, err = c.sql.ExecContext(ctx, `VACUUM INTO $1`, path)
	return err
}

// copyInto copies one state of the store, table by table, into a new database
// of SQLite.
func copyInto(ctx context.Context, e *engine, path string, now time.Time) error {
	file := newSQLite(path)
	if err := file.prepare(ctx); err != nil {
		return err
	}
	if err := file.bringUp(ctx, now); err != nil {
		return err
	}
	return e.snapshot(ctx, func(ctx context.Context, from *conn) error {
		return file.atOnce(ctx, func(ctx context.Context, to *conn) error {
			return fillFrom(ctx, from, to, tables(), nil)
		})
	})
}

// fillFrom copies tables into a store in which nothing was kept yet. Of the
// rows that it has by itself none stays.
func fillFrom(ctx context.Context, from, to *conn, all []table, progress Progress) error {
	for _, t := range slices.Backward(all) {
		if _, err := to.exec(ctx, "DELETE FROM "+t.name); err != nil {
			return fmt.Errorf("empty table %s: %w", t.name, err)
		}
	}
	for _, t := range all {
		progress.say("copying table %s", t.name)
		if _, _, err := copyTable(ctx, from, to, t, nil); err != nil {
			return err
		}
	}
	return nil
}
