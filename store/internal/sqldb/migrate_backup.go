package sqldb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/bookgate/bookgate/order"
)

// PreUpgradeBackup copies a store in SQLite as it is before a schema step changes
// it, into a file beside it: bookgate.db.before-0002.
type PreUpgradeBackup struct {
	path  string                                   // of the store
	Space func(dir string) (free int64, err error) // on the disk of a folder
}

// NewPreUpgradeBackup is for the store at a path.
func NewPreUpgradeBackup(path string) PreUpgradeBackup { return PreUpgradeBackup{path, freeSpace} }

// Make writes the copy, reads it back and returns its name. It runs inside the
// transaction of the step, on another connection: what it reads is what the
// step will find.
func (s PreUpgradeBackup) Make(ctx context.Context, c *Conn, before Step) (string, error) {
	if err := s.checkSpace(ctx, c, before); err != nil {
		return "", err
	}
	name := fmt.Sprintf("%s.before-%04d", s.path, before.Number)
	part := name + ".part"
	if err := s.write(ctx, part); err != nil {
		return "", errors.Join(s.failed(err), remove(part))
	}
	if err := s.verify(ctx, c, part); err != nil {
		return "", errors.Join(s.failed(err), remove(part))
	}
	if err := rename(part, name); err != nil {
		return "", s.failed(err)
	}
	return name, nil
}

func (s PreUpgradeBackup) failed(err error) error {
	return OpenError(filepath.Dir(s.path), fmt.Errorf("safety copy: %w", err))
}

// write copies the store into a file that only its owner may read. One that was
// left half written is begun anew.
func (s PreUpgradeBackup) write(ctx context.Context, part string) error {
	if err := remove(part); err != nil {
		return err
	}
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, FileMode)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	err = WithFile(ctx, s.path, url.Values{"mode": {"ro"}, "_busy_timeout": {"5000"}}, func(c *sql.Conn) error {
		_, err := c.ExecContext(ctx, "VACUUM INTO $1", part)
		return err
	})
	if err != nil {
		return err
	}
	return flushFile(part)
}

// flushFile makes the content of a file certain.
func flushFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// copiedRows count in the copy what must not be lost.
func copiedRows() []string {
	return []string{`SELECT count(*) FROM orders`, `SELECT count(*) FROM documents`, `SELECT count(*) FROM events`}
}

// verify reads the copy from one end to the other and compares it with the
// store.
func (s PreUpgradeBackup) verify(ctx context.Context, c *Conn, part string) error {
	return WithFile(ctx, part, url.Values{"mode": {"ro"}, "immutable": {"1"}}, func(written *sql.Conn) error {
		var verdict string
		if err := written.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
			return err
		}
		if verdict != "ok" {
			return fmt.Errorf("integrity_check says %s", verdict)
		}
		for _, query := range copiedRows() {
			var has, wants int64
			if _, err := c.Get(ctx, query, nil, &wants); err != nil {
				return err
			}
			if err := written.QueryRowContext(ctx, query).Scan(&has); err != nil {
				return err
			}
			if has != wants {
				return fmt.Errorf("%s returns %d in the copy and %d in the store", query, has, wants)
			}
		}
		return nil
	})
}

// rename moves the copy to its name. A copy that is there already is from an
// upgrade that did not end: it stays, under the next free number, unless it
// holds the same.
func rename(part, name string) error {
	switch same, err := sameContent(part, name); {
	case err != nil:
		return err
	case same:
		return remove(part)
	}
	if err := setAside(name); err != nil {
		return err
	}
	if err := os.Rename(part, name); err != nil {
		return err
	}
	return flushFolder(filepath.Dir(name))
}

func setAside(name string) error {
	for n := 1; ; n++ {
		err := os.Link(name, fmt.Sprintf("%s.%d", name, n)) // never over another
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err == nil:
			return flushFolder(filepath.Dir(name))
		case !errors.Is(err, fs.ErrExist):
			return err
		}
	}
}

// sameContent compares two files of which the second may be missing.
func sameContent(one, other string) (bool, error) {
	b, err := digestOf(other)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	a, err := digestOf(one)
	return err == nil && bytes.Equal(a, b), err
}

func digestOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return sum.Sum(nil), err
}

func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// checkSpace refuses a step for which the disk is too small, before anything is
// written. The copy is at most as large as the store, and the step may rewrite
// every page into the log.
func (s PreUpgradeBackup) checkSpace(ctx context.Context, c *Conn, before Step) error {
	var pages, size int64
	if _, err := c.Get(ctx, "PRAGMA page_count", nil, &pages); err != nil {
		return err
	}
	if _, err := c.Get(ctx, "PRAGMA page_size", nil, &size); err != nil {
		return err
	}
	free, err := s.Space(filepath.Dir(s.path))
	if err != nil {
		return s.failed(err)
	}
	if need := 2 * pages * size; free < need {
		return order.Errorf(order.Unavailable, "store-full",
			"Schema step %s needs %s on the disk of %s, for a safety copy and for its log, and %s are free; "+
				"nothing was changed.",
			before.Name, Megabytes(need), s.path, Megabytes(free)).
			WithHint("Free some space on that disk and do the same again.")
	}
	return nil
}

// Megabytes writes a number of bytes for people.
func Megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
