package archtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// list asks the go command for every package of the module. Test files are
// left out: they may import what they test with.
func list(t *testing.T) []listed {
	t.Helper()
	watch(t)
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Dir,GoFiles,Imports", "./...")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 10 {
		t.Fatalf("go list returns %d packages; the test would prove nothing", len(packages))
	}
	return packages
}

// watch opens every folder of the module. The go command keeps the result of a
// test until a file changes that the test itself has opened, and it does not
// see what go list reads.
func watch(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("..", ".."), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == ".git" {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestArrows(t *testing.T) {
	for _, text := range check(list(t), rows(), homes()) {
		t.Error(text)
	}
}

// TestJSONIsWrittenInOnePlace: what is shown or signed is written by
// internal/jsontext. What is stored, or compared, and read by ourselves alone is
// written as encoding/json likes it.
func TestJSONIsWrittenInOnePlace(t *testing.T) {
	ours := []string{"/internal/jsontext", "/order", "/store", "/store/internal/dump", "/internal/harness", "/internal/bench", "/internal/postgrestest", "/internal/patronitest"}
	const state = "/internal/cli/client/login.go" // a private file of its user
	for _, p := range list(t) {
		if slices.Contains(ours, strings.TrimPrefix(p.ImportPath, module)) {
			continue
		}
		for _, name := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			for _, call := range []string{"json.Marshal(", "json.MarshalIndent(", "json.NewEncoder("} {
				if strings.Contains(string(text), call) && strings.TrimPrefix(p.ImportPath, module)+"/"+name != state {
					t.Errorf("%s/%s calls %s…): write it with internal/jsontext, for receivers sign and compare what JSON.stringify writes", p.ImportPath, name, call)
				}
			}
		}
	}
}

// TestEveryPackageSaysWhatItIs wants a doc.go in which the package's comment
// begins as godoc expects it.
func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range list(t) {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, "doc.go"), nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Errorf("%s has no doc.go that can be read: %v", p.ImportPath, err)
			continue
		}
		begin := "Package " + p.Name + " "
		if p.Name == "main" {
			begin = "Command " + filepath.Base(p.Dir) + " "
		}
		if text := f.Doc.Text(); !strings.HasPrefix(text, begin) {
			t.Errorf("%s: the comment in doc.go begins with %.40q, want %q", p.ImportPath, text, begin)
		}
	}
}

func TestTheTableHasReasons(t *testing.T) {
	for _, r := range rows() {
		if len(r.why) < 20 {
			t.Errorf("%s is without a reason", r.pkg)
		}
	}
	for _, h := range homes() {
		if len(h.why) < 20 || len(h.pkgs) == 0 {
			t.Errorf("%s is without a home or a reason", h.library)
		}
	}
}

// TestCheckCanFail feeds the checker a module in which every rule is broken.
func TestCheckCanFail(t *testing.T) {
	graph := []listed{
		made("order", "store"),
		made("order", "net/http"),
		made("order", "example.com/lib"),
		made("hal", "editx"),
		made("editx", "net/http"),
		made("store", "internal/dialect/boknett"),
		made("internal/dialect/boknett", "internal/dialect/hark"),
		made("internal/dialect/boknett", "database/sql"),
		made("internal/server", "store"),
		made("internal/reqlog", "internal/problem"),
		made("internal/client", "internal/server"),
		made("internal/auth", "github.com/spf13/cobra"),
		made("internal/server", "github.com/mattn/go-sqlite3"),
		made("cmd/bookgate", "example.com/lib/v2"),
		made("internal/cli/client", "store"),
		made("internal/cli/admin", "internal/client"),
		made("internal/cli/document", "internal/client"),
		made("internal/cli", "internal/cli/admin"),
		made("internal/newpackage", "order"),
		made("internal/dialect/common"),
	}
	for _, p := range graph {
		if broken := check([]listed{p}, rows(), homes()); len(broken) != 1 {
			t.Errorf("%s importing %v: %q, want one sentence", p.ImportPath, p.Imports, broken)
		}
	}
	text := check(graph[:1], rows(), homes())[0]
	if !strings.Contains(text, "order imports store") || !strings.Contains(text, "because the core knows") {
		t.Errorf("the sentence lacks fact or reason: %s", text)
	}
}

func TestCheckPassesWhatIsAllowed(t *testing.T) {
	graph := []listed{
		made("order", "time", "encoding/json"), made("hal", "order"), made("store/internal/sqldb", "order", "github.com/mattn/go-sqlite3"), made("store", "order", "internal/auth", "database/sql"),
		made("internal/dialect/boknett", "editx", "hal", "internal/reqlog", "github.com/gorilla/mux", "net/http"),
		made("internal/server", "internal/dialect/boknett", "github.com/gorilla/mux"), made("internal/cli/admin", "store", "editx", "github.com/spf13/cobra", "golang.org/x/term"),
	}
	if broken := check(graph, rows(), homes()); len(broken) != 0 {
		t.Errorf("got %q", broken)
	}
}

// made is a package of ours; an import that is a row's name is ours as well.
func made(path string, imports ...string) listed {
	for i, imported := range imports {
		ours := imported == "editx" || imported == "hal" || imported == "order" || imported == "store" || strings.HasPrefix(imported, "internal/")
		if ours {
			imports[i] = fmt.Sprintf("%s/%s", module, imported)
		}
	}
	return listed{ImportPath: module + "/" + path, Imports: slices.Clip(imports)}
}

// TestEveryDialectHasTheSameSpine wants the files that every dialect has in the
// folder of each dialect of the table.
func TestEveryDialectHasTheSameSpine(t *testing.T) {
	packages := list(t)
	for dialect, files := range spines() {
		i := slices.IndexFunc(packages, func(p listed) bool {
			return p.ImportPath == module+"/internal/dialect/"+dialect
		})
		if i < 0 {
			t.Errorf("the dialect %s of the table does not exist", dialect)
			continue
		}
		for _, text := range checkSpine(dialect, files, packages[i].GoFiles) {
			t.Error(text)
		}
	}
}

func TestCheckSpineCanFail(t *testing.T) {
	all := []string{"doc.go", "errors.go", "handlers.go", "request.go", "routes.go", "rules.go", "status.go", "submit.go",
		"webhook.go", "wire.go", "tariff.go"}
	if broken := checkSpine("montly", spine(), all); len(broken) != 0 {
		t.Errorf("a whole spine: %q", broken)
	}
	broken := checkSpine("montly", spine(), all[1:])
	if len(broken) != 1 || !strings.Contains(broken[0], "internal/dialect/montly has no doc.go") {
		t.Errorf("a spine without doc.go: %q", broken)
	}
}
