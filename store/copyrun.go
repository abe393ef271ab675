package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/order"
)

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
	db, err := Open(ctx, k.to.where, Options{Now: k.options.Now, Log: k.options.Log})
	if err != nil {
		return err
	}
	defer db.Close()
	unlock, err := db.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	k.to.engine = db.engine
	if err := db.engine.atOnce(ctx, k.copyInto); err != nil {
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
