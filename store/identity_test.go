package store

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

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
			func(dir string) error { return os.Rename(filepath.Join(dir, fileName), filepath.Join(dir, "x")) },
			func(dir string) error { return os.Rename(filepath.Join(dir, "x"), filepath.Join(dir, fileName)) },
		},
		"folder removed":   {os.RemoveAll, nil},
		"database removed": {func(dir string) error { return os.Remove(filepath.Join(dir, fileName)) }, nil},
		"log removed":      {func(dir string) error { return os.Remove(filepath.Join(dir, fileName+"-wal")) }, nil},
		"database replaced": {
			func(dir string) error {
				path := filepath.Join(dir, fileName)
				content, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				if err := os.WriteFile(path+".copy", content, fileMode); err != nil {
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
