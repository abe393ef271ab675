package store

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Restore verifies a backup and makes a store of it: in a data folder that is
// missing or has no store, or in an empty database of PostgreSQL. It need not
// be the engine that the backup comes from. A backup of an older schema is
// brought up to date.
//
// The restored store begins a new epoch, for it gives out change numbers again
// that were given out after the backup was taken. What belonged to the
// processes that served the old store is not kept, and neither are tickets: one
// that was logged out after the backup must not be valid again. On an error the place is as
// it was before, but for a schema without content in PostgreSQL.
func Restore(ctx context.Context, file, where string, o Options, progress Progress) (Manifest, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	where, err := parsePlace(where)
	if err != nil {
		return Manifest{}, err
	}
	file, err = filepath.Abs(file)
	if err != nil {
		return Manifest{}, errNotRestored(where, err)
	}
	r := newRestoring(file, o.Now(), progress)
	if isPostgres(where) {
		return r.intoDatabase(ctx, where, o)
	}
	dir, err := filepath.Abs(where)
	if err != nil {
		return Manifest{}, errNotRestored(where, err)
	}
	return r.intoFolder(ctx, dir)
}

// restoring is one restore at work.
type restoring struct {
	file     string
	now      time.Time
	progress Progress

	// The engines of the places; tests give them more steps.
	sqlite   func(path string) *engine
	postgres func(address string, o Options) (*engine, error)
}

func newRestoring(file string, now time.Time, progress Progress) restoring {
	return restoring{file: file, now: now, progress: progress, sqlite: newSQLite, postgres: newPostgres}
}

const (
	// A backup does not know which tickets were logged out since. Tokens stay: they
	// are those of clients, whose secrets are as in the backup as well.
	dropAllTickets   = `DELETE FROM tickets WHERE kind = 'ticket'`
	clearOrderLeases = `UPDATE orders SET lease = 0, leased_by = '' WHERE lease <> 0 OR leased_by <> ''`
	clearSendLeases  = `UPDATE deliveries SET lease = 0, leased_by = '' WHERE lease <> 0 OR leased_by <> ''`
	clearChoreLeases = `UPDATE chores SET holder = '', lease = 0 WHERE lease <> 0 OR holder <> ''`
)

// renew makes of the content of a backup that of a store: it has no manifest,
// no process serves it, no user is logged in, and it is in a new epoch.
func renew(ctx context.Context, c *conn, now time.Time) error {
	for _, text := range []string{deleteManifest, deleteReplicas, dropAllTickets, clearOrderLeases, clearSendLeases, clearChoreLeases} {
		if _, err := c.exec(ctx, text); err != nil {
			return err
		}
	}
	return turnEpoch(ctx, c, now)
}

// bringUp takes a database that is being restored to the schema of this
// program. Its safety copy is the backup.
func (e *engine) bringUp(ctx context.Context, now time.Time) error {
	fresh := *e
	fresh.secure = nil
	u := upgrader{engine: &fresh, now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler)}
	return u.steps(ctx)
}

func errOccupied(where, what string) error {
	return order.Errorf(order.Conflict, "restore-occupied", "%s %s; nothing in it was changed.", where, what).
		WithHint("Restore into a folder that has no store, or into an empty database.")
}

// errNotRestored tells why a restore failed where nobody closer to the fault
// has said it.
func errNotRestored(where string, err error) error {
	if explained(err) {
		return err
	}
	e := order.Errorf(order.Unavailable, "restore-failed", "The backup was not restored into %s.", where).
		WithHint("Look at the cause; what was there before is as it was.")
	e.Err = err
	return e
}
