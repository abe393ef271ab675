//go:build unix

package store

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// TestShareLock: two processes have a folder while it is handed over, and it stays
// claimed until both are gone, in whichever order they go.
func TestShareLock(t *testing.T) {
	for _, first := range []string{"the old one", "the new one"} {
		t.Run(first+" goes first", func(t *testing.T) {
			dir := t.TempDir()
			old, follower := openIn(t, dir, Options{}), openIn(t, dir, Options{})
			held, err := old.LockFolder()
			if err != nil {
				t.Fatal(err)
			}
			lock, err := follower.ShareLock(handed(t, held.File()))
			if err != nil {
				t.Fatal(err)
			}
			leaves, stays := held, lock
			if first == "the new one" {
				leaves, stays = lock, held
			}
			leaves.File().Close() // as the end of a process
			if _, err := old.Lock(); order.CodeOf(err) != "store-locked" {
				t.Errorf("the folder is free: %v", err)
			}
			if err := stays.Sign(); err != nil {
				t.Fatal(err)
			}
			if _, err := old.Lock(); err == nil || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
				t.Errorf("the lock names another process: %v", err)
			}
			stays.Release()
			release, err := old.Lock()
			if err != nil {
				t.Fatalf("the folder is claimed by no one: %v", err)
			}
			release()
		})
	}
}

// TestReleaseOfALockOfAnother leaves what that has written.
func TestReleaseOfALockOfAnother(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir, Options{})
	lock, err := db.LockFolder()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, sqldb.LockName)
	if err := os.WriteFile(path, []byte("1\n"), sqldb.FileMode); err != nil {
		t.Fatal(err)
	}
	lock.Release()
	if text, err := os.ReadFile(path); err != nil || string(text) != "1\n" {
		t.Errorf("left %q, %v", text, err)
	}
}

// TestShareLockOfAnotherFolder is refused.
func TestShareLockOfAnotherFolder(t *testing.T) {
	here, there := openIn(t, t.TempDir(), Options{}), openIn(t, t.TempDir(), Options{})
	lock, err := there.LockFolder()
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	own, err := here.LockFolder()
	if err != nil {
		t.Fatal(err)
	}
	defer own.Release()
	if _, err := here.ShareLock(handed(t, lock.File())); err == nil || !strings.Contains(err.Error(), "is not that of") {
		t.Errorf("taken: %v", err)
	}
}

// handed is a file as another process gets it.
func handed(t *testing.T, f *os.File) *os.File {
	t.Helper()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), f.Name())
}
