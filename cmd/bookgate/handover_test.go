package main

import (
	"bytes"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/handover"
	"github.com/bookgate/bookgate/store"
)

// TestHandoverRefused: a new process that does not fit says so to both sides, and has
// changed nothing.
func TestHandoverRefused(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(t.Context(), dir, store.Options{})
	mustNot(t, err)
	defer db.Close()
	lock, err := db.LockFolder()
	mustNot(t, err)
	defer lock.Release()
	other, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	mustNot(t, err)
	defer other.Close()
	otherLock, err := other.LockFolder()
	mustNot(t, err)
	defer otherLock.Release()
	epoch, err := db.Epoch(t.Context())
	mustNot(t, err)
	fits := handover.Offer{Version: "0.9", Process: 4711, Schema: db.SchemaVersion(), Store: epoch,
		Listen: "127.0.0.1:0", Metrics: "off", Names: []string{"api", "lock"}}
	for name, c := range map[string]struct {
		offer func(*handover.Offer)
		lock  *store.FolderLock
		args  []string
		code  int
		says  []string
	}{
		"an older schema": {offer: func(o *handover.Offer) { o.Schema-- }, code: cli.ExitConflict,
			says: []string{fmt.Sprintf("(version 0.9) has schema %d, and this one (version dev) needs schema %d", fits.Schema-1, fits.Schema),
				"Stop that one (process 4711), then start this one"}},
		"a newer schema": {offer: func(o *handover.Offer) { o.Schema++ }, code: cli.ExitConflict,
			says: []string{fmt.Sprintf("has schema %d, and this one (version dev) needs schema %d", fits.Schema+1, fits.Schema)}},
		"another address": {offer: func(o *handover.Offer) { o.Listen = ":80" }, code: cli.ExitConflict,
			says: []string{"was started with --listen :80, and this one with 127.0.0.1:0"}},
		"another store":  {offer: func(o *handover.Offer) { o.Store = "elsewhere" }, code: cli.ExitConflict, says: []string{"serves another store than"}},
		"another folder": {lock: otherLock, code: cli.ExitConfig, says: []string{"is not that of the data folder"}},
		"no lock": {offer: func(o *handover.Offer) { o.Names = []string{"api", "something"} }, code: cli.ExitFailure,
			says: []string{"did not hand over the lock"}},
		"a setting that cannot be used": {args: []string{"--smtp", "127.0.0.1:1", "--smtp-from", "a@b.example", "--smtp-user", "me",
			"--smtp-password-file", filepath.Join(dir, "missing")},
			code: cli.ExitConfig, says: []string{"missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			offer := fits
			if c.offer != nil {
				c.offer(&offer)
			}
			if c.lock == nil {
				c.lock = lock
			}
			path := filepath.Join(t.TempDir(), "handover.sock")
			heard := serveOffer(t, path, offer, c.lock)
			var said bytes.Buffer
			args := append([]string{"serve", "--data", dir, "--listen", "127.0.0.1:0", "--metrics-listen", "off",
				"--handover", "--handover-socket", path}, c.args...)
			if code := run(t.Context(), args, cli.App{In: strings.NewReader(""), Out: &said, Err: &said}); code != c.code {
				t.Errorf("code %d, wanted %d: %s", code, c.code, &said)
			}
			for _, want := range c.says {
				if !strings.Contains(said.String(), want) {
					t.Errorf("said %q, wanted %q in it", &said, want)
				}
			}
			if err := heard(); err == nil {
				t.Error("the process that serves heard that the other one serves")
			}
			if _, err := db.Lock(); err == nil {
				t.Error("the folder is free")
			}
		})
	}
}

// serveOffer hands over to one process, and returns what that said.
func serveOffer(t *testing.T, path string, o handover.Offer, lock *store.FolderLock) (heard func() error) {
	t.Helper()
	s, err := handover.Listen(path)
	mustNot(t, err)
	t.Cleanup(s.Remove)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	mustNot(t, err)
	t.Cleanup(func() { l.Close() })
	socket, err := handover.Raw(l)
	mustNot(t, err)
	held, err := lock.File().SyscallConn()
	mustNot(t, err)
	answer := make(chan error, 1)
	go func() {
		p, err := s.Accept()
		if err == nil {
			err = p.Send(o, []syscall.RawConn{socket, held})
		}
		answer <- err
	}()
	return func() error {
		s.Close() // for a process that never asked
		return <-answer
	}
}

// TestHandoverNeedsAPlace where there is no data folder.
func TestHandoverNeedsAPlace(t *testing.T) {
	var said bytes.Buffer
	code := run(t.Context(), []string{"serve", "--handover", "--database", "postgres://nowhere/x"}, cli.App{In: strings.NewReader(""), Out: &said, Err: &said})
	if code != cli.ExitConfig || !strings.Contains(said.String(), "handover needs handover-socket where the store is a database") {
		t.Errorf("code %d: %s", code, &said)
	}
}
