package harness

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Build compiles the program into dir and returns its path. With tags it is
// another program, "bookgate-TAGS".
func Build(dir string, tags ...string) (binary string, err error) {
	binary = filepath.Join(dir, strings.Join(append([]string{"bookgate"}, tags...), "-"))
	out, err := exec.Command("go", "build", "-tags", strings.Join(tags, ","), "-o", binary,
		"github.com/bookgate/bookgate/cmd/bookgate").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build bookgate: %w\n%s", err, out)
	}
	return binary, nil
}

// admin runs a command of the binary and returns its output.
func admin(env []string, binary string, args ...string) ([]byte, error) {
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), env...)
	var out, words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &words
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("bookgate %s: %w\n%s", strings.Join(args, " "), err, words.Bytes())
	}
	return out.Bytes(), nil
}

// Gateway is a running bookgate.
type Gateway struct {
	Base    string // its address
	Metrics string // where it serves its metrics
	cmd     *exec.Cmd
	log     *tail
	found   chan string   // has the address when the process is ready
	done    chan struct{} // closed when the process has ended
}

// startLimit is how long a start may take on a busy machine before it counts
// as failed.
const startLimit = 30 * time.Second

// Start runs serve over the store in dir on a free port and waits for its
// banner.
func Start(binary, dir string, args ...string) (*Gateway, error) {
	return startWith(nil, nil, binary, append([]string{"--data", dir}, args...)...)
}

func startWith(env []string, log io.Writer, binary string, args ...string) (*Gateway, error) {
	return startCommand(serveCommand(env, binary, args...), log)
}

func serveCommand(env []string, binary string, args ...string) *exec.Cmd {
	cmd := exec.Command(binary, serveArgs(args)...)
	cmd.Env = append(os.Environ(), env...)
	return cmd
}

func serveArgs(args []string) []string {
	return append([]string{"serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--drain", "0s"}, args...)
}

// startActivated starts the program with sockets, as a service manager passes them.
// They stay open here.
func startActivated(env []string, sockets []*os.File, names string, binary string, args ...string) (*Gateway, error) {
	cmd := exec.Command("sh", append([]string{"-c", `LISTEN_PID=$$ exec "$@"`, "sh", binary}, serveArgs(args)...)...)
	cmd.Env = append(os.Environ(), append(env, fmt.Sprintf("LISTEN_FDS=%d", len(sockets)), "LISTEN_FDNAMES="+names)...)
	cmd.ExtraFiles = sockets
	return startCommand(cmd, nil)
}

func startCommand(cmd *exec.Cmd, log io.Writer) (*Gateway, error) {
	g, err := begin(cmd, log)
	if err != nil {
		return nil, err
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return g, nil
}

// begin starts a process and does not wait for it. What it writes goes to log too,
// unless that is nil.
func begin(cmd *exec.Cmd, log io.Writer) (*Gateway, error) {
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start bookgate: %w", err)
	}
	g := &Gateway{cmd: cmd, log: &tail{}, found: make(chan string, 1), done: make(chan struct{})}
	said := io.Reader(stderr)
	if log != nil {
		said = io.TeeReader(stderr, log)
	}
	go g.watch(said, g.found)
	return g, nil
}

// Wait waits until the process is ready, once. It ends one that takes too long.
func (g *Gateway) Wait() error {
	select {
	case g.Base = <-g.found:
		return nil
	case <-g.done:
		return fmt.Errorf("bookgate ended at its start:\n%s", g.log)
	case <-time.After(startLimit):
		g.Kill()
		return fmt.Errorf("bookgate was not ready after %s:\n%s", startLimit, g.log)
	}
}

var (
	address = regexp.MustCompile(`^  API +(http://[^ /]+)/orders`)
	scraped = regexp.MustCompile(`^  Metrics +(http://\S+)`)
)

