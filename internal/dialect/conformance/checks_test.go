package conformance

import (
	"bufio"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// checkedFolders are those with the code between a request and the database.
var checkedFolders = []string{"order", "store", "store/internal/sqldb", "store/internal/dump", "internal/auth", "internal/webhook", "internal/actionmail",
	"internal/server",
	"internal/dialect/boknett", "internal/dialect/hark", "internal/dialect/installer", "internal/dialect/montly",
	"internal/channel/email"}

// root is the folder of the module, seen from here.
const root = "../../.."

// site is a place in the source that looks like a check of a permission.
type site struct {
	file, in string // in is the function, or the constant of a query
	text     string // the condition, the call that finds out who asks, or the condition of a query
	kind     siteKind
	from, to int // offsets: of the condition; behind the statement of a call; of the literal of a query
	literal  string
}

type siteKind int

const (
	isCondition siteKind = iota
	isCall               // a statement whose error refuses
	isCallIf             // the same within an if; from and to are those of its err != nil
	isQuery
	isEnd // a statement that ends what was begun with a credential
)

func (s site) key() string { return s.file + " " + s.in + " " + s.text }

var (
	// conditions compare parties, sides, dialects and secrets, or ask for a
	// permission.
	conditions = regexp.MustCompile(`\b(RoleNone|RoleSender|RoleReceiver|signedCursor)\b|` +
		`\.(Party|Sender|Buyer|Seller|Dialect\(\)|Source|Dialect|ID) [!=]= |` +
		`[!=]= \w+(\.\w+)*\.(Party|Sender|Buyer|Dialect|Source|Kind)$|` +
		`\b(party|sender|viewer|dialect|audience) [!=]= |` +
		`\.May\(|\.owns\(|\.privateDocument\(|\.knows\(|\bisOrders\(|\.Equal\(|` +
		`VerifyLink\(|ConstantTimeCompare|\b(Revoked|Disabled|used)\.IsZero\(|` +
		`\b(OldUntil|LinkLife|action\.step|current|former|late|Event\.Order)\b|Status\.(Routed)\(\)$|\.IsTest\(\)$`)

	// authCalls are calls whose error refuses.
	authCalls = regexp.MustCompile(`^(\w+\.)*(authenticate|authorization|authorize|allow|Allowed|` +
		`Bearer|scheme|KeyRequest|CheckKey|Check|CheckDigest|checkStreamToken|expired|checkDate|Ended)\(`)

	// ends are calls that end what waits when its credential is over.
	ends = regexp.MustCompile(`^(\w+\.)*(ended|watch\.end)\(`)

	// queries have their rows by a party, or by what it may see.
	queries = regexp.MustCompile(`(?:WHERE|AND|OR)\s+\(?` +
		`((?:\w+\.)?(?:party|sender|buyer|seller|source|scope|endpoint_n|side)\s*=\s*\$\d+|` +
		`status NOT IN \([^)]*\)|purpose <> 'Test'|` +
		`\(\w+\.(?:prev_)?side & \$\d+\) <> 0)`)
)

// findSites reads the source.
func findSites(t testing.TB) (all []site) {
	t.Helper()
	for _, folder := range checkedFolders {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		check(t, err)
		if len(files) == 0 {
			t.Fatalf("there is no code in %s", folder)
		}
		for _, path := range files {
			if !strings.HasSuffix(path, "_test.go") {
				all = append(all, sitesOf(t, path)...)
			}
		}
	}
	return all
}

func sitesOf(t testing.TB, path string) (all []site) {
	t.Helper()
	text, err := os.ReadFile(path)
	check(t, err)
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.SkipObjectResolution)
	check(t, err)
	name, err := filepath.Rel(root, path)
	check(t, err)
	at := func(p token.Pos) int { return set.Position(p).Offset }
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			f := finder{site: site{file: name, in: d.Name.Name}, at: at}
			ast.Inspect(d, f.visit)
			all = append(all, f.found...)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && strings.HasPrefix(name, "store/") {
					all = append(all, queriesOf(site{file: name, in: v.Names[0].Name}, v, at)...)
				}
			}
		}
	}
	return all
}

// finder collects the sites of a function.
type finder struct {
	site
	at    func(token.Pos) int
	found []site
}

func (f *finder) add(kind siteKind, text string, from, to token.Pos) {
	s := f.site
	s.kind, s.text, s.from, s.to = kind, text, f.at(from), f.at(to)
	f.found = append(f.found, s)
}

func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		if call, ok := callOf(n.Init); ok {
			ast.Inspect(n.Cond, func(inner ast.Node) bool {
				if b, ok := inner.(*ast.BinaryExpr); ok && slices.Contains(refused, types.ExprString(b)) {
					f.add(isCallIf, call, b.Pos(), b.End())
				}
				return true
			})
		}
	case *ast.BlockStmt:
		for _, s := range n.List {
			if call, ok := callOf(s); ok {
				f.add(isCall, call, s.End(), s.End())
			}
			if e, ok := s.(*ast.ExprStmt); ok && ends.MatchString(types.ExprString(e.X)) {
				f.add(isEnd, types.ExprString(e.X), s.Pos(), s.End())
			}
		}
	case *ast.BinaryExpr:
		if n.Op == token.LAND || n.Op == token.LOR {
			return true
		}
		if text := types.ExprString(n); isComparison(n.Op) && conditions.MatchString(text) {
			f.add(isCondition, text, n.Pos(), n.End())
			return false
		}
	case *ast.CallExpr:
		text := types.ExprString(n)
		if conditions.MatchString(text) && isQuestion(n) {
			f.add(isCondition, text, n.Pos(), n.End())
			return false
		}
	}
	return true
}

