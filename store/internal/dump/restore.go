package dump

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// Restore verifies a backup and makes a store of it, in a data folder without a
// store or in an empty database of PostgreSQL. On an error the place is as it was
// before, but for a schema without content in PostgreSQL.
func Restore(ctx context.Context, file, where string, now time.Time, progress Progress, of Content) (Manifest, error) {
	where, err := sqldb.ParsePlace(where)
	if err != nil {
		return Manifest{}, err
	}
	file, err = filepath.Abs(file)
	if err != nil {
		return Manifest{}, errNotRestored(where, err)
	}
	r := NewRestoring(file, now, progress, of)
	if sqldb.IsPostgres(where) {
		return r.IntoDatabase(ctx, where)
	}
	dir, err := filepath.Abs(where)
	if err != nil {
		return Manifest{}, errNotRestored(where, err)
	}
	return r.IntoFolder(ctx, dir)
}

// Restoring is one restore at work.
type Restoring struct {
	file     string
	now      time.Time
	progress Progress
	content  Content

	// The engines of the places; tests give them more steps.
	SQLite   func(path string) *sqldb.Engine
	Postgres func(address string, o sqldb.EngineOptions) (*sqldb.Engine, error)
}

// NewRestoring restores the backup in a file, at a time.
func NewRestoring(file string, now time.Time, progress Progress, of Content) Restoring {
	return Restoring{file: file, now: now, progress: progress, content: of, SQLite: sqldb.NewSQLite,
		Postgres: sqldb.NewPostgres}
}

// reset makes of the content of a backup that of a store.
func (r Restoring) reset(ctx context.Context, c *sqldb.Conn) error {
	if _, err := c.Exec(ctx, deleteManifest); err != nil {
		return err
	}
	return r.content.Reset(ctx, c, r.now)
}

func errOccupied(where, what string) error {
	return order.Errorf(order.Conflict, "restore-occupied", "%s %s; nothing in it was changed.", where, what).
		WithHint("Restore into a folder that has no store, or into an empty database.")
}

// errNotRestored returns why a restore failed where no code closer to the fault
// has said it.
func errNotRestored(where string, err error) error {
	if sqldb.Explained(err) {
		return err
	}
	e := order.Errorf(order.Unavailable, "restore-failed", "The backup was not restored into %s.", where).
		WithHint("Look at the cause; what was there before is as it was.")
	e.Err = err
	return e
}

// IntoFolder restores into a data folder. The backup is copied first and
// verified then: what is verified is what will be served.
func (r Restoring) IntoFolder(ctx context.Context, dir string) (m Manifest, err error) {
	c, m, err := openBackup(ctx, r.file, r.file)
	if err != nil {
		return m, err
	}
	c.Close()
	undo, err := claimFolder(dir)
	if err != nil {
		return m, errNotRestored(dir, err)
	}
	m, err = r.inFolder(ctx, dir)
	undo(err != nil)
	if err != nil {
		return m, errNotRestored(dir, err)
	}
	return m, nil
}

// claimFolder makes a folder where it is missing and prevents it from being served
// until undo is called. undo removes what was made when asked to.
func claimFolder(dir string) (undo func(remove bool), err error) {
	_, statErr := os.Stat(dir)
	made := errors.Is(statErr, fs.ErrNotExist)
	if err := os.MkdirAll(dir, sqldb.DirMode); err != nil {
		return nil, sqldb.OpenError(dir, err)
	}
	if err := refuseStore(dir); err != nil {
		return nil, err
	}
	release, err := sqldb.LockFolder(dir)
	if err != nil {
		return nil, err
	}
	return func(remove bool) {
		release()
		if made && remove {
			os.Remove(filepath.Join(dir, sqldb.LockName))
			os.Remove(dir)
		}
	}, nil
}

// refuseStore refuses a folder with a store. A log alone counts as well: SQLite
// would play it into whatever database it finds beside it.
func refuseStore(dir string) error {
	for _, name := range WithSides(filepath.Join(dir, sqldb.FileName)) {
		switch _, err := os.Lstat(name); {
		case err == nil:
			return errOccupied(dir, "has a file "+filepath.Base(name)+" already")
		case !errors.Is(err, fs.ErrNotExist):
			return sqldb.OpenError(dir, err)
		}
	}
	return nil
}

// inFolder makes the store under another name and renames it at the end,
// unless another store was made there meanwhile.
func (r Restoring) inFolder(ctx context.Context, dir string) (m Manifest, err error) {
	if err := refuseStore(dir); err != nil { // again, now that the folder is ours
		return m, err
	}
	fresh, err := r.copyTo(ctx, dir)
	if err != nil {
		return m, err
	}
	defer func() {
		for _, name := range WithSides(fresh) {
			os.Remove(name)
		}
	}()
	if m, err = verifyFile(ctx, fresh, r.file, r.progress, r.content); err != nil {
		return m, err
	}
	e := r.SQLite(fresh)
	if err := e.Migrate(ctx, r.now); err != nil {
		return m, err
	}
	if err := e.Transaction(ctx,
		func(ctx context.Context, c *sqldb.Conn) error { return r.reset(ctx, c) }); err != nil {
		return m, err
	}
	if err := mergeWAL(ctx, fresh); err != nil {
		return m, err
	}
	return m, renameNew(fresh, filepath.Join(dir, sqldb.FileName))
}

