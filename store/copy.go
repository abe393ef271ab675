package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
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

// copyStore copies the store in one place into another, which must be empty or
// missing, and compares every table on both sides before anything is kept. A
// place is a data folder, with or without sqlite: before it, or an address of
// PostgreSQL.
//
// The source is only read. The target gets all in one transaction, so that a
// copy that fails or is killed leaves it empty. Passwords, tickets, cursors,
// change numbers and the numbers of orders stay what they are.
//
// With an error the comparison holds what is known by then.
func copyStore(ctx context.Context, from, to string, o CopyOptions, of content, open opener) (Comparison, error) {
	k := copying{options: o.complete(), content: of, open: open}
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

// opener opens the store in a place, making it where it is missing, and claims
// it until release is called.
type opener func(ctx context.Context, where string, o CopyOptions) (e *engine, release func(), err error)

// copying is one copy at work.
type copying struct {
	options  CopyOptions
	content  content
	open     opener
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
	if k.from, err = lookAt(ctx, from); err != nil {
		return err
	}
	k.result.From = k.from.engine.path
	if k.to, err = lookAt(ctx, to); err != nil {
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
	free, err := k.from.hold(ctx, k.servedBy)
	if err != nil {
		return err
	}
	k.held = append(k.held, free)
	return k.checkDocuments(ctx)
}

func (k *copying) servedBy(ctx context.Context, c *conn) (replicaAt, error) {
	return k.content.servedBy(ctx, c, k.options.Now())
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
	free, err := k.to.hold(ctx, k.servedBy)
	if err != nil {
		return err
	}
	free()
	err = k.to.engine.snapshot(ctx, func(ctx context.Context, c *conn) error { return refuseUsed(ctx, c, k.to.engine.path) })
	return k.to.engine.fault(err)
}

// rehearse reads the source as a copy would.
func (k *copying) rehearse(ctx context.Context) error {
	err := k.from.engine.snapshot(ctx, func(ctx context.Context, source *conn) error {
		for _, t := range tables() {
			rows, sum, err := digestTable(ctx, source, t)
			if err != nil {
				return err
			}
			k.result.Tables = append(k.result.Tables, TableComparison{Name: t.name, From: TableSum{rows, sum}})
			k.options.Progress(Checking, t.name, rows, rows)
		}
		return k.sumDocuments(ctx, source)
	})
	return k.fault(err)
}

func (k *copying) sumDocuments(ctx context.Context, c *conn) (err error) {
	k.result.Documents.Rows, k.result.Documents.SHA256, err = documentsDigest(ctx, c)
	return err
}

// run makes the target where it is missing, and copies. Nobody can serve the
// target meanwhile where it is a folder.
func (k *copying) run(ctx context.Context) error {
	e, release, err := k.open(ctx, k.to.where, k.options)
	if err != nil {
		return err
	}
	defer release()
	k.to.engine = e
	if err := e.atOnce(ctx, k.copyInto); err != nil {
		return k.fault(err)
	}
	k.result.Written = true
	return nil
}

// copyInto copies within one transaction of the target. What is compared is
// read anew on both sides: in the source too, where somebody may have written
// meanwhile.
func (k *copying) copyInto(ctx context.Context, target *conn) error {
	if err := refuseUsed(ctx, target, k.to.engine.path); err != nil {
		return err
	}
	var copied []TableSum
	err := k.from.engine.snapshot(ctx, func(ctx context.Context, source *conn) (err error) {
		if copied, err = k.copyTables(ctx, source, target); err != nil {
			return err
		}
		return k.sumDocuments(ctx, source)
	})
	if err != nil {
		return err
	}
	err = k.from.engine.snapshot(ctx, func(ctx context.Context, source *conn) error { return k.compare(ctx, source, target) })
	if err != nil {
		return err
	}
	return k.judge(copied)
}

// copyTables copies all tables and gives what was read of each. Of the rows
// that an unused store has by itself the target keeps none: keys and marks are
// those of the source.
func (k *copying) copyTables(ctx context.Context, source, target *conn) ([]TableSum, error) {
	var copied []TableSum
	for _, t := range slices.Backward(tables()) {
		if !t.own {
			continue
		}
		if _, err := target.exec(ctx, "DELETE FROM "+t.name); err != nil {
			return nil, t.unwritten(err)
		}
	}
	for _, t := range tables() {
		of, err := t.count(ctx, source)
		if err != nil {
			return nil, err
		}
		rows, sum, err := copyTable(ctx, source, target, t, func(done int64) { k.options.Progress(Copying, t.name, done, of) })
		if err != nil {
			return nil, err
		}
		copied = append(copied, TableSum{rows, sum})
	}
	return copied, k.to.engine.renumber(ctx, target)
}

// compare reads every table on both sides.
func (k *copying) compare(ctx context.Context, source, target *conn) error {
	for _, t := range tables() {
		c := TableComparison{Name: t.name}
		var err error
		if c.From.Rows, c.From.SHA256, err = digestTable(ctx, source, t); err != nil {
			return err
		}
		if c.To.Rows, c.To.SHA256, err = digestTable(ctx, target, t); err != nil {
			return t.unwritten(err)
		}
		k.result.Tables = append(k.result.Tables, c)
		k.options.Progress(Comparing, t.name, c.To.Rows, c.From.Rows)
	}
	return nil
}

// judge tells a fault of the copy from a source that was written to.
func (k *copying) judge(copied []TableSum) error {
	for i, t := range k.result.Tables {
		switch {
		case t.To != copied[i]:
			return order.Errorf(order.Internal, "copy-differs", "Table %s of the copy is not what was read: %d rows instead of %d, or other values. Nothing of the copy was kept.",
				t.Name, t.To.Rows, copied[i].Rows).WithHint("Look for a trigger or another program that works on %s, and copy again.", k.to.engine.path)
		case t.From != copied[i]:
			return order.Errorf(order.Conflict, "copy-changed", "Table %s of %s was changed while it was copied. Nothing of the copy was kept.", t.Name, k.from.engine.path).
				WithHint("Stop what writes there, also commands such as bookgate user add, and copy again.")
		}
	}
	return nil
}

// refuseUsed refuses a target in which anything is kept.
func refuseUsed(ctx context.Context, c *conn, path string) error {
	var held []string
	for _, t := range tables() {
		if t.own {
			continue
		}
		n, err := t.count(ctx, c)
		if err != nil {
			return t.unwritten(errors.Unwrap(err))
		}
		if n > 0 && len(held) < 3 {
			held = append(held, fmt.Sprintf("%s: %d", t.name, n))
		}
	}
	if held == nil {
		return nil
	}
	return order.Errorf(order.Conflict, "store-used", "%s is not empty (rows in %s); nothing in it was changed.", path, strings.Join(held, ", ")).
		WithHint("Name a folder that is not there yet, or an empty database.")
}

// fault gives the words for what went wrong, with the side on which it did.
func (k *copying) fault(err error) error {
	if err == nil || explained(err) {
		return err
	}
	var ended *commitFault
	if errors.As(err, &ended) && lost(err) {
		e := order.Errorf(order.Unavailable, "copy-unsure", "The connection to %s broke at the very end, so whether the copy was kept is not known.", k.to.engine.path).
			WithHint("Copy again: where it was kept the target is refused as not empty, and then it holds everything.")
		e.Err = err
		return e
	}
	return k.sideFault(err)
}

func (k *copying) sideFault(err error) error {
	side, doing := k.to.engine, "writing"
	var at *tableFault
	if errors.As(err, &at) {
		doing = at.doing() + " table " + at.table
		if !at.writes {
			side = k.from.engine
		}
	}
	f := side.explain(err)
	if f == nil {
		f = &fault{order.Internal, "store-failed", "An error that is not known."}
	}
	e := order.Errorf(f.kind, f.code, "The copy failed at %s in %s: %s Nothing of it was kept.", doing, side.path, f.detail).
		WithHint("Put that right and copy again; the source is as it was.")
	e.Err = err
	return e
}

// mostNamed is how many damaged documents are named: enough to see what they
// have in common, and no more than a screen holds.
const mostNamed = 10

const (
	selectOrderID = `SELECT id FROM orders WHERE n = $1`
	countKept     = `SELECT count(*) FROM documents WHERE dropped = 0`
)

// checkDocuments refuses a source with documents that would not be served: a
// copy must not be trusted more than what it was made of.
func (k *copying) checkDocuments(ctx context.Context) error {
	if k.options.Damaged {
		return nil
	}
	var ids []string
	damaged := 0
	err := k.from.engine.snapshot(ctx, func(ctx context.Context, c *conn) (err error) {
		var of int64
		if _, err := c.get(ctx, countKept, nil, &of); err != nil {
			return &tableFault{table: "documents", err: err}
		}
		ids, damaged, err = k.damagedDocuments(ctx, c, func(done int64) { k.options.Progress(Checking, "documents", done, of) })
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
	return order.Errorf(order.Internal, "copy-damaged", "The stored document of %d orders is damaged in %s: %s. Nothing was copied.",
		damaged, k.from.engine.path, strings.Join(ids, ", ")).
		WithHint("Restore it from a backup, or copy it as it is with --damaged: it is not served there either, and all else is.")
}

const selectKept = `SELECT order_n, media_type, sha256, size, body FROM documents WHERE dropped = 0 ORDER BY order_n`

// damagedDocuments unpacks every document that is still kept, and gives the
// number of those that are not what came in, with the ids of the first orders.
// checked is told how many it has seen.
func (k *copying) damagedDocuments(ctx context.Context, c *conn, checked func(done int64)) (ids []string, damaged int, err error) {
	var numbers []int64
	var n, done int64
	var d storedDocument
	var digest []byte
	err = c.walk(ctx, selectKept, nil, []any{&n, &d.mediaType, &digest, &d.size, &d.body}, func() error {
		if done++; done%insertRows == 0 {
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
		if _, err := c.get(ctx, selectOrderID, []any{n}, &id); err != nil {
			return nil, 0, &tableFault{table: "orders", err: err}
		}
		ids = append(ids, id)
	}
	return ids, damaged, nil
}

// sound reports whether a document is the one that has the digest.
func (k *copying) sound(d storedDocument, digest []byte) bool {
	return copy(d.sha256[:], digest) == len(digest) && k.content.checkDocument(d) == nil
}
