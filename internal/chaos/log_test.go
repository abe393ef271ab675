//go:build all

package chaos

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/plant"
)

const (
	logRequests = 21_000 // their lines are more than what may wait
	logCallers  = 8
	logAnswer   = 10 * time.Second // for one answer, on a busy machine
	logSilence  = 5 * time.Second  // without any answer, at which the server counts as stopped
)

// mute is a log that takes nothing: what becomes of standard error, and how it
// takes something again, where it can.
type mute struct {
	name   string
	stderr func(t *testing.T) (write *os.File, rest func() string)
	lost   bool // lines must be lost
	closed bool // nothing is ever seen again
}

func mutes() []mute {
	return []mute{
		{name: "reader that has stopped", stderr: stoppedReader, lost: true},
		{name: "reader that has ended", stderr: endedReader, lost: true, closed: true},
		{name: "full disk", stderr: fullDisk, lost: true, closed: true},
	}
}

// stoppedReader is a pipe that is read when rest is called, and not before.
func stoppedReader(t *testing.T) (*os.File, func() string) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return w, func() string {
		var all bytes.Buffer
		r.SetReadDeadline(time.Now().Add(startLimit))
		buffer := make([]byte, 1<<16)
		for {
			n, err := r.Read(buffer)
			all.Write(buffer[:n])
			if err != nil || bytes.Contains(all.Bytes(), []byte("lines of the log are missing here")) {
				return all.String()
			}
		}
	}
}

func endedReader(t *testing.T) (*os.File, func() string) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	return w, nil
}

func fullDisk(t *testing.T) (*os.File, func() string) {
	w, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return w, nil
}

// TestLogThatTakesNothing serves with a log that nothing can be written to:
// every request is answered, no line is lost that is not counted, and the
// server ends on a signal.
func TestLogThatTakesNothing(t *testing.T) {
	t.Parallel()
	for _, m := range mutes() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			g := startMute(t, needProgram(t), m)
			answered := g.ask(logRequests)
			f := g.findings(t, m)
			figures(t, "log, %s: %d of %d requests answered (%s failed), %d lines lost and counted, end after %.1f s",
				m.name, answered, logRequests, bound(logRequests), f.lost, f.end.Seconds())
			if fault := f.fault(m, answered); fault != "" {
				t.Error(fault)
			}
		})
	}
	t.Run("control", func(t *testing.T) {
		t.Parallel()
		logControl(t)
	})
}

// logControl has a server that waits for its log's reader: it must stop.
func logControl(t *testing.T) {
	s := plantedScene(t, sqlite, plant.WaitForLog)
	m := mutes()[0]
	g := startMute(t, s.Binary, m, s.Env...)
	answered := g.ask(logRequests)
	g.cmd.Process.Kill()
	figures(t, "control, a server that waits for the reader of its log: %d of %d requests answered", answered, logRequests)
	if answered == logRequests {
		t.Error("control: a log that is waited for was not noticed")
	}
}

// muted is a gateway whose log takes nothing.
type muted struct {
	cmd        *exec.Cmd
	base       string
	metrics    string
	readLog    func() string
	ended      chan struct{}
	lastAnswer atomic.Int64
}

func startMute(t *testing.T, binary string, m mute, env ...string) *muted {
	t.Helper()
	w, rest := m.stderr(t)
	base, errBase := harness.FreeAddress()
	metrics, errMetrics := harness.FreeAddress()
	if err := errors.Join(errBase, errMetrics); err != nil {
		t.Fatal(err)
	}
	g := &muted{base: base, metrics: metrics, readLog: rest, ended: make(chan struct{})}
	g.cmd = exec.Command(binary, "serve", "--data", t.TempDir(), "--listen", g.base, "--metrics-listen", g.metrics,
		"--drain", "0s", "--log-format", "json")
	g.cmd.Env = append(os.Environ(), env...)
	g.cmd.Stderr = w
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	go func() { g.cmd.Wait(); close(g.ended) }()
	t.Cleanup(func() { g.cmd.Process.Kill(); <-g.ended })
	for deadline := time.Now().Add(startLimit); ; time.Sleep(20 * time.Millisecond) {
		if resp, err := http.Get("http://" + g.base + "/readyz"); err == nil {
			resp.Body.Close()
			return g
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: the server does not start", m.name)
		}
	}
}

// startLimit is how long a start may take on a busy machine.
const startLimit = 30 * time.Second

// ask sends n requests, each of which has a line in the log, and returns how
// many were answered. It ends early when the server has stopped answering.
func (g *muted) ask(n int) (answered int64) {
	g.lastAnswer.Store(time.Now().UnixNano())
	var left, good atomic.Int64
	left.Store(int64(n))
	var all sync.WaitGroup
	for range logCallers {
		all.Go(func() {
			client := &http.Client{Timeout: logAnswer, Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for left.Add(-1) >= 0 && time.Since(time.Unix(0, g.lastAnswer.Load())) < logSilence {
				resp, err := client.Get("http://" + g.base + "/v2/orders")
				if err != nil {
					continue
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if resp.StatusCode == http.StatusUnauthorized {
					good.Add(1)
					g.lastAnswer.Store(time.Now().UnixNano())
				}
			}
		})
	}
	all.Wait()
	return good.Load()
}

// logFindings is what became of the log.
type logFindings struct {
	ready    string // what /readyz said
	lost     int64  // by the metric
	reported int64  // by the line in the log; -1 where it cannot be read
	end      time.Duration
	code     int
}

var (
	lostLines     = regexp.MustCompile(`(?m)^bookgate_log_lines_lost_total (\S+)$`)
	reportedLines = regexp.MustCompile(`"lines of the log are missing here[^\n]*"lines":(\d+),`)
)

func (g *muted) findings(t *testing.T, m mute) (f logFindings) {
	t.Helper()
	f.ready, f.reported = get(t, "http://"+g.base+"/readyz"), -1
	lost := lostLines.FindStringSubmatch(get(t, "http://"+g.metrics+"/metrics"))
	if lost == nil {
		t.Fatal("the metric of lost lines is missing")
	}
	value, _ := strconv.ParseFloat(lost[1], 64)
	f.lost = int64(value)
	if !m.closed {
		log := g.readLog()
		if lines := reportedLines.FindStringSubmatch(log); lines != nil {
			f.reported, _ = strconv.ParseInt(lines[1], 10, 64)
		}
		go g.readLog() // the rest
	}
	begun := time.Now()
	g.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-g.ended:
		f.code = g.cmd.ProcessState.ExitCode()
	case <-time.After(startLimit):
		f.code = -1
	}
	f.end = time.Since(begun)
	return f
}

func (f logFindings) fault(m mute, answered int64) string {
	switch {
	case answered != logRequests:
		return fmt.Sprintf("%d of %d requests were answered", answered, logRequests)
	case m.lost && f.lost == 0:
		return "no lost line is counted"
	case !strings.Contains(f.ready, `"status":"ready"`) || !strings.Contains(f.ready, `"name":"log"`):
		return "/readyz says " + f.ready
	case !m.closed && (f.reported <= 0 || f.reported > f.lost+2): // the line of the last requests may be lost as well
		return fmt.Sprintf("the log reports %d lost lines, the metric %d", f.reported, f.lost)
	case f.code != 0:
		return fmt.Sprintf("the server did not end in time, or with code %d", f.code)
	}
	return ""
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
