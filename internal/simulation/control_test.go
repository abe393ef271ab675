//go:build all

package simulation

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/plant"
)

// The short form, and how many seeds a planted fault may live through.
const (
	shortRun     = 5 * time.Second
	shortSeeds   = 100_000 // more than there is time for
	controlRun   = 60 * time.Second
	controlSeeds = 400
)

// TestSimulationControls runs this test anew, built without the race detector and
// with the faults that can be planted: as many seeds as fit without a fault, which
// none may break, and some with each fault, which must be caught.
func TestSimulationControls(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "simulation.test")
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-tags", "plant", "-o", binary,
		".").CombinedOutput(); err != nil {
		t.Fatalf("go test -c: %v\n%s", err, out)
	}
	t.Run("no fault", func(t *testing.T) {
		t.Parallel()
		out, passed := runSeeds(t, binary, "", shortSeeds, shortRun)
		if t.Log(figures(out)); !passed {
			t.Errorf("without a fault:\n%s", out)
		}
	})
	for fault, words := range map[plant.Fault]string{
		plant.DropWakeUp:   "the delivery of change",
		plant.StampsGoBack: "is stamped",
		plant.LatePage:     "poll ",
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			out, passed := runSeeds(t, binary, fault, controlSeeds, controlRun)
			t.Logf("control: %s", figures(out))
			if passed || !strings.Contains(out, words) {
				t.Errorf("%s was planted, and is not found:\n%s", fault, out)
			}
		})
	}
}

// runSeeds runs TestSimulation of a built test.
func runSeeds(t *testing.T, binary string, fault plant.Fault, seeds int, limit time.Duration) (out string,
	passed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "-test.run", "^TestSimulation$", "-test.v", "-seeds",
		strconv.Itoa(seeds), "-limit", limit.String())
	cmd.Env = append(os.Environ(), "PLANTED_FAULT="+string(fault))
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	err := cmd.Run()
	return text.String(), err == nil
}

// figures is the line of a run that says how many seeds there were.
func figures(out string) string {
	return regexp.MustCompile(`\d+ seeds in .*`).FindString(out)
}
