//go:build !race

// The race detector makes the test of the language several times as slow, and there
// is no second goroutine in it: make test-all runs it.

package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// TestLanguage reads every comment, text and name of ours, and every document
// and script, for the words of the list.
func TestLanguage(t *testing.T) {
	reader := newWordReader()
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(path, root), string(filepath.Separator)))
		if d.IsDir() {
			if d.Name() == ".git" || d.Name() == "node_modules" {
				return filepath.SkipDir
			}
			return nil
		}
		if !isRead(name) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, found := range reader.read(name, text) {
			t.Error(found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Fatal("no file was read; the test proves nothing")
	}
}

// TestLanguageCanFail plants a sentence in each kind of place, and what may stand.
func TestLanguageCanFail(t *testing.T) {
	reader := newWordReader()
	for _, c := range []struct{ file, text, want string }{
		{"a/a.go", "package a\n\n// Get gives the order.\nfunc Get() {}\n", `a/a.go:3: "gives"`},
		{"a/a.go", "package a\n\n/* It is not\nthe desk. */\nvar x int\n", `a/a.go:4: "desk"`},
		{"a/a.go", "package a\n\nconst text = `one\nNobody answered`\n", `a/a.go:4: "Nobody"`},
		{"a/a.go", "package a\n\ntype T struct {\n\tX int `json:\"trial\"`\n}\n", `a/a.go:4: "trial"`},
		{"a/a.go", "package a\n\ntype loginDesk struct{}\n", `a/a.go:3: "Desk" in the name loginDesk`},
		{"a/a.go", "package a\n\nfunc f(kept_at int) {}\n", `a/a.go:3: "kept" in the name kept_at`},
		{"a/a.go", "//go:build plan9\n\npackage a\n\nfunc f() { told := 1; _ = told }\n", `a/a.go:5: "told" in the name told`},
		{"a/desk_test.go", "package a\n", `a/desk_test.go:1: "desk" in the name of the file`},
		{"docs/x.md", "# Title\n\nOne for\nwhoever reads.\n", `docs/x.md:4: "whoever"`},
		{"Makefile", "all: ## build the house\n", `Makefile:1: "house"`},
	} {
		got := reader.read(c.file, []byte(c.text))
		if len(got) != 1 || !strings.HasPrefix(got[0], c.want+"; write ") {
			t.Errorf("%s: %q, want one that begins with %s", c.text, got, c.want)
		}
	}
	for _, c := range []struct{ file, text string }{
		{"a/a.go", "package a\n\n// Fold is without regard to letter\n// case.\nfunc Fold() { unicode.IsLetter(0) }\n"},
		{"a/a.go", "package a\n\nconst q = `SELECT n, kept FROM orders`\n"},
		{"a/a.go", "package a\n\nimport \"example.com/desk\"\n"},
		{"docs/x.md", "A clearing\nhouse and a warehouse.\n"},
	} {
		if got := reader.read(c.file, []byte(c.text)); len(got) != 0 {
			t.Errorf("%s: %q, want nothing", c.text, got)
		}
	}
}

func TestEveryAllowedWordHasAReason(t *testing.T) {
	for _, a := range slices.Concat(phrases(), unread()) {
		if len(a.why) < 10 {
			t.Errorf("%s is allowed without a reason", a.phrase)
		}
	}
	for name, why := range names() {
		if len(why) < 10 {
			t.Errorf("the name %s is allowed without a reason", name)
		}
	}
}

func isRead(name string) bool {
	if slices.ContainsFunc(unread(), func(u allowed) bool {
		return name == u.phrase || strings.HasSuffix(u.phrase, "/") && strings.HasPrefix(name, u.phrase)
	}) {
		return false
	}
	return slices.Contains([]string{".go", ".md", ".txtar", ".sh"}, filepath.Ext(name)) || filepath.Base(name) == "Makefile"
}

// wordReader finds the words of the list in files.
type wordReader struct {
	word    *regexp.Regexp
	allowed *regexp.Regexp
	sql     *regexp.Regexp
	write   map[string]string // by the word in small letters
}

func newWordReader() *wordReader {
	r := &wordReader{write: map[string]string{}, sql: regexp.MustCompile(`\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|WHERE|VALUES)\b`)}
	var forms, may []string
	for _, w := range words() {
		forms = append(forms, w.forms)
		for form := range strings.SplitSeq(w.forms, "|") {
			r.write[form] = w.write
		}
	}
	for _, a := range phrases() {
		may = append(may, strings.ReplaceAll(a.phrase, " ", `\s+`))
	}
	r.word = regexp.MustCompile(`(?i)\b(` + strings.Join(forms, "|") + `)\b`)
	r.allowed = regexp.MustCompile(`(?i)(` + strings.Join(may, "|") + `)`)
	return r
}

