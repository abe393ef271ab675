package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/bookgate/bookgate/order"
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
	b := BackupRecord{Taken: fromMicros(r.taken), Verified: fromMicros(r.verified), Place: r.place, Orders: r.orders}
	copy(b.Documents[:], r.documents)
	return b
}

// noteBackup writes down that a backup was taken. The backup stays when that
// fails, as it may when the store's own disk is what gives way.
func (db *DB) noteBackup(ctx context.Context, file string, m Manifest, verified bool) error {
	documents, err := hex.DecodeString(m.Documents.SHA256)
	if err != nil {
		return err
	}
	var at int64
	if verified {
		at = micros(db.now())
	}
	err = db.write(ctx, func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, insertBackup, micros(m.Taken), at, file, m.Rows("orders"), documents)
		return err
	})
	if err == nil {
		return nil
	}
	unnoted := order.Errorf(order.Unavailable, "backup-unnoted", "The backup %s is written, but the store could not take note of it.", file).
		WithHint("Keep the backup, and look at what is wrong with the store.")
	unnoted.Err = err
	return unnoted
}

// Backups lists the backups that were taken of this store, oldest first.
// Whether they are still where they were written is not known here.
func (db *DB) Backups(ctx context.Context) (all []BackupRecord, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		all = nil
		var r backupRow
		return c.each(ctx, selectBackups, nil, r.dest(), func() { all = append(all, r.record()) })
	})
	return all, err
}
