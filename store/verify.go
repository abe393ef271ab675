package store

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/bookgate/bookgate/order"
)

// codeDamaged is the code of a backup in which faults were found.
const codeDamaged = "backup-damaged"

// VerifyBackup reads a backup in full and compares it with its manifest: the
// soundness of the database, every row, every document against the digest that
// it came in with, and what holds between the tables of a store. Nothing is
// written. The error of a backup with faults names each of them.
func VerifyBackup(ctx context.Context, file string, progress Progress) (Manifest, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return Manifest{}, notBackup(file, "its folder is not known", err)
	}
	return verifyFile(ctx, path, file, progress)
}

// verifyFile verifies the file at path and speaks of it as name.
func verifyFile(ctx context.Context, path, name string, progress Progress) (Manifest, error) {
	c, m, err := openBackup(ctx, path, name)
	if err != nil {
		return m, err
	}
	defer c.close()
	v := &verifier{conn: c, manifest: m, progress: progress}
	for _, check := range []func(context.Context){v.sound, v.references, v.complete, v.content, v.documents, v.feeds, v.orders, v.lists} {
		check(ctx)
		if err := ctx.Err(); err != nil {
			return m, err
		}
	}
	return m, v.verdict(name)
}

// mostFaults is how many faults are told one by one: a damaged page shows in
// many places, and a screen holds no more.
const mostFaults = 20

// errDamagedBackup is the error of a backup with faults, each a whole sentence.
func errDamagedBackup(name string, faults []string) error {
	e := order.Errorf(order.Internal, codeDamaged, "The backup %s cannot be trusted; faults found: %d.", name, len(faults)).
		WithHint("Use another backup; bookgate backup list shows which were verified.")
	for i, f := range faults {
		if i == mostFaults {
			break
		}
		e = e.WithField(order.Field{Message: f})
	}
	return e
}

// verifier gathers the faults of one backup.
type verifier struct {
	conn     *conn
	manifest Manifest
	progress Progress
	faults   []string
}

func (v *verifier) fault(format string, args ...any) {
	v.faults = append(v.faults, fmt.Sprintf(format, args...))
}

// unreadable notes that a part cannot be read at all.
func (v *verifier) unreadable(what string, err error) {
	if err != nil {
		v.fault("%s cannot be read: %v.", what, err)
	}
}

func (v *verifier) verdict(name string) error {
	if len(v.faults) == 0 {
		return nil
	}
	return errDamagedBackup(name, v.faults)
}

// sound asks SQLite whether pages, indexes and rows fit together.
func (v *verifier) sound(ctx context.Context) {
	v.progress.say("integrity")
	var word string
	err := v.conn.each(ctx, "PRAGMA integrity_check(20)", nil, []any{&word}, func() {
		if word != "ok" {
			v.fault("The integrity check of SQLite says %q; it should say ok.", order.Cut(word))
		}
	})
	v.unreadable("The database", err)
}

// references looks for rows that refer to a row that is not there.
func (v *verifier) references(ctx context.Context) {
	var from, to string
	var rows int64
	const query = `SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2`
	err := v.conn.each(ctx, query, nil, []any{&from, &to, &rows}, func() {
		v.fault("Table %s has %d rows that refer to rows of %s which are not there.", from, rows, to)
	})
	v.unreadable("The references between tables", err)
}

// complete looks for columns that the manifest leaves out or has twice: their
// values would be neither compared nor restored, or restored twice.
func (v *verifier) complete(ctx context.Context) {
	listed := map[string]int{}
	for _, t := range v.manifest.Tables {
		for _, column := range t.Columns {
			listed[t.Name+"."+column]++
		}
	}
	const query = `SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid`
	var table, column string
	err := v.conn.each(ctx, query, nil, []any{&table, &column}, func() {
		if n := listed[table+"."+column]; n != 1 && isContent(table) {
			v.fault("The manifest has the column %s of table %s %d times; it must have each once.", column, table, n)
		}
	})
	v.unreadable("The list of columns", err)
}

// content reads all rows and compares their digests with the manifest.
func (v *verifier) content(ctx context.Context) {
	of, err := v.manifest.tables()
	if err != nil {
		v.unreadable("The list of tables", err)
		return
	}
	found := v.manifest
	if err := found.describe(ctx, v.conn, of, v.progress); err != nil {
		v.unreadable("The content", err)
		return
	}
	v.compare(found)
}

func (v *verifier) compare(found Manifest) {
	want := v.manifest
	if found.Epoch != want.Epoch {
		v.fault("The epoch is %q; the manifest says %q.", order.Cut(found.Epoch), want.Epoch)
	}
	if found.Definitions != want.Definitions {
		v.fault("The definitions of tables, indexes and triggers are not those that were backed up.")
	}
	for i, t := range want.Tables {
		switch got := found.Tables[i]; {
		case got.Rows != t.Rows:
			v.fault("Table %s has %d rows; the manifest says %d.", t.Name, got.Rows, t.Rows)
		case got.SHA256 != t.SHA256:
			v.fault("Table %s has other values than were backed up: its digest is %.12s…, the manifest says %.12s….", t.Name, got.SHA256, t.SHA256)
		}
	}
	if found.Documents != want.Documents {
		v.fault("The digests of the documents are not those that were backed up: %d documents with %.12s…, the manifest says %d with %.12s….",
			found.Documents.Count, found.Documents.SHA256, want.Documents.Count, want.Documents.SHA256)
	}
	v.compareHeads(found.Heads)
}

func (v *verifier) compareHeads(found map[order.PartyID]int64) {
	for party, head := range v.manifest.Heads {
		if found[party] != head {
			v.fault("The newest change of party %s is %d; the manifest says %d.", party, found[party], head)
		}
	}
	if len(found) != len(v.manifest.Heads) {
		v.fault("There are changes of %d parties; the manifest says %d.", len(found), len(v.manifest.Heads))
	}
}
