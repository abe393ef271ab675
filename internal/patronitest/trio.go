package patronitest

import (
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/postgrestest"
)

//go:embed patroni.yml
var patroniSettings string

// Trio is three PostgreSQL servers of which one leads and takes changes.
type Trio struct {
	place       postgrestest.Place
	synchronous bool
	members     []*member
}

const size = 3

// Start starts a trio whose leader acknowledges a change when a standby has it
// too, and waits until it is whole.
func Start(t testing.TB) *Trio { return start(t, true) }

// StartAsynchronous plants a fault: the leader acknowledges by itself.
func StartAsynchronous(t testing.TB) *Trio { return start(t, false) }

func start(t testing.TB, synchronous bool) *Trio {
	t.Helper()
	need(t)
	r := &Trio{place: postgrestest.NewPlace(t), synchronous: synchronous}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(r.logs())
		}
		for _, m := range r.members {
			m.remove()
		}
	})
	if err := r.launch(); err != nil {
		t.Fatal(err)
	}
	if err := r.AwaitWhole(); err != nil {
		t.Fatal(err)
	}
	if err := r.makeDatabase(); err != nil {
		t.Fatal(err)
	}
	return r
}

// launch starts the members on free ports in place of the documented addresses.
func (r *Trio) launch() error {
	var exchanged, etcds []string
	peers := make([]string, size)
	for i := range size {
		m := &member{place: r.place, name: "db" + strconv.Itoa(i+1)}
		client, peer := freePort(), freePort()
		m.rest, m.port = freePort(), freePort()
		for port, ours := range map[string]int{"2379": client, "8008": m.rest, "5432": m.port} {
			exchanged = append(exchanged, fmt.Sprintf("127.0.0.1%d:%s", i+1, port), local(ours))
		}
		etcds, peers[i] = append(etcds, local(client)), local(peer)
		r.members = append(r.members, m)
	}
	for i, m := range r.members {
		if err := r.prepare(m, i+1, exchanged); err != nil {
			return err
		}
		if err := m.startEtcd(etcds[i], peers, i); err != nil {
			return err
		}
		if err := m.startPatroni(); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes a member's folder and settings.
func (r *Trio) prepare(m *member, i int, exchanged []string) (err error) {
	if m.dir, err = r.place.Folder(m.name); err != nil {
		return err
	}
	text := os.Expand(patroniSettings, func(name string) string {
		return map[string]string{"i": strconv.Itoa(i), "D": r.place.Dir, "BIN": r.place.Bin}[name]
	})
	if !r.synchronous {
		text = strings.Replace(text, "synchronous_mode: true", "synchronous_mode: false", 1)
	}
	m.settings = strings.NewReplacer(exchanged...).Replace(text)
	return nil
}

func (m *member) startEtcd(client string, peers []string, i int) (err error) {
	var cluster []string
	for n, peer := range peers {
		cluster = append(cluster, fmt.Sprintf("db%d=http://%s", n+1, peer))
	}
	// The last members have no quorum to leave by, so etcd is not asked.
	m.etcd, err = launch(m.place, syscall.SIGKILL, "etcd-"+m.name+".log", "etcd", "--name", m.name, "--data-dir", filepath.Join(m.dir, "etcd"),
		"--initial-cluster", strings.Join(cluster, ","), "--listen-peer-urls", "http://"+peers[i], "--initial-advertise-peer-urls", "http://"+peers[i],
		"--listen-client-urls", "http://"+client, "--advertise-client-urls", "http://"+client)
	return err
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// Ports are taken from below those that the system assigns to connections: a
// killed server must find its own free when it comes back.
const firstPort, lastPort = 15000, 32000

func freePort() int {
	for {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if l, err := net.Listen("tcp", local(port)); err == nil {
			l.Close()
			return port
		}
	}
}

// logs are the ends of what the members wrote.
func (r *Trio) logs() string {
	var b strings.Builder
	for _, m := range r.members {
		text, _ := os.ReadFile(filepath.Join(r.place.Dir, m.name+".log"))
		fmt.Fprintf(&b, "%s:\n%s\n", m.name, text[max(0, len(text)-2000):])
	}
	return b.String()
}

var errNoLeader = errors.New("no member leads")

func (r *Trio) leader() (*member, error) {
	for _, m := range r.members {
		if s, err := m.state(); err == nil && s.leads() {
			return m, nil
		}
	}
	return nil, errNoLeader
}

// Waits for the trio are generous: a start makes three clusters, and a member
// that comes back may be rewound first, on a machine that does other work.
const (
	wholeLimit = 3 * time.Minute
	lookEvery  = 200 * time.Millisecond
)

// AwaitWhole waits until one member leads and the others follow it, and one
// of them confirms what the leader writes.
func (r *Trio) AwaitWhole() (err error) {
	for end := time.Now().Add(wholeLimit); time.Now().Before(end); time.Sleep(lookEvery) {
		if err = r.whole(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("the trio is not whole after %s: %w", wholeLimit, err)
}

func (r *Trio) whole() error {
	leaders, standbys, waited, timelines := 0, 0, 0, map[int]bool{}
	for _, m := range r.members {
		s, err := m.state()
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		if s.State != "running" {
			return fmt.Errorf("%s is %s", m.name, s.State)
		}
		timelines[s.Timeline] = true
		if s.leads() {
			leaders++
			standbys, waited = s.follows()
		}
	}
	if leaders != 1 || standbys != size-1 || len(timelines) != 1 || r.synchronous && waited != 1 {
		return fmt.Errorf("%d members lead, %d follow, %d are waited for, on %d timelines", leaders, standbys, waited, len(timelines))
	}
	return nil
}

// servers is how an address names all three.
func (r *Trio) servers() string {
	var all []string
	for _, m := range r.members {
		all = append(all, local(m.port))
	}
	return strings.Join(all, ",")
}

// makeDatabase makes the role and the database, by the documented command, and
// waits until every standby has them: a client that asks one without them gets an
// error and does not look for the leader.
func (r *Trio) makeDatabase() error {
	out, err := r.psql("postgres:secret-1", r.servers(), "postgres?target_session_attrs=read-write",
		"-c", "CREATE ROLE bookgate LOGIN PASSWORD 'secret-4'",
		"-c", "CREATE DATABASE bookgate OWNER bookgate ENCODING UTF8 LOCALE 'C.UTF-8' TEMPLATE template0")
	if err != nil {
		return fmt.Errorf("make the database: %w\n%s", err, out)
	}
	for _, m := range r.members {
		if err := r.awaitDatabase(m); err != nil {
			return err
		}
	}
	return nil
}

func (r *Trio) awaitDatabase(m *member) (err error) {
	for end := time.Now().Add(wholeLimit); time.Now().Before(end); time.Sleep(lookEvery) {
		if _, err = r.psql("bookgate:secret-4", local(m.port), "bookgate", "-c", "SELECT 1"); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s has no database after %s: %w", m.name, wholeLimit, err)
}

func (r *Trio) psql(user, servers, database string, args ...string) ([]byte, error) {
	return r.place.Command("psql", append([]string{"postgres://" + user + "@" + servers + "/" + database}, args...)...).CombinedOutput()
}

// URL is the address of the trio's database, at its leader.
func (r *Trio) URL() string {
	return "postgres://bookgate:secret-4@" + r.servers() + "/bookgate?target_session_attrs=read-write"
}

// Packages are what has to be installed for a trio, by their names in Debian.
const Packages = "postgresql-15 patroni python3-etcd etcd-server etcd-client haproxy"

// need skips a test where a program is missing.
func need(t testing.TB) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the processes of a trio are found in /proc, which this system does not have")
	}
	var missing []string
	for _, program := range []string{"etcd", "patroni", "patronictl", "psql", "haproxy"} {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, program)
		}
	}
	if len(missing) > 0 {
		t.Skipf("a trio cannot be started here: %s not on PATH\n  Debian: apt-get install --no-install-recommends %s", strings.Join(missing, ", "), Packages)
	}
}
