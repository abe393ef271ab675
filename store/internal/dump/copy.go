package dump

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// What a copy does with a table, as [CopyOptions.Progress] is called with it.
const (
	Checking  = "checking"
	Copying   = "copying"
	Comparing = "comparing"
)

// CopyOptions are the settings of a copy. All are optional.
type CopyOptions struct {
	// DryRun checks all that can be checked without writing, and writes nothing.
	DryRun bool

	// Damaged copies documents whose bytes are not those that came in as they
	// are. Else a store with such a document is refused.
	Damaged bool

	// Progress is called with the number of rows of a table that are done.
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

// Rows returns the rows of a table in the source.
func (c Comparison) Rows(name string) int64 {
	for _, t := range c.Tables {
		if t.Name == name {
			return t.From.Rows
		}
	}
	return 0
}

// Copy copies the store in one place into another, which must be empty or
// missing, and compares every table on both sides before anything is committed.
// The target is opened, and made where it is missing, by open. With an error the
// comparison holds what is known by then.
func Copy(ctx context.Context, from, to string, o CopyOptions, of Content, open Opener) (Comparison, error) {
	k := copier{options: o.complete(), content: of, open: open}
	defer k.release()
	err := k.check(ctx, from, to)
	switch {
	case err != nil:
	case o.DryRun:
		err = k.dryRun(ctx)
	default:
		err = k.run(ctx)
	}
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // what the end of the caller looked like to the database says nothing
	}
	return k.result, err
}

