package editx

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// codePlaces lists which arguments of a function may be the code of a finding.
var codePlaces = map[string][]int{
	"warn": {0}, "against": {0}, "refuse": {0}, "fail": {0}, "refuseRoot": {0},
	"Errorf": {1, 2}, // of order, and of an xmlread.Reader
}

// codesInSource returns every code that this package and the XML reader name,
// with the file.
func codesInSource(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	readers, err := filepath.Glob("../internal/xmlread/*.go")
	if err != nil || len(readers) == 0 {
		t.Fatal("the XML reader was not found:", err)
	}
	found := map[string]string{}
	for _, name := range append(files, readers...) {
		if !strings.HasSuffix(name, "_test.go") {
			tree, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				for _, code := range codesIn(n) {
					found[code] = name
				}
				return true
			})
		}
	}
	return found
}

// codesIn returns the codes of one call or literal.
func codesIn(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.CallExpr:
		name := ""
		switch f := n.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		var codes []string
		for _, i := range codePlaces[name] {
			if i < len(n.Args) {
				codes = append(codes, codeOf(n.Args[i])...)
			}
		}
		return codes
	case *ast.AssignStmt:
		if to, ok := n.Lhs[0].(*ast.SelectorExpr); ok && to.Sel.Name == "code" {
			return codeOf(n.Rhs[0])
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Code" || key.Name == "code") {
			return codeOf(n.Value)
		}
	case *ast.CompositeLit:
		if kind, ok := n.Type.(*ast.Ident); ok && kind.Name == "form" && len(n.Elts) > 0 {
			return codeOf(n.Elts[0])
		}
	}
	return nil
}

var codeForm = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)

func codeOf(e ast.Expr) []string {
	if lit, ok := e.(*ast.BasicLit); ok {
		if s, err := strconv.Unquote(lit.Value); err == nil && codeForm.MatchString(s) {
			return []string{s}
		}
	}
	return nil
}

// TestEveryCodeIsExplained holds that no code is reported without an explanation,
// and that nothing is explained that is never reported.
func TestEveryCodeIsExplained(t *testing.T) {
	source := codesInSource(t)
	if len(source) < 30 {
		t.Fatalf("only %d codes were found in the source; the test is blind", len(source))
	}
	delete(source, "editx-content") // sums up findings, and is none
	for code, file := range source {
		if _, ok := Explain(code); !ok {
			t.Errorf("%s has the code %q, which is not explained", file, code)
		}
	}
	seen := map[string]bool{}
	for _, e := range Explanations() {
		if source[e.Code] == "" {
			t.Errorf("%q is explained and never reported", e.Code)
		}
		if seen[e.Code] {
			t.Errorf("%q is explained twice", e.Code)
		}
		seen[e.Code] = true
		if e.Title == "" || e.Means == "" || e.Remedy == "" || strings.HasSuffix(e.Title, ".") || !strings.HasSuffix(e.Remedy, ".") && !strings.HasSuffix(e.Remedy, ")") {
			t.Errorf("the explanation of %q is not whole: %+v", e.Code, e)
		}
	}
	if _, ok := Explain("no-such-code"); ok {
		t.Error("a code that does not exist was explained")
	}
}
