package store

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/bookgate/bookgate/order"
)

// retryAfter is what a caller is told to wait when the store cannot just now.
const retryAfter = 2 * time.Second

// fault is what an engine says of an error of its database.
type fault struct {
	kind   order.Kind
	code   string
	detail string
}

// fault turns an error of the database into the words of the exchange. Other
// errors (those of a rule, an ended context) pass as they are.
func (db *DB) fault(err error) error {
	var known *order.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	f := db.engine.explain(err)
	if f == nil {
		return err
	}
	e := order.Errorf(f.kind, f.code, "%s", f.detail)
	if f.kind == order.Unavailable {
		e.RetryAfter = retryAfter
	}
	e.Err = err
	return e
}

// folderHint is what to look at when a data folder cannot be used.
const folderHint = "Check that the folder is there, that this account may write to it, and that the disk has room."

// openFault tells why the store in a data folder cannot be opened.
func openFault(where string, err error) error {
	return cannotOpen(where, err, explainSQLite, folderHint)
}

// openFault tells why the engine's database cannot be opened.
func (e *engine) openFault(err error) error {
	return cannotOpen(e.path, err, e.explain, e.hint)
}

func cannotOpen(where string, err error, explain func(error) *fault, hint string) error {
	var known *order.Error
	if errors.As(err, &known) {
		return err
	}
	why := "see the log for the cause"
	var file *fs.PathError
	if f := explain(err); f != nil {
		why = f.detail
	} else if errors.As(err, &file) {
		why = file.Err.Error()
	}
	e := order.Errorf(order.Unavailable, "store-open", "The store in %s cannot be opened: %s", where, sentence(why)).
		WithHint("%s", hint)
	e.Err = err
	return e
}

func sentence(s string) string {
	if s[len(s)-1] == '.' {
		return s
	}
	return s + "."
}
