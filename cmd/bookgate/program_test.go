package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/cli/settings"
)

// process is what a program of the stories has of the world. It runs within this
// one, beside those of other stories, unless a story runs it in the background or
// by another program.
type process struct {
	ctx      context.Context
	args     []string
	in       io.Reader
	out, err io.Writer
	dir      string
	environ  []string
}

// path returns the place of a file that the story names.
func (p process) path(name string) string {
	if p.dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(p.dir, name)
}

// parse reads the flags of the program, and returns the arguments behind them.
func (p process) parse(flags *flag.FlagSet) ([]string, error) {
	flags.SetOutput(p.err)
	err := flags.Parse(p.args)
	return flags.Args(), err
}

// programs are those that stories run by name, which each returns its exit code.
var programs = map[string]func(process) int{
	"bookgate": bookgate,
	"http":     orFail(request),
	"graphql":  orFail(askGraphQL),
	"crowd":    orFail(crowd),
	"leased":   orFail(checkLeased),
}

func bookgate(p process) int {
	return run(p.ctx, p.args, cli.App{In: p.in, Out: p.out, Err: p.err, Environ: p.environ, Dir: p.dir,
		HashPassword: auth.LeastCost().Hash}) // a gateway would spend most of its time on passwords
}

// orFail returns a program with the exit code 1 where it fails.
func orFail(program func(process) error) func(process) int {
	return func(p process) int {
		if err := program(p); err != nil {
			fmt.Fprintln(p.err, err)
			return 1
		}
		return 0
	}
}

// alone is the main function of a program in a process of its own.
func alone(program func(process) int) func() {
	return func() {
		os.Exit(program(process{ctx: context.Background(), args: os.Args[1:], in: os.Stdin, out: os.Stdout, err: os.Stderr}))
	}
}

// exit ends a program that always has a process of its own.
func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// cmdRun runs a program within this process, where it starts as fast as a function,
// and wants it to succeed, or with ! to fail:
//
//	run bookgate party list --data data
func cmdRun(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 || programs[args[0]] == nil {
		ts.Fatalf("usage: run PROGRAM…, which is one of %v", slices.Sorted(maps.Keys(programs)))
	}
	r := runProgram(ts, args[0], args[1:])
	r.show(ts)
	if (r.code != 0) != neg {
		ts.Fatalf("%s ended with exit code %d", args[0], r.code)
	}
}

// result is what a program did.
type result struct {
	code     int
	out, err string
}

// show makes it what stdout and stderr look at.
func (r result) show(ts *testscript.TestScript) {
	io.WriteString(ts.Stdout(), r.out)
	io.WriteString(ts.Stderr(), r.err)
}

// programLimit is how long a program may run: one that goes on would end with
// the tests.
const programLimit = 2 * time.Minute

// runProgram runs a program, in a process of its own unless it can run in this one.
func runProgram(ts *testscript.TestScript, name string, args []string) result {
	ctx, cancel := context.WithTimeout(context.Background(), programLimit)
	defer cancel()
	play := ts.Value(playKey{}).(*play)
	in := strings.NewReader(play.input)
	play.input = ""
	var out, err bytes.Buffer
	program, ok := programs[name]
	if !ok {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), storyEnviron(ts), in, &out, &err
		failed := cmd.Run()
		if cmd.ProcessState == nil {
			ts.Fatalf("%s: %v", name, failed)
		}
		return result{cmd.ProcessState.ExitCode(), out.String(), err.String()}
	}
	code := program(process{ctx: ctx, args: args, in: in, out: &out, err: &err, dir: ts.MkAbs("."), environ: storyEnviron(ts)})
	return result{code, out.String(), err.String()}
}

// storyEnviron is the environment of a story, as far as programs read it.
func storyEnviron(ts *testscript.TestScript) (environ []string) {
	names := []string{"PATH", "HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "BOOKGATE_PROFILE", "BOOKGATE_ENV_FILE", "GORACE"}
	for _, s := range settings.All() {
		names = append(names, settings.Variable(s.Name))
	}
	for _, name := range names {
		if value := ts.Getenv(name); value != "" {
			environ = append(environ, name+"="+value)
		}
	}
	return environ
}

// cmdInput makes a file the standard input of the next program:
//
//	input password
//	run bookgate user add bokhandel --party 7045 --password-stdin --data data
func cmdInput(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: input FILE")
	}
	ts.Value(playKey{}).(*play).input = ts.ReadFile(args[0])
}

// inProcess finds the program of a line that waits for its end.
var inProcess = regexp.MustCompile(`^(?:\[[^\]]*\] *)*(?:[!?] )?exec (\w+) .*[^&\n]\n$`)

// TestStoriesRunPrograms wants every program that can run within this process to do
// so, but in the background and under another program: a process takes a hundred
// times as long to start.
func TestStoriesRunPrograms(t *testing.T) {
	all, err := filepath.Glob(filepath.Join(stories, "*.txtar"))
	if err != nil || len(all) == 0 {
		t.Fatalf("%d stories, %v", len(all), err)
	}
	for _, name := range all {
		text, err := os.ReadFile(name)
		mustNot(t, err)
		script, _, _ := strings.Cut(string(text), "\n-- ")
		for line := range strings.Lines(script) {
			program := inProcess.FindStringSubmatch(line)
			if program != nil && programs[program[1]] != nil {
				t.Errorf("%s: write run %s in place of exec: %s", filepath.Base(name), program[1], line)
			}
		}
	}
}
