package problem

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryCodeIsInTheCatalogue(t *testing.T) {
	given, unclear := givenCodes(t, filepath.Join("..", ".."))
	if len(given) < 60 {
		t.Fatalf("only %d codes were found; the search is broken", len(given))
	}
	for _, code := range slices.Sorted(maps.Keys(given)) {
		if Lookup(code).Cause == "" {
			t.Errorf("%s returns the code %q, which has no entry in internal/problem/codes.go", given[code], code)
		}
	}
	for _, where := range unclear {
		t.Errorf("%s returns a code that cannot be read from the text; write it as a constant", where)
	}
}

// TestSearchFindsCodes proves that a code cannot hide behind a helper, a
// variable, a constant or a table.
func TestSearchFindsCodes(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("order/error.go", `package order
func Errorf(kind int, code string) error { return &Error{Code: code} }
func f() error { fmt.Errorf("%w", f()); return Errorf(1, "in-order") }
var r = Reason{Code: "in-reason"}
`)
	write("a/a.go", `package a
const named = "in-const"
type row struct { n int; code string }
func table() []row { return []row{} }
func one() row { return row{1, "in-row"} }
func two() *row { return &row{code: "in-key"} }
func direct() error { return order.Errorf(1, "in-call", "x").WithHint("y") }
func constant() error { return order.Errorf(1, named, "x") }
func variable() error { c := "in-first"; if true { c = "in-second" }; return order.Errorf(1, c, "x") }
func inner(n int, code string) error { return order.Errorf(1, code, "x") }
func outer(code string) error { return inner(2, code) }
func user() { outer("in-helper"); fmt.Errorf("not-a-code", 1) }
func selected(r row) error { return order.Errorf(1, r.code, "x") }
func made() error { return &order.Error{Kind: 1, Code: "in-literal"} }
func field() { _ = order.Field{Code: "of-a-field"} }
func dark() error { return order.Errorf(1, user() + "x", "x") }
`)
	for _, other := range []string{"b", "c", "d"} {
		write(other+"/x.go", "package "+other+"\n")
	}
	write("b/x_test.go", "package b\nfunc f() { order.Errorf(1, `in-test`, ``) }\n")
	given, unclear := givenCodes(t, dir)
	want := []string{"in-call", "in-const", "in-first", "in-helper", "in-key", "in-literal", "in-order", "in-reason", "in-row", "in-second"}
	if got := slices.Sorted(maps.Keys(given)); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	if len(unclear) != 1 || !strings.HasSuffix(unclear[0], "a: dark") {
		t.Errorf("unclear are %q", unclear)
	}
}

func TestEntriesAreComplete(t *testing.T) {
	code := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, e := range Catalogue() {
		if !code.MatchString(e.Code) || seen[e.Code] {
			t.Errorf("the code %q is malformed or there twice", e.Code)
		}
		seen[e.Code] = true
		if e.Title == "" || strings.HasSuffix(e.Title, ".") {
			t.Errorf("%s: the title %q is empty or a sentence", e.Code, e.Title)
		}
		for _, text := range []string{e.Cause, e.Remedy} {
			if len(text) < 10 {
				t.Errorf("%s: %q explains nothing", e.Code, text)
			}
		}
		if Lookup(e.Code) != e {
			t.Errorf("%s: Lookup finds another entry", e.Code)
		}
	}
	if got := Lookup("no-such-code"); got.Title == "" || got.Cause != "" {
		t.Errorf("an unknown code has %+v", got)
	}
}
