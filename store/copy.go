package store

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"time"

	"github.com/bookgate/bookgate/order"
)

// What a copy is doing with a table, as [CopyOptions.Progress] is told.
const (
	Checking  = "checking"
	Copying   = "copying"
	Comparing = "comparing"
)

// CopyOptions are what a copy can be told. All may be left out.
type CopyOptions struct {
	// DryRun checks all that can be checked without writing, and writes nothing.
	DryRun bool

	// Damaged copies documents whose bytes are not those that came in as they
	// are. Else a store with such a document is refused.
	Damaged bool

	// Progress is told how many rows of a table are done.
	Progress func(doing, table string, done, of int64)

	// Now is the clock; nil means time.Now.
	Now func() time.Time

	// Log takes what goes wrong in the background; nil means nowhere.
	Log *slog.Logger
}

// Comparison is what two stores hold, table by table.
type Comparison struct {
	From, To  string // as they may be shown: without a password
	Written   bool   // whether the target holds the copy
	Tables    []TableComparison
	Documents TableSum // of all documents by the ids of their orders, as backups show it
}

// TableSum is a number of rows and a digest of what they hold.
type TableSum struct {
	Rows   int64
	SHA256 [sha256.Size]byte
}

// TableComparison is one table on both sides. Where nothing was written only
// that of the source is known.
type TableComparison struct {
	Name     string
	From, To TableSum
}

// Same reports whether both sides hold the same.
func (t TableComparison) Same() bool { return t.From == t.To }

// Rows gives the rows of a table in the source.
func (c Comparison) Rows(name string) int64 {
	for _, t := range c.Tables {
		if t.Name == name {
			return t.From.Rows
		}
	}
	return 0
}

// Copy copies the store in one place into another, which must be empty or
// missing, and compares every table on both sides before anything is kept. A
// place is a data folder, with or without sqlite: before it, or an address of
// PostgreSQL.
//
// The source is only read. The target gets all in one transaction, so that a
// copy that fails or is killed leaves it empty. Passwords, tickets, cursors,
// change numbers and the numbers of orders stay what they are.
//
// With an error the comparison holds what is known by then.
func Copy(ctx context.Context, from, to string, o CopyOptions) (Comparison, error) {
	k := copying{options: o.complete()}
	defer k.release()
	err := k.check(ctx, from, to)
	switch {
	case err != nil:
	case o.DryRun:
		err = k.rehearse(ctx)
	default:
		err = k.run(ctx)
	}
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // what the end of the caller looked like to the database says nothing
	}
	return k.result, err
}

func (o CopyOptions) complete() CopyOptions {
	if o.Progress == nil {
		o.Progress = func(string, string, int64, int64) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// copying is one copy at work.
type copying struct {
	options  CopyOptions
	from, to still
	held     []func()
	result   Comparison
}

func (k *copying) release() {
	for _, free := range k.held {
		free()
	}
}

// check looks at both sides, and refuses what cannot be copied or written to.
// Nothing is written.
func (k *copying) check(ctx context.Context, from, to string) (err error) {
	if k.from, err = lookAt(ctx, from, Options{}); err != nil {
		return err
	}
	k.result.From = k.from.engine.path
	if k.to, err = lookAt(ctx, to, Options{}); err != nil {
		return err
	}
	k.result.To = k.to.engine.path
	if err := k.checkSource(ctx); err != nil {
		return err
	}
	return k.checkTarget(ctx)
}

func (k *copying) checkSource(ctx context.Context) error {
	switch {
	case k.from.schema == 0:
		return order.Errorf(order.Invalid, "store-missing", "There is no store in %s; nothing was copied.", k.from.engine.path).
			WithHint("Name the folder or the database that bookgate serve was given.")
	case k.from.same(k.to):
		return wrongPlace("Both sides of the copy are %s.", k.from.engine.path)
	}
	if err := k.from.checkSchema(ctx); err != nil {
		return err
	}
	free, err := k.from.hold(ctx, k.options.Now())
	if err != nil {
		return err
	}
	k.held = append(k.held, free)
	return k.checkDocuments(ctx)
}

// checkTarget refuses a target that is in use. A folder is held only while it
// is looked at: whoever writes to it takes it for himself.
func (k *copying) checkTarget(ctx context.Context) error {
	if k.to.schema == 0 {
		return nil
	}
	if err := k.to.checkSchema(ctx); err != nil {
		return err
	}
	free, err := k.to.hold(ctx, k.options.Now())
	if err != nil {
		return err
	}
	free()
	err = k.to.engine.snapshot(ctx, func(ctx context.Context, c *conn) error { return refuseUsed(ctx, c, k.to.engine.path) })
	return k.to.engine.fault(err)
}