func isComparison(op token.Token) bool {
	return slices.Contains([]token.Token{token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ}, op)
}

// isQuestion reports whether a call answers yes or no, by its name.
func isQuestion(n *ast.CallExpr) bool {
	name := types.ExprString(n.Fun)
	return slices.Contains([]string{"May", "owns", "privateDocument", "knows", "isOrders", "Equal", "VerifyLink",
		"IsZero", "IsTest", "Routed", "Before"}, name[strings.LastIndex(name, ".")+1:])
}

// refused are the conditions behind a call that finds out who asks.
var refused = []string{"err != nil", "why != nil"}

// callOf is the call of a statement that finds out who asks.
func callOf(s ast.Stmt) (call string, ok bool) {
	a, ok := s.(*ast.AssignStmt)
	if !ok || len(a.Rhs) != 1 || !slices.Contains(refused, types.ExprString(a.Lhs[len(a.Lhs)-1])+" != nil") {
		return "", false
	}
	c, ok := a.Rhs[0].(*ast.CallExpr)
	if !ok {
		return "", false
	}
	call = types.ExprString(c)
	return call, authCalls.MatchString(call)
}

// queriesOf are the conditions in the texts of a constant.
func queriesOf(s site, v *ast.ValueSpec, at func(token.Pos) int) (all []site) {
	ast.Inspect(v, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING || !strings.HasPrefix(lit.Value, "`") {
			return true
		}
		for _, m := range queries.FindAllStringSubmatchIndex(lit.Value, -1) {
			found := s
			found.kind, found.text, found.literal = isQuery, strings.Join(strings.Fields(lit.Value[m[2]:m[3]]), " "),
				lit.Value[1:len(lit.Value)-1]
			found.from, found.to = m[2]-1, m[3]-1 // within the literal
			all = append(all, found)
		}
		return true
	})
	return all
}

// listed is a line of testdata/checks.txt.
type listed struct {
	mutants []string // with which it is off; none for one that is no check
	off     string   // the value that switches a condition off
	caught  string   // what of the policy catches it, which is tried first
	why     string
	key     string // of the site; its text may be * for all of a function or file
	line    int
}

// readChecks reads the list.
func readChecks(t testing.TB) (all []listed) {
	t.Helper()
	f, err := os.Open("testdata/checks.txt")
	check(t, err)
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		parts := strings.Split(text, " | ")
		if len(parts) < 3 || len(parts) > 4 {
			t.Fatalf("testdata/checks.txt:%d: not three or four parts", n)
		}
		l := listed{key: strings.TrimSpace(parts[1]), line: n}
		if len(parts) == 4 {
			l.caught = parts[3]
		}
		switch words := strings.Fields(parts[0]); {
		case words[0] == "-":
			l.why = parts[2]
		case len(words) == 2:
			l.mutants, l.off, l.why = strings.Split(words[0], ","), words[1], parts[2]
		default:
			t.Fatalf("testdata/checks.txt:%d: neither a mutant and a value, nor a dash", n)
		}
		all = append(all, l)
	}
	check(t, lines.Err())
	return all
}

// matched finds the line of the list for each site.
func matched(t testing.TB, sites []site, list []listed) map[int]listed {
	t.Helper()
	found, used := map[int]listed{}, map[int]bool{}
	for i, s := range sites {
		for _, key := range []string{s.key(), s.file + " " + s.in + " *", s.file + " *"} {
			if at := slices.IndexFunc(list, func(l listed) bool { return l.key == key }); at >= 0 {
				found[i], used[at] = list[at], true
				break
			}
		}
		if _, ok := found[i]; !ok {
			t.Errorf("a check that testdata/checks.txt does not list: %s", s.key())
		}
	}
	for i, l := range list {
		if !used[i] {
			t.Errorf("testdata/checks.txt:%d: no such check is in the source: %s", l.line, l.key)
		}
	}
	return found
}

// TestEveryCheckIsListed wants each condition of the source that looks like a
// check of a permission in testdata/checks.txt, either as a mutant, which a cell
// of the policy must catch, or with the reason why it is none.
func TestEveryCheckIsListed(t *testing.T) {
	sites, list := findSites(t), readChecks(t)
	matches := matched(t, sites, list)
	mutants := map[string]bool{}
	for _, l := range matches {
		for _, mutant := range l.mutants {
			mutants[mutant] = true
		}
	}
	if len(mutants) < 40 {
		t.Errorf("only %d mutants", len(mutants))
	}
	t.Logf("%d places, %d mutants", len(sites), len(mutants))
}
