//go:build unix && !solaris && !netbsd && !openbsd

package store

import (
	"io/fs"
	"syscall"
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
