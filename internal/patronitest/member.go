package patronitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/bookgate/bookgate/internal/postgrestest"
)

// member is one machine of the trio: etcd, Patroni and the server that it
// looks after.
type member struct {
	place         postgrestest.Place
	name          string // db1 and so on
	settings      string // patroni.yml, with this trio's addresses
	dir           string
	rest, port    int
	etcd, patroni *process
}

func (m *member) startPatroni() (err error) {
	path := m.file()
	if err := os.WriteFile(path, []byte(m.settings), 0o644); err != nil {
		return err
	}
	m.patroni, err = launch(m.place, syscall.SIGTERM, m.name+".log", "patroni", path)
	return err
}

// file is where the member's settings stand.
func (m *member) file() string { return filepath.Join(m.place.Dir, m.name+".yml") }

func (m *member) data() string { return filepath.Join(m.dir, "data") }

// kill ends Patroni and every process of its server at once, as the end of
// their machine would. The member of etcd goes on, as on a machine of its own.
func (m *member) kill() error {
	first, err := postmaster(m.data())
	if err != nil {
		return err
	}
	others, err := sessions(first)
	if err != nil {
		return err
	}
	m.patroni.kill()
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill the server of %s: %w", m.name, err)
	}
	for pid := range others {
		syscall.Kill(pid, syscall.SIGKILL) // or has gone with its postmaster
	}
	m.patroni = nil
	return nil
}

// halt stops the processes that send the server's log to its standbys. The
// server goes on taking changes.
func (m *member) halt() error {
	first, err := postmaster(m.data())
	if err != nil {
		return err
	}
	all, err := sessions(first)
	if err != nil {
		return err
	}
	halted := 0
	for pid, title := range all {
		if strings.Contains(title, "walsender") && syscall.Kill(pid, syscall.SIGSTOP) == nil {
			halted++
		}
	}
	if halted != 2 {
		return fmt.Errorf("%s sends its log to %d standbys instead of 2", m.name, halted)
	}
	return nil
}

// remove ends everything of the member. Its data is not needed any more, so
// only the server is asked politely: it frees its shared memory.
func (m *member) remove() {
	if m.patroni != nil {
		m.patroni.kill()
	}
	if first, err := postmaster(m.data()); err == nil && syscall.Kill(first, syscall.SIGQUIT) == nil {
		for end := time.Now().Add(endLimit); time.Now().Before(end) && syscall.Kill(first, 0) == nil && !zombie(first); time.Sleep(20 * time.Millisecond) {
		}
	}
	m.etcd.end()
}

// zombie reports whether a process has ended and its parent has not asked how: the
// first process of a container may be slow to.
func zombie(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	_, rest, _ := strings.Cut(string(stat), ") ")
	return err == nil && strings.HasPrefix(rest, "Z")
}

// state is what Patroni says of a member.
type state struct {
	State       string `json:"state"`
	Role        string `json:"role"`
	Timeline    int    `json:"timeline"`
	Replication []struct {
		State string `json:"state"`
		Sync  string `json:"sync_state"`
	} `json:"replication"`
}

// askLimit is how long Patroni may take to answer; it answers from memory.
const askLimit = 5 * time.Second

var errNoPatroni = errors.New("no Patroni runs")

func (m *member) state() (s state, err error) {
	if m.patroni == nil {
		return s, errNoPatroni
	}
	client := http.Client{Timeout: askLimit}
	res, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/patroni", m.rest))
	if err != nil {
		return s, err
	}
	defer res.Body.Close()
	return s, json.NewDecoder(res.Body).Decode(&s)
}

// leads reports whether the server takes changes.
func (s state) leads() bool { return s.State == "running" && s.Role != "replica" && s.Role != "" }

// follows reports how many standbys the leader sends its log to, and how many of
// them it waits for.
func (s state) follows() (standbys, waited int) {
	for _, r := range s.Replication {
		if r.State != "streaming" {
			continue
		}
		standbys++
		if r.Sync == "sync" {
			waited++
		}
	}
	return standbys, waited
}
