//go:build unix

package store

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/bookgate/bookgate/store/internal/dump"
	"github.com/bookgate/bookgate/store/internal/sqldb"
)

// What a process that is about to serve a data folder finds in it and reports:
// none of it prevents the store from being served, and an operator wants to
// know of it before it matters.

// leftoverAge is how old an unfinished file must be to count as left behind:
// another command may be writing a younger one.
const leftoverAge = time.Hour

// othersRights are those of the group and of everyone else.
const othersRights = 0o077

// reportFolder logs rights that are wider than those that bookgate sets, and
// files that a command which was killed has left behind: in the folder, and
// where backups of this store were written.
func (db *DB) reportFolder(ctx context.Context) {
	private := append([]string{db.dir}, dump.WithSides(db.engine.Path)...)
	copies, _ := filepath.Glob(db.engine.Path + ".before-*") // the only error is a bad pattern
	private = append(private, copies...)
	left := []string{filepath.Join(db.dir, "*"+dump.PartSuffix), filepath.Join(db.dir, sqldb.FileName+".new-*")}
	backups, _ := db.Backups(ctx) // who cannot read them will say so when it matters
	for _, b := range backups {
		private = append(private, b.Place)
		left = append(left, filepath.Join(filepath.Dir(b.Place), "*"+dump.PartSuffix))
	}
	slices.Sort(left)
	slices.Sort(private)
	for _, path := range slices.Compact(private) {
		db.reportRights(ctx, path)
	}
	for _, pattern := range slices.Compact(left) {
		db.reportLeft(ctx, pattern)
	}
}

func (db *DB) reportRights(ctx context.Context, path string) {
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm()&othersRights != 0 {
		db.log.WarnContext(ctx, "other accounts of this machine have rights to the store", "path", path,
			"mode", info.Mode().Perm().String(), "next", "Take the rights away: chmod go-rwx "+path)
	}
}

func (db *DB) reportLeft(ctx context.Context, pattern string) {
	left, _ := filepath.Glob(pattern) // of a folder whose name is a pattern nothing is found
	for _, path := range left {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > leftoverAge {
			db.log.WarnContext(ctx, "an unfinished file was left behind by a command that was ended", "path", path,
				"bytes", info.Size(), "next", "Remove it; what it was to become was never finished.")
		}
	}
}

// reportLostLog logs that the write-ahead log is missing where a killed process
// must have left one. hadLog is whether it was there before the store was
// opened, which makes it anew.
func (db *DB) reportLostLog(ctx context.Context, hadLog bool) {
	if db.dir == "" || !sqldb.EndedUncleanly(db.dir) || hadLog {
		return
	}
	db.log.ErrorContext(ctx,
		"the server was killed and its write-ahead log is missing; the newest changes may be lost",
		"log", db.engine.Path+"-wal",
		"next", "Look for the file: a copy or a cleaning job may have taken it. If it cannot be found, compare "+
			"the newest orders with their senders, or restore a backup.")
}
