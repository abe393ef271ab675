//go:build unix

package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/bookgate/bookgate/order"
)

const lockName = "serve.lock"

// Lock claims the data folder for one serving process until release is called
// or the process ends, however it ends. Commands that administer the store do
// not take it: they may write while a server runs. A database of PostgreSQL is
// served by any number of processes at once, so there it claims nothing.
func (db *DB) Lock() (release func(), err error) {
	if db.dir == "" {
		return func() {}, nil
	}
	if release, err = lockFolder(db.dir); err == nil {
		db.reportFolder(context.Background())
	}
	return release, err
}

func lockFolder(dir string) (release func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, fileMode)
	if err != nil {
		return nil, openFault(dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, locked(dir, f)
		}
		return nil, openFault(dir, err)
	}
	if err := writePID(f); err != nil {
		f.Close()
		return nil, openFault(dir, err)
	}
	return func() { f.Truncate(0); f.Close() }, nil
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// holdFolder keeps everybody from serving a folder until release is called. It
// leaves no trace in the folder: one without the file was never served.
func holdFolder(dir string) (release func(), err error) {
	f, err := os.Open(filepath.Join(dir, lockName))
	if errors.Is(err, fs.ErrNotExist) {
		return func() {}, nil
	}
	if err != nil {
		return nil, openFault(dir, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if err == nil {
		return func() { f.Close() }, nil
	}
	defer f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, inService(dir, "%s", holder(f))
	}
	return nil, openFault(dir, err)
}

// locked tells which process holds the folder.
func locked(dir string, f *os.File) *order.Error {
	return order.Errorf(order.Unavailable, "store-locked", "The data folder %s is in use by %s.", dir, holder(f)).
		WithHint("Stop that process, or name another folder with --data.")
}

// holder names the process that holds the folder, as far as its file says.
func holder(f *os.File) string {
	text := make([]byte, 32) // longer than any process number
	n, _ := f.ReadAt(text, 0)
	if pid := strings.TrimSpace(string(text[:n])); pid != "" {
		return fmt.Sprintf("another bookgate (process %s)", pid)
	}
	return "another bookgate"
}

// served reports whether a bookgate has served a folder at any time.
func served(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, lockName))
	return err == nil
}