// complete fills in what was left out.
func (o CopyOptions) complete() CopyOptions {
	if o.Progress == nil {
		o.Progress = func(string, string, int64, int64) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Opener opens the store in a place, making it where it is missing, and claims
// it until release is called.
type Opener func(ctx context.Context, where string, o CopyOptions) (e *sqldb.Engine, release func(), err error)

// copier is one copy at work.
type copier struct {
	options  CopyOptions
	content  Content
	open     Opener
	from, to sqldb.Inspection
	held     []func()
	result   Comparison
}

// release lets go of what the copy has held.
func (k *copier) release() {
	for _, free := range k.held {
		free()
	}
}

// check looks at both sides, and refuses what cannot be copied or written to.
// Nothing is written.
func (k *copier) check(ctx context.Context, from, to string) (err error) {
	if k.from, err = sqldb.Inspect(ctx, from); err != nil {
		return err
	}
	k.result.From = k.from.Engine.Path
	if k.to, err = sqldb.Inspect(ctx, to); err != nil {
		return err
	}
	k.result.To = k.to.Engine.Path
	if err := k.checkSource(ctx); err != nil {
		return err
	}
	return k.checkTarget(ctx)
}

func (k *copier) checkSource(ctx context.Context) error {
	switch {
	case k.from.Schema == 0:
		return order.Errorf(order.Invalid, "store-missing", "There is no store in %s; nothing was copied.",
			k.from.Engine.Path).
			WithHint("Name the folder or the database that bookgate serve was given.")
	case k.from.Same(k.to):
		return sqldb.PlaceError("Both sides of the copy are %s.", k.from.Engine.Path)
	}
	if err := k.from.CheckSchema(ctx); err != nil {
		return err
	}
	free, err := k.from.Hold(ctx, k.servedBy(k.options.Now()))
	if err != nil {
		return err
	}
	k.held = append(k.held, free)
	return k.checkDocuments(ctx)
}

// servedBy looks for a process that serves a store at a time.
func (k *copier) servedBy(now time.Time) func(context.Context, *sqldb.Conn) (sqldb.ServingProcess, error) {
	return func(ctx context.Context, c *sqldb.Conn) (sqldb.ServingProcess, error) {
		return k.content.ServedBy(ctx, c, now)
	}
}

// checkTarget refuses a target that is in use. A folder is held only while it
// is looked at: the writer of the copy claims it.
func (k *copier) checkTarget(ctx context.Context) error {
	if k.to.Schema == 0 {
		return nil
	}
	if err := k.to.CheckSchema(ctx); err != nil {
		return err
	}
	free, err := k.to.Hold(ctx, k.servedBy(k.options.Now()))
	if err != nil {
		return err
	}
	free()
	err = k.to.Engine.Snapshot(ctx,
		func(ctx context.Context, c *sqldb.Conn) error { return refuseUsed(ctx, c, k.to.Engine.Path) })
	return k.to.Engine.Error(err)
}

// dryRun reads the source as a copy would.
func (k *copier) dryRun(ctx context.Context) error {
	err := k.from.Engine.Snapshot(ctx, func(ctx context.Context, source *sqldb.Conn) error {
		for _, t := range Tables() {
			rows, sum, err := DigestTable(ctx, source, t)
			if err != nil {
				return err
			}
			k.result.Tables = append(k.result.Tables, TableComparison{Name: t.Name, From: TableSum{rows, sum}})
			k.options.Progress(Checking, t.Name, rows, rows)
		}
		return k.sumDocuments(ctx, source)
	})
	return k.fault(err)
}

func (k *copier) sumDocuments(ctx context.Context, c *sqldb.Conn) (err error) {
	k.result.Documents.Rows, k.result.Documents.SHA256, err = documentsDigest(ctx, c)
	return err
}

// run makes the target where it is missing, and copies. No process can serve the
// target meanwhile where it is a folder.
func (k *copier) run(ctx context.Context) error {
	e, release, err := k.open(ctx, k.to.Place, k.options)
	if err != nil {
		return err
	}
	defer release()
	k.to.Engine = e
	if err := e.Transaction(ctx, k.copyTo); err != nil {
		return k.fault(err)
	}
	k.result.Written = true
	return nil
}

// copyTo copies within one transaction of the target. What is compared is
// read anew on both sides: in the source too, which a command may have changed
// meanwhile.
func (k *copier) copyTo(ctx context.Context, target *sqldb.Conn) error {
	if err := refuseUsed(ctx, target, k.to.Engine.Path); err != nil {
		return err
	}
	var copied []TableSum
	err := k.from.Engine.Snapshot(ctx, func(ctx context.Context, source *sqldb.Conn) (err error) {
		if copied, err = k.copyTables(ctx, source, target); err != nil {
			return err
		}
		return k.sumDocuments(ctx, source)
	})
	if err != nil {
		return err
	}
	err = k.from.Engine.Snapshot(ctx,
		func(ctx context.Context, source *sqldb.Conn) error { return k.compare(ctx, source, target) })
	if err != nil {
		return err
	}
	return k.compareDigests(copied)
}

// copyTables copies all tables and returns what was read of each. Of the rows
// that an unused store has by itself the target keeps none: keys and marks are
// those of the source.
func (k *copier) copyTables(ctx context.Context, source, target *sqldb.Conn) ([]TableSum, error) {
	var copied []TableSum
	for _, t := range slices.Backward(Tables()) {
		if !t.own {
			continue
		}
		if _, err := target.Exec(ctx, "DELETE FROM "+t.Name); err != nil {
			return nil, t.unwritten(err)
		}
	}
	for _, t := range Tables() {
		of, err := t.Count(ctx, source)
		if err != nil {
			return nil, err
		}
		rows, sum, err := copyTable(ctx, source, target, t,
			func(done int64) { k.options.Progress(Copying, t.Name, done, of) })
		if err != nil {
			return nil, err
		}
		copied = append(copied, TableSum{rows, sum})
	}
	return copied, k.to.Engine.Renumber(ctx, target)
}

// compare reads every table on both sides.
func (k *copier) compare(ctx context.Context, source, target *sqldb.Conn) error {
	for _, t := range Tables() {
		c := TableComparison{Name: t.Name}
		var err error
		if c.From.Rows, c.From.SHA256, err = DigestTable(ctx, source, t); err != nil {
			return err
		}
		if c.To.Rows, c.To.SHA256, err = DigestTable(ctx, target, t); err != nil {
			return t.unwritten(err)
		}
		k.result.Tables = append(k.result.Tables, c)
		k.options.Progress(Comparing, t.Name, c.To.Rows, c.From.Rows)
	}
	return nil
}

// compareDigests distinguishes a fault of the copy from a source that was written to.
func (k *copier) compareDigests(copied []TableSum) error {
	for i, t := range k.result.Tables {
		switch {
		case t.To != copied[i]:
			return order.Errorf(order.Internal, "copy-differs",
				"Table %s of the copy is not what was read: %d rows instead of %d, or other values. Nothing of "+
					"the copy was committed.",
				t.Name, t.To.Rows, copied[i].Rows).
				WithHint("Look for a trigger or another program that works on %s, and copy again.",
					k.to.Engine.Path)
		case t.From != copied[i]:
			return order.Errorf(order.Conflict, "copy-changed",
				"Table %s of %s was changed while it was copied. Nothing of the copy was retained.",
				t.Name, k.from.Engine.Path).
				WithHint("Stop what writes there, also commands such as bookgate user add, and copy again.")
		}
	}
	return nil
}

// refuseUsed refuses a target in which anything is stored.
func refuseUsed(ctx context.Context, c *sqldb.Conn, path string) error {
	var held []string
	for _, t := range Tables() {
		if t.own {
			continue
		}
		n, err := t.Count(ctx, c)
		if err != nil {
			return t.unwritten(errors.Unwrap(err))
		}
		if n > 0 && len(held) < 3 {
			held = append(held, fmt.Sprintf("%s: %d", t.Name, n))
		}
	}
	if held == nil {
		return nil
	}
	return order.Errorf(order.Conflict, "store-used", "%s is not empty (rows in %s); nothing in it was changed.",
		path, strings.Join(held, ", ")).
		WithHint("Name a folder that is not there yet, or an empty database.")
}

// fault returns the words for what went wrong, with the side on which it did.
func (k *copier) fault(err error) error {
	if err == nil || sqldb.Explained(err) {
		return err
	}
	var ended *sqldb.CommitError
	if errors.As(err, &ended) && sqldb.ConnectionLost(err) {
		e := order.Errorf(order.Unavailable, "copy-unsure",
			"The connection to %s broke at the very end, so whether the copy was committed is not known.", k.to.Engine.Path).
			WithHint("Copy again: where it was committed the target is refused as not empty, and then it holds everything.")
		e.Err = err
		return e
	}
	return k.sideFault(err)
}

func (k *copier) sideFault(err error) error {
	side, doing := k.to.Engine, "writing"
	var at *tableFault
	if errors.As(err, &at) {
		doing = at.doing() + " table " + at.table
		if !at.writes {
			side = k.from.Engine
		}
	}
	f := side.Explain(err)
	if f == nil {
		f = &sqldb.Fault{Kind: order.Internal, Code: "store-failed", Detail: "An error that is not known."}
	}
	e := order.Errorf(f.Kind, f.Code, "The copy failed at %s in %s: %s Nothing of it was committed.", doing, side.Path,
		f.Detail).
		WithHint("Put that right and copy again; the source is as it was.")
	e.Err = err
	return e
}

// mostNamed is how many damaged documents are named: enough to see what they
// have in common, and no more than a screen holds.
const mostNamed = 10

const (
	selectOrderID = `SELECT id FROM orders WHERE n = $1`
	countRetained = `SELECT count(*) FROM documents WHERE dropped = 0`
)

// checkDocuments refuses a source with documents that would not be served: a
// copy must not be trusted more than what it was made of.
func (k *copier) checkDocuments(ctx context.Context) error {
	if k.options.Damaged {
		return nil
	}
	var ids []string
	damaged := 0
	err := k.from.Engine.Snapshot(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		var of int64
		if _, err := c.Get(ctx, countRetained, nil, &of); err != nil {
			return &tableFault{table: "documents", err: err}
		}
		ids, damaged, err = k.damagedDocuments(ctx, c,
			func(done int64) { k.options.Progress(Checking, "documents", done, of) })
		return err
	})
	if err != nil {
		return k.fault(err)
	}
	if damaged == 0 {
		return nil
	}
	if damaged > len(ids) {
		ids = append(ids, fmt.Sprintf("and %d more", damaged-len(ids)))
	}
	return order.Errorf(order.Internal, "copy-damaged",
		"The stored document of %d orders is damaged in %s: %s. Nothing was copied.",
		damaged, k.from.Engine.Path, strings.Join(ids, ", ")).
		WithHint("Restore it from a backup, or copy it as it is with --damaged: it is not served there either, " +
			"and all else is.")
}

const selectRetained = `SELECT order_n, media_type, sha256, size, body FROM documents
	WHERE dropped = 0 ORDER BY order_n`

// damagedDocuments unpacks every document that is still stored, and returns the
// number of those that are not what came in, with the ids of the first orders.
// checked is called with how many it has seen.
func (k *copier) damagedDocuments(ctx context.Context, c *sqldb.Conn, checked func(done int64)) (ids []string,
	damaged int, err error) {
	var numbers []int64
	var n, done int64
	var d StoredDocument
	var digest []byte
	err = c.Walk(ctx, selectRetained, nil, []any{&n, &d.MediaType, &digest, &d.Size, &d.Body}, func() error {
		if done++; done%InsertRows == 0 {
			checked(done)
		}
		if k.sound(d, digest) {
			return nil
		}
		if damaged++; damaged <= mostNamed {
			numbers = append(numbers, n)
		}
		return nil
	})
	if err != nil {
		return nil, 0, &tableFault{table: "documents", err: err}
	}
	checked(done)
	for _, n := range numbers {
		var id string
		if _, err := c.Get(ctx, selectOrderID, []any{n}, &id); err != nil {
			return nil, 0, &tableFault{table: "orders", err: err}
		}
		ids = append(ids, id)
	}
	return ids, damaged, nil
}

// sound reports whether a document is the one that has the digest.
func (k *copier) sound(d StoredDocument, digest []byte) bool {
	return copy(d.SHA256[:], digest) == len(digest) && k.content.CheckDocument(d) == nil
}
