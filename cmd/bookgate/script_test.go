package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/postgrestest"
)

// TestMain lets the stories run the real program by name, with a plain HTTP
// client, a crowd of senders, a receiver that polls and one that is sent to.
func TestMain(m *testing.M) {
	mains := map[string]func(){"bookgate": main, "poll": pollMain, "receive": receiveMain, "callbacks": callbacksMain}
	for name, program := range programs {
		if mains[name] == nil {
			mains[name] = alone(program)
		}
	}
	testscript.Main(tests{m}, mains)
}

// tests runs the tests and ends the database server that they started.
type tests struct{ m *testing.M }

func (t tests) Run() int { return postgrestest.Run(t.m) }

// stories is where the end-to-end stories are; samples is where the public
// EDItX samples lie, beside a developer's checkout. A user's clone has none.
const (
	stories = "../../testdata/script"
	samples = "../../../shared/editx/samples"
)

// TestStories plays every story against the real binary, over SQLite.
func TestStories(t *testing.T) {
	all, err := filepath.Glob(filepath.Join(stories, "*.txtar"))
	if err != nil || len(all) == 0 {
		t.Fatalf("%d stories, %v", len(all), err)
	}
	p := storyParams(t, "")
	p.Files = slices.DeleteFunc(all, func(name string) bool { return filepath.Base(name) == storeCopyStory })
	testscript.Run(t, p)
}

// storeCopyStory needs both databases, so TestStoreCopyStory plays it.
const storeCopyStory = "storecopy.txtar"

// storyParams is the world of a story. database is empty for the folder data.
func storyParams(t *testing.T, database string) testscript.Params {
	shared, err := filepath.Abs(samples)
	if err != nil {
		t.Fatal(err)
	}
	return testscript.Params{
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SAMPLES", shared)
			e.Setenv("GORACE", os.Getenv("GORACE"))
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config"))
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
			if database != "" {
				e.Setenv("BOOKGATE_DATABASE", database)
			}
			p := &play{folder: "data", database: database}
			e.Values[playKey{}] = p
			e.Defer(func() { p.end(e.T()) })
			return nil
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "samples":
				_, err := os.Stat(shared)
				return err == nil, nil
			case "postgres":
				return database != "", nil
			case "second": // a second database, beside the story's own
				return false, nil
			case "folder": // the store is a folder, so its files can be looked at
				return database == "", nil
			}
			return false, errors.New("unknown condition " + cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"run":        cmdRun,
			"input":      cmdInput,
			"gateway":    cmdGateway,
			"capture":    cmdCapture,
			"exits":      cmdExits,
			"damage":     cmdDamage,
			"eventually": cmdEventually,
			"oldstore":   cmdOldStore,
			"refused":    cmdRefused,
			"spoil":      cmdSpoil,
			"sqlite":     cmdSQLite,
			"mailbox":    cmdMailbox,
		},
	}
}

// play is what a story has running.
type play struct {
	folder   string
	database string // empty for the folder
	gateway  *harness.Gateway
	second   *harness.Gateway
	started  []*harness.Gateway
	mailbox  mailbox
	input    string // of the next program
}

type playKey struct{}

// end ends what a story has left running. No gateway of any story may have
// logged a secret.
func (p *play) end(t testscript.T) {
	defer p.mailbox.stop()
	for _, g := range []*harness.Gateway{p.gateway, p.second} {
		if g != nil {
			g.Kill()
		}
	}
	for _, g := range p.started {
		if leaks := g.Leaks(); len(leaks) > 0 {
			t.Fatal("a secret is in the log:\n" + strings.Join(leaks, "\n"))
		}
	}
}

