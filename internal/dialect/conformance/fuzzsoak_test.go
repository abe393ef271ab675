//go:build all && soak

package conformance

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/plant"
)

// TestSoakFuzzingFindsAPanic is the control of the fuzz targets: one path of the server
// panics, and FuzzHTTP, which begins some mutations away from it, must find it.
func TestSoakFuzzingFindsAPanic(t *testing.T) {
	const enough, atMost = "4m", 8 * time.Minute // a find ends it; with the build, on a busy machine
	ctx, stop := context.WithTimeout(t.Context(), atMost)
	defer stop()
	cmd := exec.CommandContext(ctx, "go", "test", "-tags", "plant", "-run", "^$", "-fuzz", "^FuzzHTTP$", "-fuzztime", enough, "-fuzzminimizetime", "1x",
		"-parallel", "2", "-test.fuzzcachedir", t.TempDir(), ".")
	cmd.Env = append(os.Environ(), "PLANTED_FAULT="+string(plant.PanicOnMagic))
	out, err := cmd.CombinedOutput()
	found := finds(t)
	if err == nil || !strings.Contains(string(out), "a fault of the server: GET") || len(found) != 1 {
		t.Errorf("the planted panic was not found: %v, %d finds\n%s", err, len(found), out)
	}
}

// finds are the inputs that the run has written, which are taken away again: they
// fail nothing in a build without the fault.
func finds(t *testing.T) (written []string) {
	t.Helper()
	const dir = "testdata/fuzz/FuzzHTTP"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		text, err := os.ReadFile(dir + "/" + e.Name())
		check(t, err)
		if strings.Contains(string(text), "b00m") {
			written = append(written, e.Name())
			check(t, os.Remove(dir+"/"+e.Name()))
		}
	}
	os.Remove(dir) // where it is empty now
	os.Remove("testdata/fuzz")
	return written
}
