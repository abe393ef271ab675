//go:build all

package plant_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/harness"
)

// top is the root of the module.
const top = "../.."

// TestShippedBinaryHasNone: no fault, and nothing that turns one on, is in what
// is built without the tag. The control is the program with the tag, which has
// them all.
func TestShippedBinaryHasNone(t *testing.T) {
	faults := declared(t)
	shipped, planted := built(t), built(t, "plant")
	for _, f := range append(faults, fault{"the variable", "PLANTED_FAULT"}) {
		if bytes.Contains(shipped, []byte(f.value)) {
			t.Errorf("%s (%q) is in the shipped binary", f.name, f.value)
		}
		if !bytes.Contains(planted, []byte(f.value)) {
			t.Errorf("%s (%q) is not in the binary with the tag plant; the test would prove nothing", f.name, f.value)
		}
	}
}

// TestEveryFaultIsCaught: each fault is planted in the product and named by a
// test.
func TestEveryFaultIsCaught(t *testing.T) {
	var product, tests strings.Builder
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == "node_modules" || !strings.HasSuffix(path, ".go") {
			return err
		}
		source, err := os.ReadFile(path)
		if into := &product; err == nil {
			if strings.HasSuffix(path, "_test.go") {
				into = &tests
			}
			into.Write(source)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range declared(t) {
		if !strings.Contains(product.String(), "plant.On(plant."+f.name+")") {
			t.Errorf("%s is planted nowhere", f.name)
		}
		if !strings.Contains(tests.String(), "plant."+f.name) {
			t.Errorf("no test names %s", f.name)
		}
	}
}

// built returns the bytes of the program.
func built(t *testing.T, tags ...string) []byte {
	t.Helper()
	binary, err := harness.Build(t.TempDir(), tags...)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// fault is a constant of this package: its name in the source and its value.
type fault struct{ name, value string }

// declared reads the faults from the source.
func declared(t *testing.T) (faults []fault) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "fault.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		faults = append(faults, fault{spec.Names[0].Name, value})
		return true
	})
	if len(faults) == 0 {
		t.Fatal("no fault is declared")
	}
	return faults
}
