package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// makeFolder makes a folder and what is missing above it, and makes the entry
// of each certain in the folder above: one that was only made may be gone when
// the power fails, with everything in it.
//
// The entry of the first folder that was there already is made certain too. It
// may be the last thing that a process did which was killed here.
func makeFolder(dir string, flush func(dir string) error) error {
	above := filepath.Dir(dir)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && above != dir {
		if err := makeFolder(above, flush); err != nil {
			return err
		}
		if err := os.Mkdir(dir, dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	} else if err != nil {
		return err
	}
	return flush(above)
}

// flushFolder makes the entries of a folder certain. A folder that this account
// may not read is passed over, as is one on a file system that knows no such
// flush: SQLite itself does the same with the folder of its files.
func flushFolder(dir string) error {
	f, err := os.Open(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// flushFile makes the content of a file certain.
func flushFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
