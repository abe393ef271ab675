package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	startLimit = 60 * time.Second // a start after a crash replays the log first
	stopLimit  = 20 * time.Second
	superuser  = "bookgate"
	sessions   = "500" // the replicas of several tests at once, each of which opens some thirty
)

// Server is a running PostgreSQL server.
type Server struct {
	bin, dir string
	who      *syscall.Credential
	port     int
	shell    *exec.Cmd
	stdin    io.Closer
	settings []string
}

// start makes a cluster below root and starts its server. Each setting is
// written as name=value.
func start(root string, settings ...string) (*Server, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, settings: settings}
	if s.who, err = account(); err != nil {
		return nil, err
	}
	if s.dir, err = makeDir(root, s.who); err != nil {
		return nil, err
	}
	if s.port, err = freePort(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	if err := s.initdb(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	if err := s.launch(); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// initdb makes the cluster: the first of a process by the program of that name, which
// takes a second, and every other as a copy of it. It is not synced: a test cluster
// need not survive the power, and what is written later is synced all the same.
func (s *Server) initdb() error {
	shared.cluster.Do(func() { shared.cluster.dir, shared.cluster.err = s.makeCluster() })
	if shared.cluster.err != nil {
		return shared.cluster.err
	}
	return s.run("cp", "-a", data(shared.cluster.dir), data(s.dir))
}

// makeCluster makes the cluster that others are copied from, and returns its folder.
func (s *Server) makeCluster() (dir string, err error) {
	if dir, err = makeDir(memory(), s.who); err != nil {
		return "", err
	}
	return dir, s.run(filepath.Join(s.bin, "initdb"), "--pgdata", data(dir), "--username", superuser, "--auth", "trust",
		"--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--data-checksums")
}

// run runs a program by the account of the server until it ends.
func (s *Server) run(program string, args ...string) error {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.SysProcAttr = s.dir, under(s.who)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(program), err, out)
	}
	return nil
}

// watch ends the server when its standard input ends, as it does with the test
// process, however that ends.
const watch = `"$@" & server=$!; cat >/dev/null; kill -QUIT "$server"; wait "$server"`

// launch starts the server on the cluster and waits until it answers.
func (s *Server) launch() error {
	args := []string{"-c", watch, "watch", filepath.Join(s.bin, "postgres"), "-D", data(s.dir),
		"-c", "listen_addresses=127.0.0.1", "-c", "port=" + strconv.Itoa(s.port), "-c", "unix_socket_directories=" + s.dir,
		"-c", "max_connections=" + sessions, "-c", "shared_buffers=64MB", "-c", "max_wal_size=256MB", "-c", "log_line_prefix=%m [%p] "}
	for _, set := range s.settings {
		args = append(args, "-c", set)
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	s.shell = exec.Command("sh", args...)
	s.shell.Dir, s.shell.SysProcAttr, s.shell.Stdout, s.shell.Stderr = s.dir, under(s.who), log, log
	if s.stdin, err = s.shell.StdinPipe(); err != nil {
		return err
	}
	if err := s.shell.Start(); err != nil {
		return err
	}
	return s.await()
}

// await waits until the server answers.
func (s *Server) await() (err error) {
	for deadline := time.Now().Add(startLimit); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err = s.ask("SELECT 1"); err == nil {
			return nil
		}
	}
	log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return fmt.Errorf("the server did not start: %w\n%s", err, log)
}

// ask runs one statement as the superuser.
func (s *Server) ask(text string) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	c, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, text)
	return err
}

// URL is the address of a database of the server.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", superuser, s.port, database)
}

// Port is the server's port on 127.0.0.1.
func (s *Server) Port() int { return s.port }

// Kill ends the server as a crash of the machine would, with no time to write
// anything, and its sessions with it: left to notice that the server is gone,
// they would go on answering for a moment.
func (s *Server) Kill() error {
	pid, err := s.pid()
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return err
	}
	for _, session := range s.orphans() {
		syscall.Kill(session, syscall.SIGKILL) // one that has ended meanwhile is as well
	}
	s.stdin.Close()
	s.shell.Wait() // reports the kill
	return s.awaitEnd()
}

// awaitEnd waits for the end of the processes of a killed server.
func (s *Server) awaitEnd() error {
	for deadline := time.Now().Add(startLimit); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if len(s.orphans()) == 0 {
			return nil
		}
	}
	return errors.New("the sessions of the killed server do not end")
}

// Restart starts the server after a Kill.
func (s *Server) Restart() error { return s.launch() }

// orphans are the processes of a killed server that still live. They hold its
// shared memory, so that no new one can start.
func (s *Server) orphans() (pids []int) {
	procs, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return nil
	}
	for _, p := range procs {
		if to, err := os.Readlink(p); err == nil && to == data(s.dir) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(p))) // the pattern lets only digits through
			pids = append(pids, pid)
		}
	}
	return pids
}

// pid is the number of the server's first process.
func (s *Server) pid() (int, error) {
	text, err := os.ReadFile(filepath.Join(data(s.dir), "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strconv.Atoi(line)
}

// stop ends the server and removes the cluster.
func (s *Server) stop() error {
	if s.shell != nil && s.shell.Process != nil && s.shell.ProcessState == nil {
		s.stdin.Close()
		timer := time.AfterFunc(stopLimit, func() { s.shell.Process.Kill() })
		s.shell.Wait() // reports the signal
		timer.Stop()
	}
	return os.RemoveAll(s.dir)
}
