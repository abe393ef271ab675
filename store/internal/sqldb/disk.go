//go:build unix && !solaris && !netbsd && !openbsd

package sqldb

import (
	"context"
	"io/fs"
	"log/slog"
	"path/filepath"
	"syscall"
	"time"
)

// DiskSpace is how many bytes this account may still write to the disk of a
// folder, and how large that disk is.
func DiskSpace(dir string) (free, size int64, err error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, 0, &fs.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return int64(disk.Bavail) * int64(disk.Bsize), int64(disk.Blocks) * int64(disk.Bsize), nil
}

func freeSpace(dir string) (free int64, err error) {
	free, _, err = DiskSpace(dir)
	return free, err
}

// A disk that fills up is reported while there is still space. It fills by backups and
// safety copies beside the store, by a log that is written to the same disk, by
// what other programs write, and by the orders themselves.
const (
	// lowSpace is when a disk counts as nearly full, or a tenth of it where that
	// is less.
	lowSpace = 1 << 30

	// LeastSpace is when changes count as impossible although a small one may
	// still succeed: the largest document has this size.
	LeastSpace = 1 << 20

	// spaceEvery is how often the disk is looked at, and spaceAgain how often a
	// disk that stays nearly full is reported.
	spaceEvery = 5 * time.Second
	spaceAgain = time.Hour
)

const spaceHint = "Free some space, or enlarge the disk. Look for log files, old backups and safety copies (" +
	FileName + ".before-*) on it."

// LowSpace reports whether a disk is nearly full.
func LowSpace(free, size int64) bool { return free < min(lowSpace, size/10) }

// spaceWatch looks at the disk of a store from time to time.
type spaceWatch struct {
	path     string // of the store
	disk     func(dir string) (free, size int64, err error)
	log      *slog.Logger
	reported time.Time // when the disk was last said to be nearly full; zero while it is not
}

// look reports a disk that is nearly full, and one that has space again.
func (r *spaceWatch) look(ctx context.Context, now time.Time) {
	free, size, err := r.disk(filepath.Dir(r.path))
	if err != nil {
		return // the files are gone, which others report
	}
	switch full := LowSpace(free, size); {
	case full && (r.reported.IsZero() || now.Sub(r.reported) >= spaceAgain):
		r.reported = now
		store, _ := sizeOfFile(r.path)
		r.log.WarnContext(ctx, "the disk of the store is nearly full; without space no order can be stored",
			"store", r.path, "free", free, "size", size, "store_bytes", store, "next", spaceHint)
	case !full && !r.reported.IsZero():
		r.reported = time.Time{}
		r.log.InfoContext(ctx, "the disk of the store has space again", "store", r.path, "free", free)
	}
}