// read returns a line for every word of the list in a file: where it stands, and
// what to write.
func (r *wordReader) read(name string, text []byte) []string {
	var found []string
	base := filepath.Base(name)
	if part := r.inName(strings.TrimSuffix(base, filepath.Ext(base))); part != "" {
		found = append(found, r.report(name, 1, fmt.Sprintf("%q in the name of the file", part), part))
	}
	prose := text
	if filepath.Ext(name) == ".go" {
		prose = r.prose(text)
		found = append(found, r.inNames(name, text)...)
	}
	words := r.word.FindAllIndex(prose, -1)
	if len(words) == 0 { // the usual case: the phrases take longer than the words
		return found
	}
	may := r.allowed.FindAllIndex(prose, -1)
	for _, at := range words {
		if slices.ContainsFunc(may, func(m []int) bool { return m[0] <= at[0] && at[1] <= m[1] }) {
			continue
		}
		w := string(prose[at[0]:at[1]])
		found = append(found, r.report(name, 1+strings.Count(string(prose[:at[0]]), "\n"), fmt.Sprintf("%q", w), w))
	}
	return found
}

func (r *wordReader) report(name string, line int, what, word string) string {
	return fmt.Sprintf("%s:%d: %s; write %s", name, line, what, r.write[strings.ToLower(word)])
}

// prose returns Go source with all but comments and string literals blanked, so
// that each word stands where it stood. Marks of comments are blanked too, so
// that a phrase may go on in the next line; import paths and SQL are left out.
func (r *wordReader) prose(text []byte) []byte {
	prose := make([]byte, len(text))
	for i, c := range text {
		prose[i] = ' '
		if c == '\n' {
			prose[i] = '\n'
		}
	}
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, scanner.ScanComments)
	imports := false
	for {
		pos, tok, lit := s.Scan()
		switch tok {
		case token.EOF:
			return prose
		case token.IMPORT:
			imports = true
		case token.CONST, token.VAR, token.TYPE, token.FUNC:
			imports = false
		case token.COMMENT, token.STRING:
			if tok == token.STRING && (imports || r.sql.MatchString(lit)) {
				continue
			}
			at := file.Offset(pos)
			copy(prose[at:], text[at:at+len(lit)])
			if tok == token.COMMENT {
				prose[at], prose[at+1] = ' ', ' '
			} else if text[at] == '"' {
				blankEscapes(prose[at : at+len(lit)])
			}
		}
	}
}

// blankEscapes blanks the escapes of a string literal, so that the n of \n is
// not the first letter of a word.
func blankEscapes(lit []byte) {
	for i := 0; i+1 < len(lit); i++ {
		if lit[i] == '\\' {
			lit[i], lit[i+1] = ' ', ' '
			i++
		}
	}
}

// inNames finds words in the names that Go source declares.
func (r *wordReader) inNames(name string, text []byte) []string {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	check := func(idents ...*ast.Ident) {
		for _, id := range idents {
			if id == nil || names()[id.Name] != "" {
				continue
			}
			if part := r.inName(id.Name); part != "" {
				what := fmt.Sprintf("%q in the name %s", part, id.Name)
				found = append(found, r.report(name, fset.Position(id.Pos()).Line, what, part))
			}
		}
	}
	check(file.Name)
	ast.Inspect(file, func(n ast.Node) bool {
		switch d := n.(type) {
		case *ast.FuncDecl:
			check(d.Name)
		case *ast.TypeSpec:
			check(d.Name)
		case *ast.ValueSpec:
			check(d.Names...)
		case *ast.Field:
			check(d.Names...)
		case *ast.ImportSpec:
			check(d.Name)
		case *ast.LabeledStmt:
			check(d.Label)
		case *ast.AssignStmt:
			if d.Tok == token.DEFINE {
				check(identsOf(d.Lhs)...)
			}
		case *ast.RangeStmt:
			if d.Tok == token.DEFINE {
				check(identsOf([]ast.Expr{d.Key, d.Value})...)
			}
		}
		return true
	})
	return found
}

func identsOf(exprs []ast.Expr) []*ast.Ident {
	var idents []*ast.Ident
	for _, e := range exprs {
		if id, ok := e.(*ast.Ident); ok {
			idents = append(idents, id)
		}
	}
	return idents
}

// inName returns the part of a name that is a word of the list, or "". Names are
// split at underscores, hyphens, dots and capitals.
func (r *wordReader) inName(name string) string {
	runes := []rune(name)
	start := 0
	for i := 0; i <= len(runes); i++ {
		if i < len(runes) && !strings.ContainsRune("_-.", runes[i]) && (i == 0 || !unicode.IsUpper(runes[i]) || unicode.IsUpper(runes[i-1])) {
			continue
		}
		if part := strings.Trim(string(runes[start:i]), "_-."); r.write[strings.ToLower(part)] != "" {
			return part
		}
		start = i
	}
	return ""
}
