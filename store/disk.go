//go:build unix && !solaris && !netbsd && !openbsd

package store

import (
	"context"
	"io/fs"
	"log/slog"
	"path/filepath"
	"syscall"
	"time"
)

// diskRoom is how many bytes this account may still write to the disk of a
// folder, and how large that disk is.
func diskRoom(dir string) (free, size int64, err error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, 0, &fs.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return int64(disk.Bavail) * int64(disk.Bsize), int64(disk.Blocks) * int64(disk.Bsize), nil
}

func freeRoom(dir string) (free int64, err error) {
	free, _, err = diskRoom(dir)
	return free, err
}

// A disk that fills up is reported while there is still room: by backups and
// safety copies beside the store, by a log that is written to the same disk, by
// what other programs write, and by the orders themselves.
const (
	// lowRoom is when a disk counts as nearly full, or a tenth of it where that
	// is less.
	lowRoom = 1 << 30

	// leastRoom is when changes count as impossible although a small one may
	// still succeed: the largest document has this size.
	leastRoom = 1 << 20

	// roomEvery is how often the disk is looked at, and roomAgain how often a
	// disk that stays nearly full is reported.
	roomEvery = 5 * time.Second
	roomAgain = time.Hour
)

const roomHint = "Make room, or the disk larger. Look for log files, old backups and safety copies (" + fileName + ".before-*) on it."

// low reports whether a disk is nearly full.
func low(free, size int64) bool { return free < min(lowRoom, size/10) }

// roomWatch looks at the disk of a store from time to time.
type roomWatch struct {
	path     string // of the store
	disk     func(dir string) (free, size int64, err error)
	log      *slog.Logger
	reported time.Time // when the disk was last said to be nearly full; zero while it is not
}

// look reports a disk that is nearly full, and one that has room again.
func (r *roomWatch) look(ctx context.Context, now time.Time) {
	free, size, err := r.disk(filepath.Dir(r.path))
	if err != nil {
		return // the files are gone, which others report
	}
	switch full := low(free, size); {
	case full && (r.reported.IsZero() || now.Sub(r.reported) >= roomAgain):
		r.reported = now
		store, _ := sizeOfFile(r.path)
		r.log.WarnContext(ctx, "the disk of the store is nearly full; without room no order can be stored",
			"store", r.path, "free", free, "size", size, "store_bytes", store, "next", roomHint)
	case !full && !r.reported.IsZero():
		r.reported = time.Time{}
		r.log.InfoContext(ctx, "the disk of the store has room again", "store", r.path, "free", free)
	}
}
