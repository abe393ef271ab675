//go:build all

package chaos

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/internal/postgrestest"
)

// toolsDir names the folder in which the program and the shim are built, once
// for all runs, and in which their figures are stored for the summary.
const toolsDir = "CHAOS_TOOLS"

// diskDir names a folder on a real disk, where the Makefile has stores of other
// tests in memory: the runs that kill, cut the power or fill the disk look there.
const diskDir = "TEST_DISK"

// runsAtOnce is how many parallel runs are at it together, also where there are
// fewer cores: most of their time they wait.
const runsAtOnce = "4"

func TestMain(m *testing.M) {
	flag.Parse()
	flag.Set("test.parallel", runsAtOnce)
	dir, err := os.MkdirTemp("", "chaos-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Setenv(toolsDir, dir)
	if disk := os.Getenv(diskDir); disk != "" {
		os.Setenv("TMPDIR", disk)
	}
	code := postgrestest.Run(m)
	if lines, err := os.ReadFile(summary()); err == nil && testing.Verbose() {
		fmt.Printf("\nSUMMARY\n%s\n", lines)
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

func summary() string { return filepath.Join(os.Getenv(toolsDir), "summary") }

// figures logs a run's line, and repeats it at the end of all runs where those
// are printed in full.
func figures(t *testing.T, format string, args ...any) {
	t.Helper()
	line := fmt.Sprintf(format, args...)
	t.Log(line)
	f, err := os.OpenFile(summary(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	fmt.Fprintf(f, "%s: %s\n", t.Name(), line) // one write, so that lines of runs beside each other stay whole
}

// program and shim build what the runs need when the first of them asks.
var (
	program = sync.OnceValues(func() (string, error) { return harness.Build(os.Getenv(toolsDir)) })
	planted = sync.OnceValues(func() (string, error) { return harness.Build(os.Getenv(toolsDir), "plant") })
	shim    = sync.OnceValues(buildShim)
)

func buildShim() (library string, err error) {
	library = filepath.Join(os.Getenv(toolsDir), "disk.so")
	out, err := exec.Command("gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", library, "shim/disk.c", "-ldl").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the shim: %w\n%s", err, out)
	}
	return library, nil
}

// needShim returns the shim, or skips the run where there can be none.
func needShim(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the shim stands in front of glibc, which only Linux has")
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("the shim is written in C, and gcc is not there to build it")
	}
	library, err := shim()
	if err != nil {
		t.Fatal(err)
	}
	return library
}

func needProgram(t *testing.T) string {
	t.Helper()
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// plantedScene makes a scene whose gateways have the fault, for a control.
func plantedScene(t *testing.T, e engine, f plant.Fault, env ...string) harness.Scene {
	t.Helper()
	binary, err := planted()
	if err != nil {
		t.Fatal(err)
	}
	s := newScene(t, e, env...)
	s.Binary, s.Env = binary, append(s.Env, "PLANTED_FAULT="+string(f))
	return s
}