// renameNew moves a file that is closed to its name, so that it is there, whole,
// after a power cut. A file of that name is never replaced.
func renameNew(fresh, path string) error {
	if err := syncPath(fresh); err != nil {
		return err
	}
	switch err := os.Link(fresh, path); {
	case errors.Is(err, fs.ErrExist):
		return errOccupied(filepath.Dir(path), "was given a store by another program meanwhile")
	case err != nil:
		return err
	}
	if err := os.Remove(fresh); err != nil {
		return err
	}
	if err := syncPath(filepath.Dir(path)); err != nil {
		return err
	}
	return syncPath(filepath.Dir(filepath.Dir(path)))
}

// copyTo copies the backup into a new file in the folder.
func (r Restoring) copyTo(ctx context.Context, dir string) (name string, err error) {
	r.progress.say("copying the backup")
	from, err := os.Open(r.file)
	if err != nil {
		return "", err
	}
	defer from.Close()
	to, err := os.CreateTemp(dir, sqldb.FileName+".new-*") // with FileMode, as CreateTemp promises
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, contextReader{ctx, from})
	if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
		os.Remove(to.Name())
		return "", err
	}
	return to.Name(), nil
}

// contextReader reads until its context ends.
type contextReader struct {
	ctx  context.Context
	from io.Reader
}

func (r contextReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(b)
}

// IntoDatabase restores into an empty database of PostgreSQL. The schema is
// made first, that of the backup; all content comes in one transaction; steps
// that are newer than the backup come last.
func (r Restoring) IntoDatabase(ctx context.Context, address string) (m Manifest, err error) {
	e, err := r.Postgres(address, sqldb.EngineOptions{OwnClock: true})
	if err != nil {
		return m, err
	}
	if err := e.RetryBusy(ctx, func() error { return e.Prepare(ctx) }); err != nil {
		return m, e.OpenError(err)
	}
	if m, err = verifyFile(ctx, r.file, r.file, r.progress, r.content); err != nil {
		return m, err
	}
	if err := r.inDatabase(ctx, e, m); err != nil {
		return m, errNotRestored(e.Path, e.Error(err))
	}
	return m, e.Migrate(ctx, r.now)
}

func (r Restoring) inDatabase(ctx context.Context, e *sqldb.Engine, m Manifest) error {
	of, err := m.tables()
	if err != nil {
		return err
	}
	look, err := e.Connect(ctx, sqldb.Writing)
	if err != nil {
		return err
	}
	err = r.wantEmpty(ctx, e, look, m, of)
	look.Close()
	if err != nil {
		return err
	}
	older := *e
	older.Steps = e.Steps[:m.Schema]
	if err := older.Migrate(ctx, r.now); err != nil {
		return err
	}
	from, _, err := openBackup(ctx, r.file, r.file)
	if err != nil {
		return err
	}
	defer from.Close()
	return e.Transaction(ctx, func(ctx context.Context, to *sqldb.Conn) error {
		if err := r.wantEmpty(ctx, e, to, m, of); err != nil {
			return err
		}
		return r.fill(ctx, e, from, to, m, of)
	})
}

// wantEmpty refuses a database in which anything is stored, or that is served.
func (r Restoring) wantEmpty(ctx context.Context, e *sqldb.Engine, c *sqldb.Conn, m Manifest, of []Table) error {
	have, err := e.SchemaVersion(ctx, c)
	if err != nil || have == 0 {
		return err
	}
	if have != m.Schema {
		return errOccupied(e.Path, fmt.Sprintf("has schema %d, and the backup has schema %d", have, m.Schema))
	}
	var occupied []string
	for _, t := range of {
		n, err := t.Count(ctx, c)
		if err != nil {
			return err
		}
		if n > 0 && !t.own {
			occupied = append(occupied, fmt.Sprintf("%d in %s", n, t.Name))
		}
	}
	if len(occupied) > 0 {
		return errOccupied(e.Path, "is not empty (rows: "+strings.Join(occupied, ", ")+")")
	}
	p, err := r.content.ServedBy(ctx, c, r.now)
	if err == nil && p.Found {
		return errOccupied(e.Path, fmt.Sprintf("is being served by process %d on %s", p.ID, p.Host))
	}
	return err
}

// fill copies all tables and reads them back from where they were written.
func (r Restoring) fill(ctx context.Context, e *sqldb.Engine, from, to *sqldb.Conn, m Manifest, of []Table) error {
	if err := fillFrom(ctx, from, to, of, r.progress); err != nil {
		return err
	}
	for i, t := range of {
		r.progress.say("comparing table %s", t.Name)
		sum, err := sumTable(ctx, to, t)
		if err != nil {
			return err
		}
		if sum.Rows != m.Tables[i].Rows || sum.SHA256 != m.Tables[i].SHA256 {
			return order.Errorf(order.Internal, "restore-differs",
				"Table %s came out otherwise in %s than it is in the backup: %d rows, the manifest says %d. "+
					"Nothing was committed.",
				t.Name, e.Path, sum.Rows, m.Tables[i].Rows).
				WithHint("Look for a trigger or another program that works on the database.")
		}
	}
	if err := e.Renumber(ctx, to); err != nil {
		return err
	}
	return r.reset(ctx, to)
}
