package store

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// TestLostFilesAreNotWrittenTo takes the files of an open store away in each
// way and wants every change refused until they are back.
func TestLostFilesAreNotWrittenTo(t *testing.T) {
	for name, c := range map[string]struct {
		take func(dir string) error
		back func(dir string) error // nil where nothing brings them back
	}{
		"folder moved": {
			func(dir string) error { return os.Rename(dir, dir+"-elsewhere") },
			func(dir string) error { return os.Rename(dir+"-elsewhere", dir) },
		},
		"database moved": {
			func(dir string) error { return os.Rename(filepath.Join(dir, sqldb.FileName), filepath.Join(dir, "x")) },
			func(dir string) error { return os.Rename(filepath.Join(dir, "x"), filepath.Join(dir, sqldb.FileName)) },
		},
		"folder without rights": {
			func(dir string) error { return os.Chmod(dir, 0) },
			func(dir string) error { return os.Chmod(dir, sqldb.DirMode) },
		},
		"folder read-only": {
			func(dir string) error { return os.Chmod(dir, 0o500) },
			func(dir string) error { return os.Chmod(dir, sqldb.DirMode) },
		},
		"folder linked to another": {
			func(dir string) error {
				return errors.Join(os.Rename(dir, dir+"-elsewhere"), os.Mkdir(dir+"-2", sqldb.DirMode), os.Symlink(dir+"-2", dir))
			},
			func(dir string) error { return errors.Join(os.Remove(dir), os.Rename(dir+"-elsewhere", dir)) },
		},
		"folder replaced by a file": {
			func(dir string) error {
				return errors.Join(os.Rename(dir, dir+"-elsewhere"), os.WriteFile(dir, nil, sqldb.FileMode))
			},
			func(dir string) error { return errors.Join(os.Remove(dir), os.Rename(dir+"-elsewhere", dir)) },
		},
		"database read-only": {
			func(dir string) error { return os.Chmod(filepath.Join(dir, sqldb.FileName), 0o400) },
			func(dir string) error { return os.Chmod(filepath.Join(dir, sqldb.FileName), sqldb.FileMode) },
		},
		"log read-only": {
			func(dir string) error { return os.Chmod(filepath.Join(dir, sqldb.FileName+"-wal"), 0o400) },
			func(dir string) error { return os.Chmod(filepath.Join(dir, sqldb.FileName+"-wal"), sqldb.FileMode) },
		},
		"database moved and linked": {
			func(dir string) error {
				path := filepath.Join(dir, sqldb.FileName)
				return errors.Join(os.Rename(path, dir+".db"), os.Symlink(dir+".db", path))
			},
			func(dir string) error {
				path := filepath.Join(dir, sqldb.FileName)
				return errors.Join(os.Remove(path), os.Rename(dir+".db", path))
			},
		},
		"database linked to another": {
			func(dir string) error {
				path := filepath.Join(dir, sqldb.FileName)
				return errors.Join(os.Rename(path, dir+".db"), os.WriteFile(dir+".2", []byte("x"), sqldb.FileMode), os.Symlink(dir+".2", path))
			},
			func(dir string) error {
				path := filepath.Join(dir, sqldb.FileName)
				return errors.Join(os.Remove(path), os.Rename(dir+".db", path))
			},
		},
		"database emptied":     {func(dir string) error { return os.Truncate(filepath.Join(dir, sqldb.FileName), 0) }, nil},
		"index of log removed": {func(dir string) error { return os.Remove(filepath.Join(dir, sqldb.FileName+"-shm")) }, nil},
		"index of log moved": {
			func(dir string) error {
				return os.Rename(filepath.Join(dir, sqldb.FileName+"-shm"), filepath.Join(dir, "x"))
			},
			func(dir string) error {
				return os.Rename(filepath.Join(dir, "x"), filepath.Join(dir, sqldb.FileName+"-shm"))
			},
		},
		"log moved": {
			func(dir string) error {
				return os.Rename(filepath.Join(dir, sqldb.FileName+"-wal"), filepath.Join(dir, "x"))
			},
			func(dir string) error {
				return os.Rename(filepath.Join(dir, "x"), filepath.Join(dir, sqldb.FileName+"-wal"))
			},
		},
		"folder removed":   {os.RemoveAll, nil},
		"database removed": {func(dir string) error { return os.Remove(filepath.Join(dir, sqldb.FileName)) }, nil},
		"log removed":      {func(dir string) error { return os.Remove(filepath.Join(dir, sqldb.FileName+"-wal")) }, nil},
		"database replaced": {
			func(dir string) error {
				path := filepath.Join(dir, sqldb.FileName)
				content, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				if err := os.WriteFile(path+".copy", content, sqldb.FileMode); err != nil {
					return err
				}
				return os.Rename(path+".copy", path)
			}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			log := &logbook{}
			dir := filepath.Join(t.TempDir(), "data")
			db := openIn(t, dir, Options{Log: log.logger()})
			addOrder(t, db, "before")
			if err := c.take(dir); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				err := db.Ready(t.Context())
				if order.CodeOf(err) != "store-lost" || order.KindOf(err) != order.Unavailable || err.(*order.Error).RetryAfter <= 0 {
					t.Fatalf("a change: %v", err)
				}
			}
			if n := log.count(slog.LevelError, "not where they were opened"); n != 1 {
				t.Errorf("%d errors in the log, want 1:\n%s", n, log)
			}
			if c.back == nil {
				return
			}
			if err := c.back(dir); err != nil {
				t.Fatal(err)
			}
			if err := db.Ready(t.Context()); err != nil {
				t.Errorf("back in its place: %v", err)
			}
			addOrder(t, db, "after")
		})
	}
}

// TestLinkedStoreIsInItsPlace serves a folder and a database whose names are
// links from the start: that is no fault, and what happens to the files behind
// them is seen all the same.
func TestLinkedStoreIsInItsPlace(t *testing.T) {
	for _, linked := range []string{"folder", "database"} {
		t.Run(linked, func(t *testing.T) {
			dir, real := filepath.Join(t.TempDir(), "data"), t.TempDir()
			closeNow(t, openIn(t, real, Options{}))
			if linked == "folder" {
				if err := os.Symlink(real, dir); err != nil {
					t.Fatal(err)
				}
			} else {
				if err := errors.Join(os.Mkdir(dir, sqldb.DirMode), os.Symlink(filepath.Join(real, sqldb.FileName), filepath.Join(dir, sqldb.FileName))); err != nil {
					t.Fatal(err)
				}
			}
			db := openIn(t, dir, Options{})
			addOrder(t, db, "A-1")
			if err := db.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(filepath.Join(real, sqldb.FileName+"-wal")); err != nil {
				t.Fatal(err)
			}
			if err := db.Ready(t.Context()); order.CodeOf(err) != "store-lost" {
				t.Errorf("with the log removed: %v", err)
			}
		})
	}
}