// watch reads what the program says until it ends.
func (g *Gateway) watch(stderr io.Reader, found chan<- string) {
	base := ""
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		line := lines.Text()
		g.log.add(line)
		if m := address.FindStringSubmatch(line); m != nil {
			base = m[1]
		}
		if m := scraped.FindStringSubmatch(line); m != nil {
			g.Metrics = m[1]
		}
		if base != "" && strings.HasPrefix(line, "ready in ") {
			found <- base
			base = ""
		}
	}
	g.cmd.Wait()
	close(g.done)
}

// Kill ends the process with SIGKILL, as a crash would, and waits for its end.
func (g *Gateway) Kill() { g.end(syscall.SIGKILL) }

// Stop ends the process with SIGTERM and returns its exit code.
func (g *Gateway) Stop() int {
	g.end(syscall.SIGTERM)
	return g.cmd.ProcessState.ExitCode()
}

func (g *Gateway) end(s syscall.Signal) {
	g.cmd.Process.Signal(s)
	<-g.done
}

// Signal sends the process a signal.
func (g *Gateway) Signal(s syscall.Signal) error { return g.cmd.Process.Signal(s) }

// Ended is closed when the process has ended.
func (g *Gateway) Ended() <-chan struct{} { return g.done }

// PID is the number of the process.
func (g *Gateway) PID() int { return g.cmd.Process.Pid }

// Running reports whether the process has not ended.
func (g *Gateway) Running() bool {
	select {
	case <-g.done:
		return false
	default:
		return true
	}
}

// Log returns the last lines that the process wrote.
func (g *Gateway) Log() string { return g.log.String() }

// secretText finds what authenticates a caller: tickets, tokens, client secrets,
// keys, and secrets of webhooks, by how the program begins them.
var secretText = regexp.MustCompile(`\b(TGT-\d+-[\w-]{20}|bk(s|t|st)_[\w-]{20}|bgk_[a-z]+_[\w-]{20}|whsec_[\w+/]{20})`)

// Leaks returns the lines that the process wrote with a secret in them.
func (g *Gateway) Leaks() []string {
	g.log.mu.Lock()
	defer g.log.mu.Unlock()
	return slices.Clone(g.log.leaks)
}

// tail keeps the last lines of a log, and those with a secret in them.
type tail struct {
	mu    sync.Mutex
	lines []string
	leaks []string
}

const tailLines = 50

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if secretText.MatchString(line) {
		t.leaks = append(t.leaks, line)
	}
	t.lines = append(t.lines, line)
	if len(t.lines) > tailLines {
		t.lines = t.lines[1:]
	}
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}

// Usage is what a process has taken of the machine so far.
type Usage struct {
	CPU      time.Duration // user and system time
	Resident int64         // bytes now
	Peak     int64         // bytes at most
}

// Usage reads the process's figures from /proc.
func (g *Gateway) Usage() (u Usage, err error) {
	if runtime.GOOS != "linux" {
		return u, errors.New("the figures of a process are read from /proc, which this system does not have")
	}
	dir := fmt.Sprintf("/proc/%d/", g.cmd.Process.Pid)
	stat, err := os.ReadFile(dir + "stat")
	if err != nil {
		return u, err
	}
	// The fields after the command's name, which may hold blanks; utime and
	// stime are the 12th and 13th of them, in ticks of 10 ms (proc(5)).
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const tick = 10 * time.Millisecond
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	u.CPU = time.Duration(user+system) * tick
	status, err := os.ReadFile(dir + "status")
	if err != nil {
		return u, err
	}
	u.Resident, u.Peak = kilobytes(status, "VmRSS:"), kilobytes(status, "VmHWM:")
	return u, nil
}

func kilobytes(status []byte, name string) int64 {
	_, rest, _ := strings.Cut(string(status), name)
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(fields[0], 10, 64)
	return n << 10
}

// FreeAddress returns an address of loopback on which nothing listens just now, for a
// program that needs one before it starts.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
