//go:build all

package chaos

import (
	"database/sql"
	"fmt"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/postgrestest"
)

// quiet keeps the log to what went wrong, so that a failure shows it.
var quiet = []string{"--log-level", "warn"}

// engine is what a scene keeps its store in.
type engine string

const (
	sqlite   engine = "SQLite"
	postgres engine = "PostgreSQL"
)

// stage is what a run plays on.
type stage struct {
	engine   engine
	replicas int // gateways that serve the store at once
}

func (s stage) String() string {
	if s.replicas == 1 {
		return "one gateway over " + string(s.engine)
	}
	return fmt.Sprintf("%d replicas over %s", s.replicas, s.engine)
}

// onEach plays a flow on both engines at the same time, whatever -parallel
// says: a flow waits more than it works.
func onEach(t *testing.T, flow func(*testing.T, stage)) {
	var all sync.WaitGroup
	for _, s := range []stage{{sqlite, 1}, {postgres, 2}} {
		all.Go(func() { t.Run(string(s.engine), func(t *testing.T) { flow(t, s) }) })
	}
	all.Wait()
}

// newScene makes a scene with a new, empty store.
func newScene(t *testing.T, e engine, env ...string) harness.Scene {
	t.Helper()
	if e == postgres {
		return newSceneAt(t, postgrestest.Database(t), env...)
	}
	return newSceneAt(t, t.TempDir(), env...)
}

// newSceneAt makes a scene in a folder, or in the database of an address.
func newSceneAt(t *testing.T, where string, env ...string) harness.Scene {
	t.Helper()
	scene, err := harness.NewScene(needProgram(t), where, env...)
	if err != nil {
		t.Fatal(err)
	}
	return scene
}

func start(t *testing.T, s harness.Scene, args ...string) *harness.Gateway {
	t.Helper()
	g, err := s.Start(args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if leaks := g.Leaks(); len(leaks) > 0 && !slices.ContainsFunc(s.Env, isPlanted) {
			t.Errorf("a secret is in the log:\n%s", strings.Join(leaks, "\n"))
		}
	})
	return g
}

func isPlanted(variable string) bool {
	return strings.HasPrefix(variable, "PLANTED_FAULT=")
}

// replicas are the gateways that serve a scene.
type replicas []*harness.Gateway

func startAll(t *testing.T, s harness.Scene, n int, args ...string) (all replicas) {
	t.Helper()
	for range n {
		all = append(all, start(t, s, args...))
	}
	return all
}

func (r replicas) stop() {
	for _, g := range r {
		g.Stop()
	}
}

// login returns a client of a party at each replica.
func (r replicas) login(t *testing.T, c harness.Credentials) (clients []*harness.Client) {
	t.Helper()
	for _, g := range r {
		clients = append(clients, login(t, g, c))
	}
	return clients
}

func login(t *testing.T, g *harness.Gateway, c harness.Credentials) *harness.Client {
	t.Helper()
	client, err := g.Login(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// openStore opens the database of a scene beside the gateway, to look at it or
// to spoil it.
func openStore(t *testing.T, s harness.Scene) *sql.DB {
	t.Helper()
	driver, where := "pgx", s.Database
	if where == "" {
		driver, where = "sqlite3", "file:"+filepath.Join(s.Dir, "bookgate.db")+"?mode=rw"
	}
	db, err := sql.Open(driver, where)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// tell runs a statement on the database of a scene.
func tell(t *testing.T, s harness.Scene, text string, args ...any) {
	t.Helper()
	db := openStore(t, s)
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// orderNumber writes into the number of an order how many lines it has, so
// that the number alone identifies the bytes that were sent.
func orderNumber(prefix string, n, lines int) string {
	return fmt.Sprintf("%s-%d-%d", prefix, n, lines)
}

// bodyOf returns the bytes that were sent under a number of orderNumber.
func bodyOf(number string) []byte {
	lines, _ := strconv.Atoi(number[strings.LastIndexByte(number, '-')+1:])
	return harness.OrderXML(number, lines)
}

// idIn is the order that an acknowledgement names.
func idIn(res *http.Response) string { return path.Base(res.Header.Get("Location")) }

// comeAgain reports what is wrong with a refusal, which must say when to come
// again; "" is good.
func comeAgain(res *http.Response) string {
	after := res.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(after); err != nil || seconds < 1 {
		return fmt.Sprintf("%s with Retry-After %q", res.Status, after)
	}
	return ""
}

// bound is the honest reading of a zero: with n trials and no failure the true
// rate lies below 3/n, at 95 % confidence.
func bound(n int) string { return fmt.Sprintf("rate below %.2g at 95 %%", 3/float64(max(n, 1))) }

// worth is what a count of failures in n trials means.
func worth(failures, n int) string {
	if failures > 0 {
		return fmt.Sprintf("%.2g %%", 100*float64(failures)/float64(n))
	}
	return bound(n)
}
