package problem

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// givenCodes reads the module's source and finds every code that is given to
// order.Errorf, order.Error or order.Reason, also through helpers that pass a
// code on; unclear are the places where a code cannot be read from the text.
func givenCodes(t *testing.T, root string) (codes map[string]string, unclear []string) {
	t.Helper()
	codes = map[string]string{}
	for dir, files := range parseModule(t, root) {
		r := newReader(dir, files)
		for more := true; more; {
			r.unclear = nil
			more = r.pass()
		}
		for code, at := range r.codes {
			codes[code] = at
		}
		unclear = append(unclear, r.unclear...)
	}
	return codes, unclear
}

func parseModule(t *testing.T, root string) map[string][]*ast.File {
	t.Helper()
	dirs := map[string][]*ast.File{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		dirs[filepath.Dir(path)] = append(dirs[filepath.Dir(path)], f)
		return err
	})
	if err != nil || len(dirs) < 5 {
		t.Fatalf("read the source of the module: %v, %d packages", err, len(dirs))
	}
	return dirs
}

// callee names a function or type and the package or value it is taken from.
func callee(e ast.Expr) (from, name string) {
	switch e := e.(type) {
	case *ast.Ident:
		return "", e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name, e.Sel.Name
		}
		return "?", e.Sel.Name
	}
	return "?", ""
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

func names(fields *ast.FieldList) []string {
	var all []string
	for _, f := range fields.List {
		for _, n := range f.Names {
			all = append(all, n.Name)
		}
	}
	return all
}
