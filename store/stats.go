package store

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

const (
	// The index orders_status has all that this needs, so that the rows
	// themselves, with their documents' parts, are not read.
	countStatuses = `SELECT status, count(*) FROM orders WHERE retired = 0 GROUP BY status`
	countWaiting  = `SELECT count(*) FROM orders WHERE status = 'UNPROCESSED'`
	countCorrupt  = `SELECT count(*) FROM damages`
)

// CountOrders returns the number of stored orders by status. It reads an index
// from end to end, a tenth of a second for a million orders, so it is for who
// asks now and then.
func (db *DB) CountOrders(ctx context.Context) (counts map[order.Status]int64, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		counts = map[order.Status]int64{}
		var status order.Status
		var n int64
		return c.Each(ctx, countStatuses, nil, []any{&status, &n}, func() { counts[status] = n })
	})
	return counts, err
}

// Figures are what an operator watches of the store itself.
type Figures struct {
	Waiting  int64     // orders that are UNPROCESSED
	Damaged  int64     // documents that were found damaged and not repaired since
	Verified time.Time // when a backup was verified last; the zero time when none was
}

// Figures returns them; each is a small read.
func (db *DB) Figures(ctx context.Context) (f Figures, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if _, err := c.Get(ctx, countWaiting, nil, &f.Waiting); err != nil {
			return err
		}
		if _, err := c.Get(ctx, countCorrupt, nil, &f.Damaged); err != nil {
			return err
		}
		var r backupRow
		_, err := c.Get(ctx, selectVerified, nil, r.dest()...)
		f.Verified = r.record().Verified
		return err
	})
	return f, err
}

// LogBytes is the size of the write-ahead log; ok is false where the database
// keeps its log itself.
func (db *DB) LogBytes() (bytes int64, ok bool) {
	if _, folder := db.Folder(); !folder {
		return 0, false
	}
	info, err := os.Stat(db.engine.Path + "-wal")
	if err != nil {
		return 0, true // none yet
	}
	return info.Size(), true
}

// Space is how many bytes may still be written to the disk of the data folder,
// and how large that is; ok is false where there is no folder or no answer.
func (db *DB) Space() (free, size int64, ok bool) {
	if db.dir == "" {
		return 0, 0, false
	}
	free, size, err := db.disk(db.dir)
	return free, size, err == nil
}

// SpaceDoubt returns why the disk of the data folder is nearly full, or "".
func (db *DB) SpaceDoubt() string {
	free, size, ok := db.Space()
	if !ok || !sqldb.LowSpace(free, size) {
		return ""
	}
	return fmt.Sprintf("%s of %s are free", sqldb.Megabytes(free), sqldb.Megabytes(size))
}

// refuseFull is the answer to whether a store is ready whose disk takes no
// ordinary change.
func (db *DB) refuseFull() error {
	free, _, ok := db.Space()
	if !ok || free >= sqldb.LeastSpace {
		return nil
	}
	e := order.Errorf(order.Unavailable, "store-full",
		"There is no space left on the disk of the store: %s are free.", sqldb.Megabytes(free))
	e.RetryAfter = sqldb.RetryAfter
	return e
}

// Status is what a store says of itself.
type Status struct {
	Engine  string       // name and version
	Place   string       // the file or the address, without a password
	Schema  int          // that it has; 0 for an empty database
	Wanted  int          // that this program works on
	Pending []string     // the steps in between
	Differ  []Divergence // steps that were applied with another text than this program has
	Bytes   int64        // on the disk, with what waits in the log

	Parties, Orders, Documents, Events int64
}

// Look asks a store of whatever schema for its status. It changes nothing, and
// a server may work on the store meanwhile.
func Look(ctx context.Context, where string) (Status, error) {
	e, _, err := sqldb.EngineFor(where, sqldb.EngineOptions{})
	if err != nil {
		return Status{}, err
	}
	var found bool
	err = e.RetryBusy(ctx, func() (err error) {
		found, err = e.Find(ctx)
		return err
	})
	switch {
	case err != nil:
		return Status{}, e.OpenError(err)
	case !found:
		return Status{}, order.Errorf(order.NotFound, "store-missing", "There is no store in %s.", e.Path).
			WithHint("bookgate serve makes one, and so does bookgate party add.")
	}
	s := Status{Engine: e.Version, Place: e.Path, Wanted: sqldb.Newest(e.Steps)}
	if err := e.Inspect(ctx, func(ctx context.Context, c *sqldb.Conn) error { return s.read(ctx, e, c) }); err != nil {
		return Status{}, e.OpenError(err)
	}
	return s, nil
}

const (
	rowsOfParties   = `SELECT count(*) FROM parties`
	rowsOfOrders    = `SELECT count(*) FROM orders`
	rowsOfDocuments = `SELECT count(*) FROM documents`
	rowsOfEvents    = `SELECT count(*) FROM events`
)

func (s *Status) read(ctx context.Context, e *sqldb.Engine, c *sqldb.Conn) (err error) {
	if s.Schema, err = e.SchemaVersion(ctx, c); err != nil {
		return err
	}
	s.Pending = nil
	for _, next := range e.Steps[min(s.Schema, s.Wanted):] {
		s.Pending = append(s.Pending, next.Name)
	}
	if s.Schema > 0 {
		if s.Differ, _, err = e.Divergences(ctx, c, s.Schema); err != nil {
			return err
		}
	}
	if s.Bytes, err = e.Size(ctx, c); err != nil || s.Schema == 0 {
		return err
	}
	for query, into := range map[string]*int64{rowsOfParties: &s.Parties, rowsOfOrders: &s.Orders,
		rowsOfDocuments: &s.Documents, rowsOfEvents: &s.Events} {
		if _, err := c.Get(ctx, query, nil, into); err != nil {
			return err
		}
	}
	return nil
}

// Wanted is the schema that this program works on in the store at a place.
func Wanted(where string) (int, error) {
	e, _, err := sqldb.EngineFor(where, sqldb.EngineOptions{})
	if err != nil {
		return 0, err
	}
	return sqldb.Newest(e.Steps), nil
}

// Traffic returns how the store has done since it was opened.
func (db *DB) Traffic() Traffic { return db.engine.Meter.Traffic() }
