package main

import (
	"bufio"
	"bytes"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the outputs in the README and docs/, and the golden files, with what comes now")

// projectRoot is the top of the project, as tests of this package see it.
const projectRoot = "../.."

// consoleRuns are the pages with console blocks. The pages of a run continue one
// another, in this order: what one has started or stored, the next one uses.
var consoleRuns = map[string][]string{
	"README": {"README.md"},
	"docs": {
		"docs/tutorial.md", "docs/api/feed-and-events.md", "docs/api/webhooks.md",
		"docs/operations/install.md", "docs/operations/configuration.md",
		"docs/api/hark.md", "docs/api/installer.md", "docs/api/montly.md",
	},
}

// TestREADME runs every command of the console blocks in the README and in docs/,
// in their order, and compares the outputs with those that the pages show. Ids,
// times, tickets and the like differ from run to run and are compared by kind; an
// id in a later command means the one that stood in that place.
func TestREADME(t *testing.T) {
	for _, tool := range []string{"sh", "curl", "sed", "tr", "grep", "cut"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is missing: install it to have the commands of the README and of docs/ checked", tool)
		}
	}
	for name, pages := range consoleRuns {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			defer r.stop()
			for _, page := range pages {
				r.read(page)
			}
		})
	}
}

// TestConsolePages: each page with a console block is in one run.
func TestConsolePages(t *testing.T) {
	runs := map[string]int{}
	for _, pages := range consoleRuns {
		for _, page := range pages {
			runs[filepath.Join(projectRoot, page)]++
		}
	}
	for _, page := range publicPages(t) {
		want := 0
		if consoleBlock.MatchString(readPage(t, page)) {
			want = 1
		}
		if runs[page] != want {
			t.Errorf("%s is in %d runs of consoleRuns, want %d", page, runs[page], want)
		}
	}
}

var consoleBlock = regexp.MustCompile("(?s)```console\n.*?```\n")

// reader is a person who reads the pages and types what they say.
type reader struct {
	t      *testing.T
	page   string // the one that is read now
	dir    string
	port   string            // of the server that runs now
	ids    map[string]string // as a page shows it: as it is in this run
	server *exec.Cmd
}

func newReader(t *testing.T) *reader {
	return &reader{t: t, dir: t.TempDir(), ids: map[string]string{}}
}

// read runs the console blocks of a page, and with -update rewrites them.
func (r *reader) read(page string) {
	r.page = page
	path := filepath.Join(projectRoot, page)
	out := consoleBlock.ReplaceAllStringFunc(readPage(r.t, path), func(block string) string {
		return "```console\n" + r.block(block) + "```\n"
	})
	if *update && !r.t.Failed() {
		mustNot(r.t, os.WriteFile(path, []byte(out), 0o644))
	}
}

// step is a command with the output that a page shows.
type step struct{ command, output string }

func steps(block string) []step {
	var all []step
	lines := strings.SplitAfter(strings.TrimSuffix(strings.TrimPrefix(block, "```console\n"), "```\n"), "\n")
	continued := false
	for _, line := range lines {
		switch {
		case continued:
			all[len(all)-1].command += line
		case strings.HasPrefix(line, "$ "):
			all = append(all, step{command: line[2:]})
		case len(all) > 0:
			all[len(all)-1].output += line
		}
		continued = len(all) > 0 && all[len(all)-1].output == "" && strings.HasSuffix(line, "\\\n")
	}
	return all
}

// block runs one console block and returns it as it would be now.
func (r *reader) block(block string) string {
	var b strings.Builder
	for _, s := range steps(block) {
		command := r.translate(s.command)
		got := r.run(strings.TrimSpace(command))
		if !*update {
			if diff := cmp.Diff(mask(s.output), mask(r.shown(got))); diff != "" {
				r.t.Errorf("%s: $ %s(-page +now)\n%s", r.page, command, diff)
			}
		}
		r.learn(s.output, r.shown(got))
		b.WriteString("$ " + r.shown(command) + r.shown(got))
	}
	return b.String()
}

// shown puts the pages' port into an output of this run.
func (r *reader) shown(s string) string {
	if r.port != "" {
		s = strings.ReplaceAll(s, "127.0.0.1:"+r.port, "127.0.0.1:8080")
	}
	s = scraping.ReplaceAllString(s, "http://127.0.0.1:9464/metrics")
	s = strings.ReplaceAll(s, "\r\n", "\n")  // HTTP ends its lines so, a page does not
	s = secret.ReplaceAllString(s, "${1}_…") // so that a reader need not ask whether it is one
	return strings.ReplaceAll(s, r.dir, "/srv/shop")
}

var scraping = regexp.MustCompile(`http://127\.0\.0\.1:\d+/metrics`)

var secret = regexp.MustCompile(`(bks|whsec|bgk_[a-z]+)_[\w+/=-]{20,}`)

// translate puts this run's ids and port into a command of a page.
func (r *reader) translate(command string) string {
	if r.port != "" {
		command = strings.ReplaceAll(command, "127.0.0.1:8080", "127.0.0.1:"+r.port)
	}
	return volatile.ReplaceAllStringFunc(command, func(id string) string {
		if now, ok := r.ids[id]; ok {
			return now
		}
		return id
	})
}

