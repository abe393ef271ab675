package postgrestest

import (
	"os"
	"syscall"
)

// A cluster and what the tests write to it take some hundred megabytes.
const enoughMemory = 2 << 30

// memory is a folder whose files are in memory and large enough for clusters,
// or else the usual one. There a flush costs nothing, however busy the disk.
func memory() string {
	const shm = "/dev/shm"
	var fs syscall.Statfs_t
	if err := syscall.Statfs(shm, &fs); err != nil || uint64(fs.Bsize)*fs.Bavail < enoughMemory {
		return os.TempDir()
	}
	return shm
}
