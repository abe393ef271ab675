package sqldb

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"syscall"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

	"github.com/bookgate/bookgate/order"
)

// RetryAfter is how long a caller should wait while the store is unavailable.
const RetryAfter = 2 * time.Second

// Fault is what an engine says of an error of its database.
type Fault struct {
	Kind   order.Kind
	Code   string
	Detail string
}

// Error returns an error of the database in the words of the exchange. Other
// errors (those of a rule, an ended context) pass as they are.
func (e *Engine) Error(err error) error {
	if err == nil || Explained(err) {
		return err
	}
	f := e.Explain(err)
	if f == nil {
		return err
	}
	said := order.Errorf(f.Kind, f.Code, "%s", f.Detail)
	if f.Kind == order.Unavailable {
		said.RetryAfter = RetryAfter
	}
	if f.Code == "store-damaged" {
		said.Hint = DamagedHint
	}
	said.Err = err
	return said
}

// Explained reports that an error has the words that its reader needs, or is
// the end of the caller's own patience.
func Explained(err error) bool {
	var known *order.Error
	return errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// folderHint is what to look at when a data folder cannot be used.
const folderHint = "Check that the folder exists, that this account may write to it and that the disk has space."

// OpenError returns why the store in a data folder cannot be opened.
func OpenError(where string, err error) error {
	return cannotOpen(where, err, explainSQLite, lastingFile, folderHint)
}

// OpenError returns why the engine's database cannot be opened.
func (e *Engine) OpenError(err error) error {
	return cannotOpen(e.Path, err, e.Explain, e.lasting, e.hint)
}

// cannotOpen distinguishes what an operator has to put right, which is Invalid, and
// what may pass, which is Unavailable.
func cannotOpen(where string, err error, explain func(error) *Fault, lasting func(error) bool, hint string) error {
	var known *order.Error
	if errors.As(err, &known) {
		return err
	}
	kind, why := order.Unavailable, "See the log for the cause."
	if lasting(err) {
		kind = order.Invalid
	}
	var cause syscall.Errno
	var path *fs.PathError
	switch f := explain(err); {
	case f != nil && f.Code == "store-damaged":
		e := damaged(where, "its database cannot be read")
		e.Err = err
		return e
	case f != nil:
		why = f.Detail
	case errors.As(err, &cause):
		why = cause.Error()
	case errors.As(err, &path):
		why = path.Err.Error()
	}
	e := order.Errorf(kind, "store-open", "The store in %s cannot be opened: %s", where, sentence(why)).
		WithHint("%s", hint)
	e.Err = err
	return e
}

// lastingFile reports of files that cannot be opened that waiting is no help:
// the account lacks a right, or what stands there is no folder or no file.
func lastingFile(err error) bool {
	var e sqlite3.Error
	if errors.As(err, &e) {
		return e.Code == sqlite3.ErrReadonly || e.Code == sqlite3.ErrPerm || e.Code == sqlite3.ErrAuth ||
			slices.Contains(lastingCauses(), e.SystemErrno)
	}
	return errors.Is(err, errNoFile) ||
		slices.ContainsFunc(lastingCauses(), func(n syscall.Errno) bool { return errors.Is(err, n) })
}

func lastingCauses() []syscall.Errno {
	return []syscall.Errno{syscall.EACCES, syscall.EPERM, syscall.EROFS, syscall.ENOENT, syscall.ENOTDIR,
		syscall.EISDIR, syscall.ELOOP, syscall.ENAMETOOLONG}
}

func sentence(s string) string {
	if s[len(s)-1] == '.' {
		return s
	}
	return s + "."
}

// DamagedHint is what an operator does about a damaged store. What is left of
// it may be needed, so nothing is repaired in place.
const DamagedHint = "Stop what serves it and keep the files as they are. Find a whole backup with bookgate backup " +
	"verify, restore that one, and have the disk examined."

// damaged is the error of a store that cannot be opened because of what it holds.
func damaged(where, why string) *order.Error {
	return order.Errorf(order.Invalid, "store-damaged", "The store in %s is damaged: %s. Nothing was changed.", where,
		why).
		WithHint(DamagedHint)
}

// The beginning of a SQLite file: its first words, and where the application's
// mark stands.
const (
	sqliteHeader = 100
	sqliteMagic  = "SQLite format 3\x00"
	sqliteMark   = 68
)

// shownHead is how much of a strange file is shown: enough to know it again.
const shownHead = 24
