package patronitest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/bookgate/bookgate/internal/postgrestest"
)

// process is a program that runs in the background. It ends with the test
// process, however that ends.
type process struct {
	pid   int
	shell *exec.Cmd
	stdin io.Closer
}

// watch starts a program, returns its process id, and ends it by a signal when our
// end of standard input is closed.
const watch = `sig=$1 log=$2; shift 2; "$@" >>"$log" 2>&1 & echo $!; exec >&-; cat >/dev/null; kill -s "$sig" $!; wait $!`

func launch(place postgrestest.Place, end syscall.Signal, log string, command ...string) (*process, error) {
	args := append([]string{"-c", watch, "watch", strconv.Itoa(int(end)), filepath.Join(place.Dir, log)}, command...)
	p := &process{shell: place.Command("sh", args...)}
	out, err := p.shell.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.stdin, err = p.shell.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.shell.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", command[0], err)
	}
	if _, err := fmt.Fscan(out, &p.pid); err != nil {
		return nil, fmt.Errorf("start %s: %w", command[0], err)
	}
	return p, nil
}

// end closes what keeps the program running and waits for its end.
func (p *process) end() {
	if p == nil {
		return
	}
	p.stdin.Close()
	timer := time.AfterFunc(endLimit, func() { syscall.Kill(p.pid, syscall.SIGKILL) })
	defer timer.Stop()
	p.shell.Wait() // reports the signal
}

// kill ends the program as a crash of its machine would.
func (p *process) kill() {
	syscall.Kill(p.pid, syscall.SIGKILL)
	p.end()
}

// endLimit is how long a program may take to end politely.
const endLimit = 20 * time.Second

// postmaster is the first process of the server in a data folder.
func postmaster(data string) (pid int, err error) {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strconv.Atoi(line)
}

// sessions are the processes that a postmaster started, by what they call
// themselves.
func sessions(postmaster int) (found map[int]string, err error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	found = map[int]string{}
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		// The parent is the second field after the name, which may hold blanks.
		_, rest, _ := strings.Cut(string(stat), ") ")
		if fields := strings.Fields(rest); len(fields) < 2 || fields[1] != strconv.Itoa(postmaster) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		title, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		found[pid] = string(title)
	}
	return found, nil
}
