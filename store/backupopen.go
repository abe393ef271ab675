package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/bookgate/bookgate/order"
)

// openBackup opens a backup for reading, without a trace beside it, and reads
// its manifest. What is no backup of ours is refused.
func openBackup(ctx context.Context, path, name string) (*conn, Manifest, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, Manifest{}, order.Errorf(order.NotFound, "backup-missing", "There is no file %s.", name)
	}
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil, Manifest{}, notBackup(name, "it is no file with anything in it", err)
	}
	c, err := connectFile(ctx, path, url.Values{"mode": {"ro"}, "immutable": {"1"}}, "query_only = 1")
	if err != nil {
		return nil, Manifest{}, unreadableFile(ctx, name, err)
	}
	m, err := identify(ctx, c, path, name)
	if err != nil {
		c.close()
		return nil, Manifest{}, err
	}
	return c, m, nil
}

// identify makes sure that a database is a backup of ours that this program
// knows how to read, and reads its manifest.
func identify(ctx context.Context, c *conn, path, name string) (m Manifest, err error) {
	var id int64
	if _, err := c.get(ctx, "PRAGMA application_id", nil, &id); err != nil {
		return m, unreadableFile(ctx, name, err)
	}
	if id != applicationID {
		return m, notBackup(name, "it is the database of another program", nil)
	}
	e := newSQLite(path)
	schema, err := e.schemaVersion(ctx, c)
	if err != nil {
		return m, errDamagedBackup(name, []string{fmt.Sprintf("Its schema cannot be read: %v.", err)})
	}
	if known := newest(e.steps); schema > known {
		return m, order.Errorf(order.Invalid, "backup-newer", "The backup %s has schema %d, and this program knows schemas up to %d.", name, schema, known).
			WithHint("Use the bookgate that took it, or a later one.")
	}
	differ, _, err := e.divergences(ctx, c, schema)
	if err != nil {
		return m, errDamagedBackup(name, []string{fmt.Sprintf("The digests of its schema steps cannot be read: %v.", err)})
	}
	m, found, err := readManifest(ctx, c)
	switch {
	case err != nil:
		return m, errDamagedBackup(name, []string{fmt.Sprintf("Its manifest cannot be used: %v.", err)})
	case !found:
		return m, notBackup(name, "it is a store without the manifest of a backup", nil)
	case m.Schema != schema:
		return m, errDamagedBackup(name, []string{fmt.Sprintf("It has schema %d, and its manifest says %d.", schema, m.Schema)})
	case len(differ) > 0:
		return m, order.Errorf(order.Invalid, "backup-diverged", "The backup %s was taken by another build: %s.", name, differ[0]).
			WithHint("Use the build of bookgate that took it.")
	}
	return m, nil
}

// unreadableFile tells a file that never was a database from one that is cut
// short or damaged.
func unreadableFile(ctx context.Context, name string, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case notDatabase(err):
		return notBackup(name, "it is no database of SQLite", err)
	}
	return errDamagedBackup(name, []string{fmt.Sprintf("Its first page cannot be read: %v.", err)})
}

func notBackup(name, why string, err error) error {
	e := order.Errorf(order.Invalid, "backup-foreign", "%s is not a backup of bookgate: %s.", name, why).
		WithHint("Name a file that bookgate backup has written; bookgate backup list shows them.")
	e.Err = err
	return e
}
