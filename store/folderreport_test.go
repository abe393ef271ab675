package store

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"
)

// TestLostLogIsReported opens stores whose server was killed, with the log and
// without it.
func TestLostLogIsReported(t *testing.T) {
	for name, c := range map[string]struct {
		killed, log bool
		reports     int
	}{
		"killed, log there": {true, true, 0},
		"killed, log gone":  {true, false, 1},
		"stopped":           {false, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := openIn(t, dir, Options{})
			release, err := db.Lock()
			if err != nil {
				t.Fatal(err)
			}
			addOrder(t, db, "A-1")
			files := bytesIn(t, dir)
			release()
			closeNow(t, db)
			if c.killed { // what a SIGKILL leaves
				for name, content := range files {
					if name == sqldb.FileName+"-wal" && !c.log {
						continue
					}
					if err := os.WriteFile(filepath.Join(dir, name), content, sqldb.FileMode); err != nil {
						t.Fatal(err)
					}
				}
			}
			for start := range 2 {
				log := &logbook{}
				closeNow(t, openIn(t, dir, Options{Log: log.logger()}))
				want := c.reports
				if start > 0 {
					want = 0
				}
				if n := log.count(slog.LevelError, "write-ahead log is missing"); n != want {
					t.Errorf("start %d: %d reports, want %d:\n%s", start, n, want, log)
				}
			}
		})
	}
}

// TestFolderIsReported serves a folder with rights that are too wide and files
// that were left behind.
func TestFolderIsReported(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, sqldb.DirMode); err != nil {
		t.Fatal(err)
	}
	log := &logbook{}
	db := openIn(t, dir, Options{Log: log.logger()})
	serve := func() {
		release, err := db.Lock()
		if err != nil {
			t.Fatal(err)
		}
		release()
	}
	serve()
	if n := log.count(slog.LevelWarn, ""); n != 0 {
		t.Errorf("a folder as bookgate makes it has %d warnings:\n%s", n, log)
	}
	elsewhere := t.TempDir()
	backup := filepath.Join(elsewhere, "b.db")
	if _, err := db.Backup(t.Context(), backup, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	serve()
	if n := log.count(slog.LevelWarn, ""); n != 0 {
		t.Errorf("a backup as bookgate makes it has %d warnings:\n%s", n, log)
	}
	before, old := db.Path()+".before-0002", time.Now().Add(-2*leftoverAge)
	for path, age := range map[string]time.Time{filepath.Join(dir, "old.db.part"): old, filepath.Join(dir, "young.db.part"): time.Now(),
		db.Path() + ".new-1": old, filepath.Join(elsewhere, "c.db.part"): old, before: time.Now()} {
		if err := os.WriteFile(path, []byte("x"), sqldb.FileMode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, age, age); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{dir, db.Path(), db.Path() + "-wal", before, backup} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	serve()
	if n := log.count(slog.LevelWarn, "have rights to the store"); n != 5 {
		t.Errorf("%d warnings of rights, want 5:\n%s", n, log)
	}
	if n := log.count(slog.LevelWarn, "left behind"); n != 3 {
		t.Errorf("%d warnings of unfinished files, want 3:\n%s", n, log)
	}
}
