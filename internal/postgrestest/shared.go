package postgrestest

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
)

// shared are the servers of a test process, each started when it is first
// needed: one in memory for tests, which never cut the power, and one on the
// disk for benchmarks. The cluster is what each server begins with.
var shared struct {
	memory, disk once
	names        atomic.Int64
	cluster      struct {
		sync.Once
		dir string
		err error
	}
}

type once struct {
	sync.Once
	server *Server
	err    error
}

func (o *once) get(root string) (*Server, error) {
	o.Do(func() { o.server, o.err = start(root) })
	return o.server, o.err
}

// Run runs the tests of a package, ends the shared servers and removes the cluster.
func Run(m *testing.M) (code int) {
	defer func() {
		if err := os.RemoveAll(shared.cluster.dir); err != nil { // "" is none
			fmt.Fprintln(os.Stderr, "postgrestest:", err)
		}
		for _, o := range []*once{&shared.memory, &shared.disk} {
			if o.server == nil {
				continue
			}
			if err := o.server.stop(); err != nil {
				fmt.Fprintln(os.Stderr, "postgrestest:", err)
			}
		}
	}()
	return m.Run()
}

// Shared returns the server that all tests of the process use, or the one that
// all benchmarks use.
func Shared(t testing.TB) *Server {
	t.Helper()
	o, root := &shared.memory, memory()
	if _, benchmark := t.(*testing.B); benchmark {
		o, root = &shared.disk, os.TempDir()
	}
	s, err := o.get(root)
	return usable(t, s, err)
}

func usable(t testing.TB, s *Server, err error) *Server {
	t.Helper()
	if errors.Is(err, errMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Start starts a server for one test alone, which may kill it or set it wrong.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	s, err := start(memory(), settings...)
	s = usable(t, s, err)
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Schema returns the address of a new, empty schema on the shared server. It is
// made in a tenth of the time that a database takes.
func Schema(t testing.TB) string {
	t.Helper()
	s := Shared(t)
	name := fmt.Sprintf("test%d", shared.names.Add(1))
	if err := s.ask("CREATE SCHEMA " + name); err != nil {
		t.Fatal(err)
	}
	return s.URL("postgres") + "&search_path=" + name
}

// Database returns the address of a new, empty database on the shared server.
func Database(t testing.TB) string {
	t.Helper()
	return Shared(t).Database(t)
}

// Database makes a new, empty database and returns its address.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", shared.names.Add(1))
	if err := s.ask("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.ask("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") }) // a killed server has none to drop
	return s.URL(name)
}
