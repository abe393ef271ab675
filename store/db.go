package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// DB is an open store. It is safe for use by many goroutines.
type DB struct {
	engine  *engine
	dir     string
	now     func() time.Time
	log     *slog.Logger
	writer  *writer
	readers *readers
	keeper  *keeper
	packer  *packer
	once    sync.Once
	closed  error
}

var (
	_ order.Store     = (*DB)(nil)
	_ order.Directory = (*DB)(nil)
	_ auth.Store      = (*DB)(nil)
)

// Options are what a store can be told when it is opened. All may be left out.
type Options struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	// Log takes what goes wrong in the background; nil means nowhere.
	Log *slog.Logger
}

// fileName is the database inside a data folder.
const fileName = "bookgate.db"

// Open opens the store in a data folder. A folder or database that is missing
// is made, readable by nobody else; an older schema is brought up to date. A
// database of another program or of a newer bookgate is refused untouched.
func Open(ctx context.Context, dir string, o Options) (*DB, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, openFault(dir, err)
	}
	db := &DB{dir: abs, now: o.Now, log: o.Log, packer: newPacker()}
	if err := db.open(ctx, newSQLite(filepath.Join(abs, fileName))); err != nil {
		return nil, err
	}
	return db, nil
}

// open prepares the database of an engine and starts what works on it.
func (db *DB) open(ctx context.Context, e *engine) error {
	db.engine = e
	if err := e.patiently(ctx, func() error { return e.prepare(ctx) }); err != nil {
		return err
	}
	if err := e.upgrade(ctx, db.now()); err != nil {
		return err
	}
	write, err := e.connect(ctx, writing)
	if err != nil {
		return openFault(db.dir, err)
	}
	db.readers, err = newReaders(ctx, e)
	if err != nil {
		write.close()
		return openFault(db.dir, err)
	}
	db.writer = newWriter(e, write, db.log)
	db.keeper, err = newKeeper(ctx, e, db.writer, db.log)
	if err != nil {
		db.writer.close()
		db.readers.close()
		return openFault(db.dir, err)
	}
	return nil
}

// Close ends the store: what is waiting to be written is written first. What
// comes afterwards is refused. A second Close does nothing.
func (db *DB) Close() error {
	db.once.Do(func() {
		err := errors.Join(db.keeper.close(), db.writer.close(), db.readers.close())
		if err != nil {
			db.closed = fmt.Errorf("close the store in %s: %w", db.dir, err)
		}
	})
	return db.closed
}

// Path is the file that holds everything.
func (db *DB) Path() string { return db.engine.path }

// SchemaVersion is the number of the last schema step in the database.
func (db *DB) SchemaVersion() int { return newest(db.engine.steps) }

// EngineVersion names the database and its version, such as "SQLite 3.53.4".
func (db *DB) EngineVersion() string { return db.engine.version }

// read runs do on a connection that sees one state of the store throughout.
func (db *DB) read(ctx context.Context, do func(context.Context, *conn) error) error {
	return db.fault(db.readers.do(ctx, do))
}

// write runs do in a transaction of the writer. do may run more than once. On
// return without an error the change is on the disk.
func (db *DB) write(ctx context.Context, do func(context.Context, *conn) error) error {
	return db.fault(db.writer.do(ctx, do))
}