// cmdGateway runs the server of a story over the folder data, or the database:
//
//	gateway start [flags…]   start it on free ports and set $BASE and $METRICS
//	gateway stop             end it politely and want exit code 0
//	gateway kill             end it as a crash would
//	gateway log PATTERN      want this in what it wrote
//	gateway move PLACE       from now on, start it over another folder or database
//
// On PostgreSQL a story may have a second one on the same database, as gateway
// second start and so on, with $SECOND.
func cmdGateway(ts *testscript.TestScript, neg bool, args []string) {
	p := ts.Value(playKey{}).(*play)
	gateway, base := &p.gateway, "BASE"
	if len(args) > 0 && args[0] == "second" {
		gateway, base, args = &p.second, "SECOND", args[1:]
	}
	if neg || len(args) == 0 {
		ts.Fatalf("usage: gateway [second] start|stop|kill|move|log")
	}
	switch args[0] {
	case "start":
		*gateway = p.start(ts, args[1:])
		ts.Setenv(base, (*gateway).Base)
		ts.Setenv("METRICS", (*gateway).Metrics)
	case "stop":
		code := (*gateway).Stop()
		log := (*gateway).Log()
		*gateway = nil
		if code != 0 {
			ts.Fatalf("the server ended with exit code %d:\n%s", code, log)
		}
	case "log":
		if len(args) != 2 {
			ts.Fatalf("usage: gateway log PATTERN")
		}
		wanted := regexpOf(ts, args[1])
		for deadline := time.Now().Add(logLimit); !wanted.MatchString(p.gateway.Log()); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				ts.Fatalf("%q is not in the log:\n%s", args[1:], p.gateway.Log())
			}
		}
	case "kill":
		(*gateway).Kill()
		*gateway = nil
	case "move":
		p.move(ts, args[1:])
	default:
		ts.Fatalf("gateway cannot %s", args[0])
	}
}

// logLimit is how long a line of the log may take: the log is written beside the
// answers.
const logLimit = 10 * time.Second

func (p *play) start(ts *testscript.TestScript, flags []string) *harness.Gateway {
	binary, err := exec.LookPath("bookgate")
	ts.Check(err)
	if p.database != "" {
		flags = append(flags, "--database", p.database)
	}
	g, err := harness.Start(binary, ts.MkAbs(p.folder), flags...)
	ts.Check(err)
	p.started = append(p.started, g)
	return g
}

// move lets the server and the commands of a story work in another place.
func (p *play) move(ts *testscript.TestScript, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: gateway move PLACE")
	}
	p.database = ""
	if strings.Contains(args[0], "://") {
		p.database = args[0]
	} else {
		p.folder = args[0]
	}
	ts.Setenv("BOOKGATE_DATABASE", p.database)
}

// cmdCapture sets a variable to what a pattern finds in the last output:
//
//	capture ID 'orders/([0-9a-f-]+)'
func cmdCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME PATTERN")
	}
	out := ts.ReadFile("stdout")
	m := regexp.MustCompile(`(?m)` + args[1]).FindStringSubmatch(out)
	if len(m) < 2 {
		ts.Fatalf("%s is not in:\n%s", args[1], out)
	}
	ts.Setenv(args[0], m[1])
}

// cmdExits runs a command and wants an exit code:
//
//	exits 6 bookgate editx check broken.xml
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	r := runProgram(ts, args[1], args[2:])
	r.show(ts)
	if r.code != want {
		ts.Fatalf("%s ended with exit code %d, want %d", args[1], r.code, want)
	}
}

// cmdDamage flips one bit of a file, in the first place where a text stands:
//
//	damage FILE TEXT
func cmdDamage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: damage FILE TEXT")
	}
	name := ts.MkAbs(args[0])
	b, err := os.ReadFile(name)
	ts.Check(err)
	at := bytes.Index(b, []byte(args[1]))
	if at < 0 {
		ts.Fatalf("%s is not in %s", args[1], args[0])
	}
	b[at] ^= 1
	ts.Check(os.WriteFile(name, b, 0o600))
}

func regexpOf(ts *testscript.TestScript, pattern string) *regexp.Regexp {
	re, err := regexp.Compile(`(?m)` + pattern)
	ts.Check(err)
	return re
}
