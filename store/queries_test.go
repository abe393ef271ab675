package store

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/store/internal/sqldb"
)

var parameter = regexp.MustCompile(`\$([0-9]+)`)

// packageStrings returns the texts of the code of the package in dir by their
// places, with what is joined by + as one.
func packageStrings(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := token.NewFileSet()
	parsed := parseCode(t, files, dir)
	constants := map[string]string{}
	collect := func() {
		each(parsed, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				for i, v := range spec.Values {
					constants[spec.Names[i].Name] = stringOf(v, constants)
				}
			}
			return true
		})
	}
	collect()
	collect() // once more, for constants made of later ones
	texts := map[string]string{}
	each(parsed, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		text := stringOf(e, constants)
		if text != "" {
			texts[files.Position(e.Pos()).String()] = text
		}
		return text == "" // the parts of a text are not looked at by themselves
	})
	return texts
}

// parseCode reads the files of a package but the tests.
func parseCode(t *testing.T, files *token.FileSet, dir string) (parsed []*ast.File) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	return parsed
}

func each(files []*ast.File, visit func(ast.Node) bool) {
	for _, f := range files {
		ast.Inspect(f, visit)
	}
}

func stringOf(e ast.Expr, constants map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return s
	case *ast.Ident:
		return constants[e.Name]
	case *ast.BinaryExpr:
		return stringOf(e.X, constants) + stringOf(e.Y, constants)
	}
	return ""
}

func TestParametersAreNumberedByFirstAppearance(t *testing.T) {
	for dir, least := range map[string]int{".": 50, "internal/sqldb": 8, "internal/dump": 1} {
		t.Run(dir, func(t *testing.T) { parametersAreNumbered(t, dir, least) })
	}
}

// parametersAreNumbered looks at the queries of a package, of which there are so
// many at least.
func parametersAreNumbered(t *testing.T, dir string, least int) {
	queries := 0
	for where, text := range packageStrings(t, dir) {
		found := parameter.FindAllStringSubmatch(text, -1)
		if len(found) == 0 {
			continue
		}
		queries++
		next := 1
		for _, f := range found {
			n, _ := strconv.Atoi(f[1])
			if n > next {
				t.Errorf("%s: $%d stands where $%d would be the first to appear:\n%s", where, n, next, text)
			}
			next = max(next, n+1)
		}
	}
	if queries < least {
		t.Errorf("only %d queries were found; the scan is broken", queries)
	}
}

func TestListsAreReadInOrder(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	for name, query := range map[string]string{
		"live": selectLive, "moved": selectMoved, "before": selectBefore, "head": selectHead, "events": selectEvents, "lines": selectLines,
		"last event": selectLastEvent, "order": selectOrderByID, "visible order": selectVisible, "sent order": selectSent, "document": selectDocument, "number": selectOrderNumber,
		"ticket": selectTicket, "tickets": selectTickets, "places": selectListing,
		"feed": selectFeed, "acknowledged": selectAcknowledged, "fetched": selectFetched, "heads": selectHeads, "head range": selectHeadRange,
		"old": selectOld, "twins": selectTwins, "seen": selectSeen, "left": countLeft, "words": blankEvents, "words of a party": blankEventsOf,
		"newest of a subject": selectNewestOf, "oldest of a subject": selectOldestOf, "key": selectKey,
		"client": selectNearestClient, "endpoint": selectEndpoint, "endpoint to change": lockEndpoint, "delivery": selectDelivery, "any delivery": selectAnyDelivery,
		"delivery to resend": resendOne, "held": selectHeld,
		"lease deliveries": leaseDeliveries, "due": selectDue, "callbacks": selectCallbacks, "strays": selectStrays,
	} {
		args := make([]any, len(parameters(query)))
		for i := range args {
			args[i] = 1
		}
		plan := explain(t, db, query, args)
		for _, line := range strings.Split(plan, "\n") {
			if strings.Contains(line, "SCAN") || strings.Contains(line, "TEMP B-TREE") {
				t.Errorf("%s scans or sorts:\n%s", name, plan)
			}
		}
	}
}

