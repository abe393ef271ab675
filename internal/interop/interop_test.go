//go:build all

package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/bookgate/bookgate/internal/harness"
)

// binary is the program under test, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "interop-")
	if err == nil {
		binary, err = harness.Build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// gateway is a running bookgate over a store of its own with the two parties
// of harness.Scene.
type gateway struct {
	harness.Scene
	*harness.Gateway
}

// start runs a gateway until the test ends.
func start(t *testing.T, args ...string) *gateway {
	t.Helper()
	scene, err := harness.NewScene(binary, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	g, err := scene.Start(args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Kill)
	return &gateway{scene, g}
}

// node runs node/script with env and decodes the JSON that it prints into
// result.
func node(t *testing.T, script string, env map[string]string, result any) {
	t.Helper()
	if _, err := os.Stat(filepath.Join("node", "node_modules")); err != nil {
		t.Fatalf("the packages of node/package.json are not installed: run make test-deps (%v)", err)
	}
	cmd := exec.CommandContext(t.Context(), "node", script)
	cmd.Dir = "node"
	cmd.Env = os.Environ()
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node %s: %v\n%s%s", script, err, out, stderr.Bytes())
	}
	if err := json.Unmarshal(out, result); err != nil {
		t.Fatalf("node %s printed no JSON: %v\n%s%s", script, err, out, stderr.Bytes())
	}
}
