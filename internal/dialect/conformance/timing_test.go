//go:build all && soak && !plant

package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/plant"
)

// soakPairs is how many pairs of requests are asked of a route, under each of its
// names, and controlPairs how many the control asks, whose fault lasts many times
// as long.
const (
	soakPairs    = 50_000
	controlPairs = 4000
)

// TestSoakRefusalsTakeAsLong: nothing is revealed by the time that a refusal takes.
// The measuring is TestMeasureRefusals, in a program of its own that is built
// without the race detector and with the faults of package plant.
func TestSoakRefusalsTakeAsLong(t *testing.T) {
	binary := timingBinary(t)
	out, err := measureTimes(binary, "", soakPairs, "all")
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
	out, err = measureTimes(binary, plant.EarlyReturn, controlPairs, "control")
	t.Logf("with %s: %s", plant.EarlyReturn, out)
	if leaks := strings.Count(string(out), "LEAK"); err == nil || leaks == 0 {
		t.Errorf("%d routes tell foreign from absent with the fault, %v; the measuring proves nothing", leaks, err)
	}
}

// timingBinary builds the tests of this package for measuring.
func timingBinary(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "timing")
	out, err := exec.Command("go", "test", "-c", "-tags", "all,plant", "-o", binary, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// measureTimes measures with a fault, or none, so many pairs of each of the routes
// of a choice (see timedRoutes), and returns the figures.
func measureTimes(binary string, f plant.Fault, pairs int, choice string) (figures []byte, err error) {
	cmd := exec.Command(binary, "-test.run", "^TestMeasure", "-test.timeout", "5h")
	cmd.Env = append(os.Environ(), "PLANTED_FAULT="+string(f), fmt.Sprintf("%s=%d %s", timingVariable, pairs, choice))
	return cmd.CombinedOutput()
}