// TestClaimsLeap looks at how a claim finds what is due among many endpoints
// that have nothing, or nothing now, and beside one with a long backlog. In
// SQLite the plan shows it, in PostgreSQL the rows that were looked at.
func TestClaimsLeap(t *testing.T) {
	const many = 3000
	for name, c := range map[string]struct {
		of   crowd
		most int
	}{
		"few due":  {crowd{idle: many, ready: 10, resting: many}, many / 10},
		"many due": {crowd{idle: many, ready: 10, backlog: many}, many * 2 / 3},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, where string) { claimsLeap(t, crowded(t, where, c.of), many+1, c.most) })
		})
	}
}

func claimsLeap(t *testing.T, db *DB, endpoint int64, most int) {
	for name, q := range map[string]struct {
		query string
		args  []any
	}{
		"ready": {selectReady, []any{1, 2, 16, 64}},
		"lease": {leaseDeliveries, []any{1, "r", endpoint, 1, 2}},
	} {
		if db.engine.Name == "sqlite" {
			plan := explain(t, db, q.query, q.args)
			if tables := regexp.MustCompile(`SCAN (few|w|waiting|maybe|r|l USING INDEX deliveries_leased|\(subquery-\d+\)|CONSTANT ROW)`).ReplaceAllString(plan, ""); strings.Contains(tables, "SCAN") {
				t.Errorf("%s scans:\n%s", name, plan)
			}
		} else if plan := analyze(t, db, q.query, q.args); rowsLookedAt(t, plan) > most {
			t.Errorf("%s looks at %d rows, want %d at the most:\n%s", name, rowsLookedAt(t, plan), most, plan)
		}
	}
}

// analyze runs a query in PostgreSQL and returns its plan, with what it did.
func analyze(t *testing.T, db *DB, query string, args []any) (plan string) {
	t.Helper()
	var line string
	err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		plan = ""
		return c.Each(ctx, "EXPLAIN ANALYZE "+query, args, []any{&line}, func() { plan += line + "\n" })
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// rowsLookedAt adds up the rows that the steps of a plan gave or passed over.
func rowsLookedAt(t *testing.T, plan string) (all int) {
	t.Helper()
	loops := 0
	for _, f := range regexp.MustCompile(`actual time=\S+ rows=(\d+)\S* loops=(\d+)|Rows Removed by .*: (\d+)`).FindAllStringSubmatch(plan, -1) {
		rows, _ := strconv.Atoi(f[1] + f[3])
		if f[2] != "" {
			loops, _ = strconv.Atoi(f[2])
		}
		all += rows * loops
	}
	if loops == 0 {
		t.Fatalf("the plan says nothing:\n%s", plan)
	}
	return all
}

// fillForPlans writes many rows, without their meaning.
func fillForPlans(t *testing.T, db *DB) {
	t.Helper()
	err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		for _, text := range []string{
			`INSERT INTO orders (id, sender, number, buyer, seller, status, purpose, source, revision, created, updated, routing, reason, summary, header, kept)
				SELECT 'id-' || i, 'P' || i % 10, i, '', '', CASE WHEN i % 500 = 0 THEN 'UNPROCESSED' ELSE 'SENT' END, '', '', 1, i, i, '', '', '', '', '' FROM generate_series(1, 20000) i`,
			`INSERT INTO heads SELECT 'P' || i, 500, 5000 FROM generate_series(1, 500) i`,
			`INSERT INTO listing SELECT sender, 1 + n % 3, n, n, id, number, '', '', status, created, updated FROM orders`,
			`INSERT INTO feed SELECT sender, n, n, 1, 'marked', n * 10, 1, CASE WHEN n % 2 = 0 THEN n - 1 END, CASE WHEN n % 2 = 0 THEN 1 END FROM orders`,
			`INSERT INTO events SELECT n, 1, 'marked', n * 10, 1, 0, '', '', '', '', '', '' FROM orders`,
			`INSERT INTO acknowledgements SELECT sender, n, n * 10, '', '' FROM orders`,
			`ANALYZE`,
		} {
			if _, err := c.Control(ctx, text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// parameters are the different parameters of a query.
func parameters(query string) map[string]bool {
	found := map[string]bool{}
	for _, p := range parameter.FindAllString(query, -1) {
		found[p] = true
	}
	return found
}

func explain(t *testing.T, db *DB, query string, args []any) string {
	t.Helper()
	rows, err := writerOf(db).Conn.SQL.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}
