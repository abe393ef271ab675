package sqldb

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// flushed notes what stood in each folder when it was flushed: that is what a
// power failure leaves of its entries.
type flushed map[string][]string

func (s flushed) flush(dir string) error {
	entries, err := os.ReadDir(dir)
	s[dir] = nil
	for _, e := range entries {
		s[dir] = append(s[dir], e.Name())
	}
	if err != nil {
		return err
	}
	return flushFolder(dir)
}

// stands reports whether a file has a name for certain, all the way down from
// a folder that was there before.
func (s flushed) stands(path, from string) bool {
	for ; path != from; path = filepath.Dir(path) {
		if !slices.Contains(s[filepath.Dir(path)], filepath.Base(path)) {
			return false
		}
	}
	return true
}

// TestNewStoreStandsForCertain: before the store can be asked for anything, the
// entries of its file and of every folder that was made for it are flushed.
func TestNewStoreStandsForCertain(t *testing.T) {
	top := t.TempDir()
	for name, c := range map[string]struct{ there, dir string }{
		"folder there":          {top + "/a", top + "/a"},
		"folder made":           {top + "/b", top + "/b/data"},
		"folders made":          {top + "/c", top + "/c/d/e/data"},
		"made by one that died": {top + "/f/data", top + "/f/data"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.MkdirAll(c.there, 0o700); err != nil {
				t.Fatal(err)
			}
			s, path := flushed{}, filepath.Join(c.dir, FileName)
			if err := prepareFile(t.Context(), path, s.flush); err != nil {
				t.Fatal(err)
			}
			if !s.stands(path, c.there) {
				t.Errorf("flushed: %v", s)
			}
			if !slices.Contains(s[filepath.Dir(c.there)], filepath.Base(c.there)) {
				t.Errorf("the entry of the folder that was there is not flushed: %v", s)
			}
			if id, _, err := inspectFile(t.Context(), path); err != nil || id != ApplicationID {
				t.Errorf("the file has mark %x, %v", id, err)
			}
		})
	}
}

// TestNewStoreIsFlushedUntilItHasTables: a process that finds an empty file
// does not know whether its maker flushed it.
func TestNewStoreIsFlushedUntilItHasTables(t *testing.T) {
	top := t.TempDir()
	path := filepath.Join(top, "data", FileName)
	fails := func(dir string) error {
		if dir == filepath.Dir(path) {
			return os.ErrDeadlineExceeded
		}
		return nil
	}
	if err := prepareFile(t.Context(), path, fails); err == nil {
		t.Fatal("a flush that fails was passed over")
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	s := flushed{}
	if err := prepareFile(t.Context(), path, s.flush); err != nil || !s.stands(path, top) {
		t.Errorf("flushed after a failure: %v, %v", s, err)
	}
	if _, err := NewSQLite(path).Upgrade(t.Context(), false, time.Now, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	clear(s)
	if err := prepareFile(t.Context(), path, s.flush); err != nil || len(s) != 0 {
		t.Errorf("a store that is there was flushed: %v, %v", s, err)
	}
}