// learn notes which id of this run stands where the page has another.
func (r *reader) learn(page, now string) {
	was, is := volatile.FindAllString(page, -1), volatile.FindAllString(now, -1)
	if len(was) != len(is) {
		return
	}
	for i := range was {
		r.ids[was[i]] = is[i]
	}
}

// volatile finds what differs from run to run: ids and their beginnings,
// tickets, tokens, secrets.
var volatile = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?|TGT-[\w.-]+|bk[cst]_[\w-]+|ep_[A-Z2-7]{26}|BG-[0-9A-Z]{5}-[0-9A-Z]{5}|bgk_[a-z]+_[\w…-]+|key_[0-9a-f]{16}`)

var masks = []struct {
	find *regexp.Regexp
	as   string
}{
	{volatile, "ID"},
	{regexp.MustCompile(`(?m)^(Date|Etag|Next|X-Request-Id|Last-Modified|Content-Length): .*`), "$1: …"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[TZ ]\d\d:\d\d:\d\d(\.\d+)?Z?`), "TIME"},
	{regexp.MustCompile(`\d\d:\d\d:\d\d`), "TIME"},
	{regexp.MustCompile(`(today|yesterday) \d\d:\d\d`), "TIME"},
	{regexp.MustCompile(`\d+\.\d s`), "N s"},
	{regexp.MustCompile(`[0-9a-f]{64}`), "SHA256"},
	{regexp.MustCompile(`_[0-9a-f]{8}\.xml`), "_ID.xml"},
	{regexp.MustCompile(`process \d+`), "process N"},
	{regexp.MustCompile(`"requestId":"\w+"`), `"requestId":"…"`},
	{regexp.MustCompile(`next=[\w-]+`), "next=…"},
	{regexp.MustCompile(`(?m)(^id: |"epoch":"|&epoch=)[a-z0-9]{8}`), "${1}EPOCH"},
	{regexp.MustCompile(`(?m)(^id: EPOCH-|"change":|feed\?after=)\d+`), "${1}N"},
}

// mask puts a word for its kind in place of everything that differs from run
// to run.
func mask(s string) string {
	for _, m := range masks {
		s = m.find.ReplaceAllString(s, m.as)
	}
	return s
}

// run types one command. The servers go on running behind it.
func (r *reader) run(command string) string {
	switch {
	case command == "make run":
		return r.serve("demo", "Stop with Ctrl-C.")
	case strings.HasPrefix(command, "bookgate serve"):
		return r.serve(strings.TrimPrefix(command, "bookgate "), "ready in ")
	}
	cmd := exec.Command("sh", "-c", r.assigned()+command)
	cmd.Dir, cmd.Env = r.dir, r.environ()
	out, _ := cmd.CombinedOutput() // a refusal is an output like any other
	if len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, '\n')
	}
	r.keepVariables(command)
	return string(out)
}

func (r *reader) environ() []string {
	return append(os.Environ(), "HOME="+r.dir, "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "TZ=UTC")
}

// assigned returns the shell variables that earlier commands set: each command
// runs in a shell of its own.
func (r *reader) assigned() string {
	b, err := os.ReadFile(filepath.Join(r.dir, ".variables"))
	if err != nil {
		return ""
	}
	return string(b)
}

var assignment = regexp.MustCompile(`^([A-Z]+)=\$\(`)

func (r *reader) keepVariables(command string) {
	m := assignment.FindStringSubmatch(command)
	if m == nil {
		return
	}
	cmd := exec.Command("sh", "-c", r.assigned()+command+"\nprintf '%s=\"%s\"\\n' "+m[1]+" \"$"+m[1]+"\" >> .variables")
	cmd.Dir, cmd.Env = r.dir, r.environ()
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Errorf("%s: %v\n%s", command, err, out)
	}
}

var listening = regexp.MustCompile(`http://127\.0\.0\.1:(\d+)/orders`)

// serve starts a server on a free port and returns its output until last.
func (r *reader) serve(arguments, last string) string {
	r.stop()
	cmd := exec.Command("bookgate", append(strings.Fields(arguments), "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0")...)
	cmd.Dir, cmd.Env = r.dir, r.environ()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.server = cmd
	said := readUntil(stderr, last)
	if m := listening.FindStringSubmatch(said); m != nil {
		r.port = m[1]
	} else {
		r.t.Fatalf("bookgate %s does not say where it listens:\n%s", arguments, said)
	}
	return said
}

// readUntil returns the lines up to one that begins with last, and leaves the
// rest to a goroutine, so that the writer never waits.
func readUntil(from io.Reader, last string) string {
	var said bytes.Buffer
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		said.WriteString(line)
		if err != nil || strings.HasPrefix(line, last) {
			go io.Copy(io.Discard, lines)
			return said.String()
		}
	}
}

// stopLimit is how long a server may take to end politely.
const stopLimit = 20 * time.Second

func (r *reader) stop() {
	if r.server == nil {
		return
	}
	r.server.Process.Signal(syscall.SIGTERM)
	timer := time.AfterFunc(stopLimit, func() { r.server.Process.Kill() })
	r.server.Wait()
	timer.Stop()
	r.server = nil
}
