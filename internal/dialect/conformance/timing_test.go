//go:build all && !plant

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

// controlPairs is how many pairs of requests the short form asks of each route of the
// control, whose fault lasts many times as long as what may be between two refusals.
const controlPairs = 4000

// TestRefusalsTakeAsLong: nothing is revealed by the time that a refusal takes, on the
// routes on which the control reveals it. The measuring is TestMeasureRefusals, in a
// program of its own that is built without the race detector and with the faults of
// package plant.
func TestRefusalsTakeAsLong(t *testing.T) {
	binary := timingBinary(t)
	out, err := measureTimes(binary, "", controlPairs, "control")
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
