//go:build unix && !solaris && !netbsd && !openbsd

package store

import (
	"io/fs"
	"syscall"
)

// freeRoom is how many bytes this account may still write to the disk of a
// folder.
func freeRoom(dir string) (int64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, &fs.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return int64(disk.Bavail) * int64(disk.Bsize), nil
}
