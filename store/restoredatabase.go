package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// intoDatabase restores into an empty database of PostgreSQL. The schema is
// made first, that of the backup; all content comes in one transaction; steps
// that are newer than the backup come last.
func (r restoring) intoDatabase(ctx context.Context, address string, o Options) (m Manifest, err error) {
	e, err := r.postgres(address, o)
	if err != nil {
		return m, err
	}
	if err := e.patiently(ctx, func() error { return e.prepare(ctx) }); err != nil {
		return m, e.openFault(err)
	}
	if m, err = verifyFile(ctx, r.file, r.file, r.progress); err != nil {
		return m, err
	}
	if err := r.inDatabase(ctx, e, m); err != nil {
		return m, errNotRestored(e.path, e.fault(err))
	}
	return m, e.bringUp(ctx, r.now)
}

func (r restoring) inDatabase(ctx context.Context, e *engine, m Manifest) error {
	of, err := m.tables()
	if err != nil {
		return err
	}
	look, err := e.connect(ctx, writing)
	if err != nil {
		return err
	}
	err = r.wantEmpty(ctx, e, look, m, of)
	look.close()
	if err != nil {
		return err
	}
	older := *e
	older.steps = e.steps[:m.Schema]
	if err := older.bringUp(ctx, r.now); err != nil {
		return err
	}
	from, _, err := openBackup(ctx, r.file, r.file)
	if err != nil {
		return err
	}
	defer from.close()
	return e.atOnce(ctx, func(ctx context.Context, to *conn) error {
		if err := r.wantEmpty(ctx, e, to, m, of); err != nil {
			return err
		}
		return r.fill(ctx, e, from, to, m, of)
	})
}

// wantEmpty refuses a database in which anything is kept, or that is served.
func (r restoring) wantEmpty(ctx context.Context, e *engine, c *conn, m Manifest, of []table) error {
	have, err := e.schemaVersion(ctx, c)
	if err != nil || have == 0 {
		return err
	}
	if have != m.Schema {
		return errOccupied(e.path, fmt.Sprintf("has schema %d, and the backup has schema %d", have, m.Schema))
	}
	var kept []string
	for _, t := range of {
		n, err := t.count(ctx, c)
		if err != nil {
			return err
		}
		if n > 0 && !t.own {
			kept = append(kept, fmt.Sprintf("%d in %s", n, t.name))
		}
	}
	if len(kept) > 0 {
		return errOccupied(e.path, "is not empty (rows: "+strings.Join(kept, ", ")+")")
	}
	var host string
	var process int64
	served, err := servedBy(ctx, c, r.now, &host, &process)
	if err == nil && served {
		return errOccupied(e.path, fmt.Sprintf("is being served by process %d on %s", process, host))
	}
	return err
}

// fill copies all tables and reads them back from where they were written.
func (r restoring) fill(ctx context.Context, e *engine, from, to *conn, m Manifest, of []table) error {
	if err := fillFrom(ctx, from, to, of, r.progress); err != nil {
		return err
	}
	for i, t := range of {
		r.progress.say("comparing table %s", t.name)
		sum, err := sumTable(ctx, to, t)
		if err != nil {
			return err
		}
		if sum.Rows != m.Tables[i].Rows || sum.SHA256 != m.Tables[i].SHA256 {
			return order.Errorf(order.Internal, "restore-differs", "Table %s came out otherwise in %s than it is in the backup: %d rows, the manifest says %d. Nothing was kept.",
				t.name, e.path, sum.Rows, m.Tables[i].Rows).WithHint("Look for a trigger or another program that works on the database.")
		}
	}
	if err := e.renumber(ctx, to); err != nil {
		return err
	}
	return renew(ctx, to, r.now)
}
