package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bookgate/bookgate/internal/cli"
)

// storeCommands are one command that administers and one that serves.
func storeCommands(flags ...string) [][]string {
	return [][]string{append([]string{"party", "list"}, flags...), append([]string{"serve", "--listen", "127.0.0.1:0"}, flags...)}
}

// cmdRefused wants a store to be refused by every command that opens it, with an exit code
// and in words, and to be left as it was:
//
//	refused 78 'is damaged' --data data
func cmdRefused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 || args[2] != "--data" {
		ts.Fatalf("usage: refused CODE PATTERN --data FOLDER")
	}
	before := listing(ts.MkAbs(args[3]))
	for _, command := range storeCommands(args[2:]...) {
		r := runProgram(ts, "bookgate", command)
		r.show(ts)
		words := r.err
		if strconv.Itoa(r.code) != args[0] {
			ts.Fatalf("%s ended with exit code %d, want %s:\n%s", command[0], r.code, args[0], words)
		}
		if !regexpOf(ts, args[1]).MatchString(words) {
			ts.Fatalf("%s does not say %q:\n%s", command[0], args[1], words)
		}
		if !strings.Contains(words, "\n  ") {
			ts.Fatalf("%s does not say what to do next:\n%s", command[0], words)
		}
		if after := listing(ts.MkAbs(args[3])); after != before {
			ts.Fatalf("%s changed the folder:\n%sbefore:\n%s", command[0], after, before)
		}
	}
}

// cmdSpoil overwrites every page of a database but the first:
//
//	spoil data/bookgate.db
func cmdSpoil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: spoil FILE")
	}
	const page = 4096
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_WRONLY, 0)
	ts.Check(err)
	defer f.Close()
	info, err := f.Stat()
	ts.Check(err)
	_, err = f.WriteAt(bytes.Repeat([]byte("no page!"), int(info.Size()-page)/8), page)
	ts.Check(err)
}

// listing describes what a folder holds, byte for byte.
func listing(dir string) string {
	var b strings.Builder
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err.Error() + "\n"
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		fmt.Fprintf(&b, "%s %d bytes %x %v\n", e.Name(), len(content), sha256.Sum256(content), err)
	}
	return b.String()
}

// wantRefusedDatabase runs the commands on a database.
func wantRefusedDatabase(t *testing.T, database string, code int, pattern string) {
	t.Helper()
	for _, command := range storeCommands("--database", database) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		var words bytes.Buffer
		got := run(ctx, command, cli.App{In: strings.NewReader(""), Out: io.Discard, Err: &words})
		cancel()
		if got != code || !regexp.MustCompile(pattern).Match(words.Bytes()) || !strings.Contains(words.String(), "\n  ") {
			t.Errorf("%s ended with %d, want %d and %q:\n%s", command[0], got, code, pattern, &words)
		}
		if strings.Contains(words.String(), "s3cret") {
			t.Errorf("%s prints the password:\n%s", command[0], &words)
		}
	}
}

// TestBadDatabaseIsRefused tries addresses and databases that are no good.
func TestBadDatabaseIsRefused(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := free.Addr().String()
	free.Close()
	for name, c := range map[string]struct {
		database string
		code     int
		pattern  string
	}{
		"another engine":  {"mysql://u:s3cret@127.0.0.1/x", cli.ExitConfig, `not a valid address of a PostgreSQL database`},
		"a folder":        {"./bookgate-data", cli.ExitConfig, `a folder is named with --data`},
		"malformed":       {"postgres://u:s3cret@127.0.0.1:port/x", cli.ExitConfig, `cannot be read: invalid port`},
		"unknown sslmode": {"postgres://u:s3cret@127.0.0.1/x?sslmode=perhaps", cli.ExitConfig, `sslmode`},
		"closed port":     {"postgres://u:s3cret@" + closed + "/x", cli.ExitUnavailable, `nothing accepts connections there`},
		"unknown host":    {"postgres://u:s3cret@no-such-host.invalid/x?connect_timeout=5", cli.ExitUnavailable, `no-such-host.invalid`},
	} {
		t.Run(name, func(t *testing.T) { wantRefusedDatabase(t, c.database, c.code, c.pattern) })
	}
}

// TestFolderWithoutRights runs the program as an account that may not use the
// folder: as an account without rights where the tests run as root.
func TestFolderWithoutRights(t *testing.T) {
	top, who := openFolder(t)
	binary := filepath.Join(top, "bookgate")
	for name, c := range map[string]struct {
		store        bool
		folder, file os.FileMode
		pattern      string
	}{
		"not to be entered":  {true, 0o000, 0o600, `permission denied`},
		"not to be written":  {false, 0o500, 0, `permission denied`},
		"file to be read":    {true, 0o500, 0o400, `cannot be opened`},
		"file not to be had": {true, 0o700, 0o000, `cannot be opened`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(top, strings.ReplaceAll(name, " ", "-"))
			mustNot(t, os.Mkdir(dir, 0o700))
			give(t, who, dir)
			if c.store {
				runAs(t, who, cli.ExitOK, binary, "party", "add", "7045", "--name", "X", "--data", dir)
				mustNot(t, os.Chmod(filepath.Join(dir, "bookgate.db"), c.file))
			}
			before := listing(dir)
			mustNot(t, os.Chmod(dir, c.folder))
			for _, command := range storeCommands("--data", dir) {
				words := runAs(t, who, cli.ExitConfig, binary, command...)
				if !regexp.MustCompile(c.pattern).MatchString(words) || !strings.Contains(words, "this account may write") {
					t.Errorf("%s says %s", command[0], words)
				}
			}
			mustNot(t, os.Chmod(dir, 0o700))
			if after := listing(dir); after != before {
				t.Errorf("the folder holds\n%swas\n%s", after, before)
			}
		})
	}
}

// openFolder makes a folder that every account may enter, with the program in
// it, and returns the account to run it as; nil is our own.
func openFolder(t *testing.T) (dir string, who *syscall.Credential) {
	t.Helper()
	dir, err := os.MkdirTemp("", "bookgate-rights-")
	mustNot(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	mustNot(t, os.Chmod(dir, 0o755))
	program, err := exec.LookPath("bookgate")
	mustNot(t, err)
	content, err := os.ReadFile(program)
	mustNot(t, err)
	mustNot(t, os.WriteFile(filepath.Join(dir, "bookgate"), content, 0o755))
	if os.Geteuid() != 0 {
		return dir, nil
	}
	const noRights = 65534
	return dir, &syscall.Credential{Uid: noRights, Gid: noRights}
}

func give(t *testing.T, who *syscall.Credential, dir string) {
	t.Helper()
	if who != nil {
		mustNot(t, os.Chown(dir, int(who.Uid), int(who.Gid)))
	}
}

// runAs runs the program as another account, wants an exit code and returns what
// it says.
func runAs(t *testing.T, who *syscall.Credential, code int, binary string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.SysProcAttr, cmd.Dir = &syscall.SysProcAttr{Credential: who}, filepath.Dir(binary)
	words, _ := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("%v ended with %d, want %d: %s", args, got, code, words)
	}
	return string(words)
}
