//go:build unix

package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/bookgate/bookgate/order"
)

const lockName = "serve.lock"

// FolderLock is the claim of one serving process on a data folder. It lasts until
// it is released or the last process that has its file ends, however that ends.
type FolderLock struct{ file *os.File }

// Lock claims the data folder for one serving process until release is called
// or the process ends, however it ends. Commands that administer the store do
// not take it: they may write while a server runs. A database of PostgreSQL is
// served by any number of processes at once, so there it claims nothing.
func (db *DB) Lock() (release func(), err error) {
	l, err := db.LockFolder()
	if err != nil {
		return nil, err
	}
	return l.Release, nil
}

// LockFolder is Lock for a process that may hand the folder over to another. The
// lock is nil where there is no data folder; its methods do nothing then.
func (db *DB) LockFolder() (*FolderLock, error) {
	if db.dir == "" {
		return nil, nil
	}
	l, err := claimFolder(db.dir)
	if err == nil {
		db.reportFolder(context.Background())
	}
	return l, err
}

// ShareLock takes a lock over that another process has handed to this one, with
// the file of [FolderLock.File]. Both have it from then on: the folder is claimed
// until both have ended. It refuses the lock of another folder.
func (db *DB) ShareLock(f *os.File) (*FolderLock, error) {
	if db.dir == "" {
		return nil, nil
	}
	got, err := f.Stat()
	if err != nil {
		return nil, openFault(db.dir, err)
	}
	own, err := os.Stat(filepath.Join(db.dir, lockName))
	if err != nil || !os.SameFile(got, own) {
		return nil, order.Errorf(order.Invalid, "store-locked", "The lock that was handed over is not that of the data folder %s.", db.dir).
			WithHint("Start this process with the same --data as the one that serves.")
	}
	if err := flock(f, syscall.LOCK_EX); err != nil { // no change where it is locked, for the lock is of the file that both have open
		return nil, openFault(db.dir, err)
	}
	return &FolderLock{f}, nil
}

// Sign writes down that this process has the lock, for processes that are refused.
func (l *FolderLock) Sign() error {
	if l == nil {
		return nil
	}
	return writePID(l.file)
}

// File is what is handed to another process; nil where there is nothing to hand
// over.
func (l *FolderLock) File() *os.File {
	if l == nil {
		return nil
	}
	return l.file
}

// Release frees the folder, unless another process has the lock too.
func (l *FolderLock) Release() {
	if l == nil {
		return
	}
	if pid, err := readPID(l.file); err == nil && pid == strconv.Itoa(os.Getpid()) {
		l.file.Truncate(0)
	}
	l.file.Close()
}

func lockFolder(dir string) (release func(), err error) {
	l, err := claimFolder(dir)
	if err != nil {
		return nil, err
	}
	return l.Release, nil
}

func claimFolder(dir string) (*FolderLock, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, fileMode)
	if err != nil {
		return nil, openFault(dir, err)
	}
	if err := flock(f, syscall.LOCK_EX); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, locked(dir, f)
		}
		return nil, openFault(dir, err)
	}
	l := &FolderLock{f}
	if err := l.Sign(); err != nil {
		f.Close()
		return nil, openFault(dir, err)
	}
	return l, nil
}

// flock locks a file, or fails at once.
func flock(f *os.File, how int) error { return syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB) }

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
	err = flock(f, syscall.LOCK_SH)
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
	if pid, err := readPID(f); err == nil && pid != "" {
		return fmt.Sprintf("another bookgate (process %s)", pid)
	}
	return "another bookgate"
}

func readPID(f *os.File) (string, error) {
	text := make([]byte, 32) // longer than any process number
	n, err := f.ReadAt(text, 0)
	if err != nil && err != io.EOF {
		return "", err
	}
	return strings.TrimSpace(string(text[:n])), nil
}

// served reports whether a bookgate has served a folder at any time.
func served(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, lockName))
	return err == nil
}
