//go:build all

package store

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/postgrestest"
)

// bouncer starts PgBouncer in transaction mode in front of a database and
// returns the address by way of it.
func bouncer(t *testing.T, where string) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		t.Skip("pgbouncer is not on PATH\n  Debian: apt-get install --no-install-recommends pgbouncer")
	}
	u, err := url.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().(*net.TCPAddr)
	l.Close()
	dir := t.TempDir()
	name := strings.TrimPrefix(u.Path, "/")
	config := fmt.Sprintf("[databases]\n%s = host=%s port=%s dbname=%s user=bookgate\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\n"+
		"auth_type = any\npool_mode = transaction\ndefault_pool_size = 6\nmax_client_conn = 200\nuser = %s\n", name, u.Hostname(), u.Port(), name, address.Port, unprivileged())
	file := filepath.Join(dir, "pgbouncer.ini")
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		os.Chmod(d, 0o755) // the account that it changes to reads its file again
	}
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-q", file)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	u.Host = address.String()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", u.Host); err == nil {
			c.Close()
			return u.String()
		}
		if time.Now().After(deadline) {
			t.Fatalf("pgbouncer does not listen:\n%s", out.String())
		}
	}
}

// unprivileged is an account for a program that refuses to run as root.
func unprivileged() string {
	if os.Geteuid() == 0 {
		return "nobody"
	}
	return ""
}

func TestBehindPgBouncer(t *testing.T) {
	t.Parallel()
	where := bouncer(t, postgrestest.Database(t)) + "&default_query_exec_mode=exec"
	stores := []*DB{openIn(t, where, Options{}), openIn(t, where, Options{})}
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for n := range 10 {
				o := addOrder(t, stores[(i+n)%2], fmt.Sprintf("P-%d-%d", i, n))
				route(t, stores[i%2], o.ID)
				if _, err := stores[n%2].Order(t.Context(), seller, o.ID); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	wantSound(t, stores[0], 160)
	if err := stores[1].Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPgBouncerWithoutTheWordIsRefused(t *testing.T) {
	t.Parallel()
	wantOpenFault(t, bouncer(t, postgrestest.Database(t)), "store-settings", "does not take our settings")
}
