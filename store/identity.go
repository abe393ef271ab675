package store

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/bookgate/bookgate/order"
)

// identity knows which files the connections of a SQLite store have open, and
// whether they are still found under their names. SQLite itself does not look:
// it goes on writing into a file that was removed or moved, and what is
// committed there is nowhere once the process ends.
type identity struct {
	path string
	log  *slog.Logger

	mu       sync.Mutex
	database os.FileInfo
	wal      os.FileInfo // nil until the log was first seen; then it stays as long as a connection is open
	lost     error       // what was wrong at the last look, or nil
}

// newIdentity remembers the files of a store that has just been opened.
func newIdentity(path string, log *slog.Logger) (*identity, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return &identity{path: path, log: log, database: info}, nil
}

// verify returns an [order.Error] of kind Unavailable when a file is no longer
// what was opened. It costs two looks at the file system, which a commit's
// flush exceeds a thousand times. A change of the answer is logged once.
func (i *identity) verify(ctx context.Context) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	err := i.look()
	switch {
	case err != nil && i.lost == nil:
		i.log.ErrorContext(ctx, "the files of the store are not where they were opened; changes are refused", "store", i.path, "err", err,
			"next", lostHint)
	case err == nil && i.lost != nil:
		i.log.InfoContext(ctx, "the files of the store are back in their place; changes are accepted again", "store", i.path)
	}
	i.lost = err
	return err
}

func (i *identity) look() error {
	if err := i.same(i.path, i.database); err != nil {
		return err
	}
	if i.wal != nil {
		return i.same(i.path+"-wal", i.wal)
	}
	if info, err := os.Stat(i.path + "-wal"); err == nil {
		i.wal = info
	}
	return nil
}

// same reports whether path still names the file that opened describes. An
// answer other than "not there" proves nothing, and SQLite finds it by itself.
func (i *identity) same(path string, opened os.FileInfo) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return lostFile(path, "was removed or moved")
	case err == nil && !os.SameFile(info, opened):
		return lostFile(path, "was replaced by another file")
	}
	return nil
}

// lostHint is what an operator does about files that are no longer in their
// place. As long as the process runs, removed ones can still be read.
const lostHint = "Put the files back where they were. Removed ones can be copied from /proc/PID/fd as long as the process runs; else stop it and restore a backup."

func lostFile(path, what string) *order.Error {
	e := order.Errorf(order.Unavailable, "store-lost", "The store is not in its place: %s %s.", filepath.Base(path), what).
		WithHint("Try again later; the operator has to put the file back.")
	e.RetryAfter = retryAfter
	return e
}
