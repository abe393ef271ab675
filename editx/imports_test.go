package editx

import (
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestImports holds that who uses this package gets little else with it.
func TestImports(t *testing.T) {
	allowed := []string{
		"github.com/bookgate/bookgate/order", "github.com/bookgate/bookgate/internal/xmlread", "github.com/beevik/etree",
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no source was found:", err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range tree.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			library := strings.Contains(strings.Split(path, "/")[0], ".")
			if library && !strings.Contains(strings.Join(allowed, " "), path) || path == "net/http" {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}
