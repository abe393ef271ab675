package sqldb

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/bookgate/bookgate/order"
)

// identity knows which files the connections of a SQLite store have open, and
// whether they are still found under their names. SQLite itself does not look:
// it goes on writing into a file that was removed or moved, and what is
// committed there is nowhere once the process ends.
type identity struct {
	path string
	log  *slog.Logger

	mu    sync.Mutex
	files []*opened
	lost  error // what was wrong at the last look, or nil
}

// opened is a file, or the folder, as it was when it was opened or first seen.
type opened struct {
	path  string
	what  string
	was   os.FileInfo // nil until it was first seen; then it stays as long as a connection is open
	link  bool        // whether its name was a symbolic link
	later bool        // SQLite makes it when it needs it
}

// newIdentity remembers the files of a store that has just been opened. The log
// and its index lie beside the file itself, also where its name in the folder is
// a link.
func newIdentity(path string, log *slog.Logger) (*identity, error) {
	file, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	i := &identity{path: path, log: log, files: []*opened{
		{path: filepath.Dir(path), what: "the folder"},
		{path: path, what: filepath.Base(path)},
		{path: file + "-wal", what: filepath.Base(path) + "-wal", later: true},
		{path: file + "-shm", what: filepath.Base(path) + "-shm", later: true},
	}}
	for _, f := range i.files[:2] {
		if err := f.remember(); err != nil {
			return nil, err
		}
	}
	return i, nil
}

func (f *opened) remember() error {
	named, err := os.Lstat(f.path)
	if err != nil {
		return err
	}
	f.link = named.Mode()&fs.ModeSymlink != 0
	f.was, err = os.Stat(f.path)
	return err
}

// verify returns an [order.Error] of kind Unavailable when a file is no longer
// what was opened. It costs a few looks at the file system, which a commit's
// flush exceeds a hundred times. A change of the answer is logged once.
func (i *identity) verify(ctx context.Context) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	err := i.look()
	switch {
	case err != nil && i.lost == nil:
		i.log.ErrorContext(ctx, "the files of the store are not where they were opened; changes are refused",
			"store", i.path, "err", err, "next", lostHint)
	case err == nil && i.lost != nil:
		i.log.InfoContext(ctx, "the files of the store are back in their place; changes are accepted again",
			"store", i.path)
	}
	i.lost = err
	return err
}

func (i *identity) look() error {
	for _, f := range i.files {
		if f.was == nil {
			f.remember() // it may not be there yet
			continue
		}
		if err := f.same(); err != nil {
			return err
		}
	}
	return nil
}

// same reports whether the name still leads to what was opened, in the way that
// it did then, and whether its owner may still write to it.
func (f *opened) same() error {
	named, err := os.Lstat(f.path)
	info := named
	if err == nil && named.Mode()&fs.ModeSymlink != 0 {
		if !f.link && !f.was.IsDir() { // a start would look for the log beside what it leads to
			return lostFile(f.what, "was replaced by a link")
		}
		info, err = os.Stat(f.path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		return lostFile(f.what, "was removed or moved, or something was mounted over its folder")
	case err != nil:
		return lostFile(f.what, "cannot be looked at: "+reason(err))
	case f.was.Mode().Perm()&ownerWrites != 0 && info.Mode().Perm()&ownerWrites == 0:
		return lostFile(f.what, "may no longer be written: its rights are "+info.Mode().Perm().String())
	case f.was.IsDir():
		return nil // which folder it is shows itself at the files
	case !os.SameFile(info, f.was):
		return lostFile(f.what, "was replaced by another file")
	case !f.later && info.Size() == 0 && f.was.Size() > 0:
		return lostFile(f.what, "was emptied")
	}
	return nil
}

// ownerWrites is the right without which a start would find a store that may be
// read alone. Who has files open goes on writing to them, and root always may,
// so the rights tell more than a try.
const ownerWrites = 0o200

// reason is why a file cannot be looked at, without its name.
func reason(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return err.Error()
}

// lostHint is what an operator does about files that are no longer in their
// place. As long as the process runs, removed ones can still be read.
const lostHint = "Put the files back where they were, with the rights that they had. Removed ones can be copied " +
	"from /proc/PID/fd as long as the process runs; else stop it and restore a backup. A -shm file that was removed " +
	"needs a restart alone."

func lostFile(name, what string) *order.Error {
	e := order.Errorf(order.Unavailable, "store-lost", "The store is not in its place: %s %s.", name, what).
		WithHint("Try again later; the operator has to put the file back.")
	e.RetryAfter = RetryAfter
	return e
}
