//go:build unix

package sqldb

import (
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

// LockName is the file in a data folder that is locked while it is served.
const LockName = "serve.lock"

// FolderLock is the claim of one serving process on a data folder. It lasts until
// it is released or the last process that has its file ends, however that ends.
type FolderLock struct{ file *os.File }

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

// LockFolder is ClaimFolder for those who only let go of the folder again.
func LockFolder(dir string) (release func(), err error) {
	l, err := ClaimFolder(dir)
	if err != nil {
		return nil, err
	}
	return l.Release, nil
}

// ClaimFolder claims a data folder for this process, or says which other has it.
func ClaimFolder(dir string) (*FolderLock, error) {
	f, err := os.OpenFile(filepath.Join(dir, LockName), os.O_CREATE|os.O_RDWR, FileMode)
	if err != nil {
		return nil, OpenError(dir, err)
	}
	if err := flock(f, syscall.LOCK_EX); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, locked(dir, f)
		}
		return nil, OpenError(dir, err)
	}
	l := &FolderLock{f}
	if err := l.Sign(); err != nil {
		f.Close()
		return nil, OpenError(dir, err)
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

// shareLock prevents a folder from being served until release is called. It
// leaves no trace in the folder: one without the file was never served.
func shareLock(dir string) (release func(), err error) {
	f, err := os.Open(filepath.Join(dir, LockName))
	if errors.Is(err, fs.ErrNotExist) {
		return func() {}, nil
	}
	if err != nil {
		return nil, OpenError(dir, err)
	}
	err = flock(f, syscall.LOCK_SH)
	if err == nil {
		return func() { f.Close() }, nil
	}
	defer f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, inService(dir, "%s", holder(f))
	}
	return nil, OpenError(dir, err)
}

// locked returns the error that names the process that holds the folder.
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

// wasServed reports whether a bookgate has served a folder at any time.
func wasServed(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, LockName))
	return err == nil
}

// EndedUncleanly reports whether the process that served a folder last was
// killed, and forgets it: such a process leaves its number in the lock file.
func EndedUncleanly(dir string) bool {
	f, err := os.OpenFile(filepath.Join(dir, LockName), os.O_RDWR, 0)
	if err != nil {
		return false // never served, or not ours to judge
	}
	defer f.Close()
	if flock(f, syscall.LOCK_EX) != nil {
		return false // it is served
	}
	pid, err := readPID(f)
	return err == nil && pid != "" && f.Truncate(0) == nil
}

// ShareFolder takes over the lock of a data folder with the file that another
// process has handed to this one.
func ShareFolder(dir string, f *os.File) (*FolderLock, error) {
	got, err := f.Stat()
	if err != nil {
		return nil, OpenError(dir, err)
	}
	own, err := os.Stat(filepath.Join(dir, LockName))
	if err != nil || !os.SameFile(got, own) {
		return nil, order.Errorf(order.Invalid, "store-locked",
			"The lock that was handed over is not that of the data folder %s.", dir).
			WithHint("Start this process with the same --data as the one that serves.")
	}
	// no change where it is locked, for the lock is of the file that both have open
	if err := flock(f, syscall.LOCK_EX); err != nil {
		return nil, OpenError(dir, err)
	}
	return &FolderLock{f}, nil
}
