package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// deployedBlock is a file of deploy/ as a page of docs/ shows it: a link to the
// file, and a code block.
var deployedBlock = regexp.MustCompile("(?s)\n\\[`(deploy/[^`]+)`\\]\\([^)]*\\):\n\n```[a-z]*\n(.*?)```\n")

// link is one to another page, to a heading of one, or to a file of the project.
var link = regexp.MustCompile(`\]\(([^)#:\s]*)(?:#([^)\s]*))?\)`)

// publicPages returns the paths of the pages that readers of the project see.
func publicPages(t *testing.T) (pages []string) {
	t.Helper()
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"} {
		pages = append(pages, filepath.Join(projectRoot, name))
	}
	eachFile(t, filepath.Join(projectRoot, "docs"), func(path string) {
		if filepath.Ext(path) == ".md" {
			pages = append(pages, path)
		}
	})
	return pages
}

// TestDeployedFiles: the pages of docs/ show the files of deploy/ as they are, and
// each file of deploy/ is shown.
func TestDeployedFiles(t *testing.T) {
	shown := map[string]bool{}
	for _, page := range publicPages(t) {
		for _, m := range deployedBlock.FindAllStringSubmatch(readPage(t, page), -1) {
			shown[filepath.Join(projectRoot, m[1])] = true
			file, err := os.ReadFile(filepath.Join(projectRoot, m[1]))
			if err != nil || string(file) != m[2] {
				t.Errorf("%s does not show %s as it is (%v)", page, m[1], err)
			}
		}
	}
	eachFile(t, filepath.Join(projectRoot, "deploy"), func(file string) {
		if !shown[file] {
			t.Errorf("no page of docs/ shows %s", strings.TrimPrefix(file, projectRoot+"/"))
		}
	})
}

// TestLinks: each link within the project leads to a file, and to a heading where
// it names one.
func TestLinks(t *testing.T) {
	links := 0
	for _, page := range publicPages(t) {
		for _, m := range link.FindAllStringSubmatch(prose(readPage(t, page)), -1) {
			links++
			to := page
			if m[1] != "" {
				to = filepath.Join(filepath.Dir(page), m[1])
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links to %s, which does not exist", page, m[1])
			} else if m[2] != "" && !slices.Contains(anchors(readPage(t, to)), m[2]) {
				t.Errorf("%s links to %s#%s: there is no such heading", page, m[1], m[2])
			}
		}
	}
	if links < 100 {
		t.Errorf("only %d links were found", links)
	}
}

// TestDocsAreIndexed: each page of docs/ is linked to from the README, or from
// a page that is.
func TestDocsAreIndexed(t *testing.T) {
	seen := map[string]bool{}
	var visit func(page string)
	visit = func(page string) {
		if seen[page] || filepath.Ext(page) != ".md" {
			return
		}
		seen[page] = true
		for _, m := range link.FindAllStringSubmatch(prose(readPage(t, page)), -1) {
			if m[1] != "" {
				visit(filepath.Join(filepath.Dir(page), m[1]))
			}
		}
	}
	visit(filepath.Join(projectRoot, "README.md"))
	for _, page := range publicPages(t) {
		if !seen[page] {
			t.Errorf("no link leads from the README to %s", page)
		}
	}
}

var (
	codeBlock = regexp.MustCompile("(?ms)^```.*?^```\n")
	codeSpan  = regexp.MustCompile("`[^`\n]*`")
	heading   = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notInSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// prose returns a page without its code, in which brackets are no links.
func prose(page string) string {
	return codeSpan.ReplaceAllString(codeBlock.ReplaceAllString(page, ""), "code")
}

// anchors returns the names of a page's headings, as forges make them: lower
// case, without punctuation, blanks as hyphens, and a number behind a repeated one.
func anchors(page string) (names []string) {
	for _, m := range heading.FindAllStringSubmatch(codeBlock.ReplaceAllString(page, ""), -1) {
		name := strings.ReplaceAll(notInSlug.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")
		for base, n := name, 1; slices.Contains(names, name); n++ {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		names = append(names, name)
	}
	return names
}

func readPage(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	mustNot(t, err)
	return string(text)
}

// settingRow is a row of the table of settings, and shownSetting a row of what
// bookgate config show prints.
var (
	settingRow   = regexp.MustCompile("(?m)^\\| `--([a-z-]+)` \\| (?:`([^`]*)` )?\\| ")
	shownSetting = regexp.MustCompile(`(?m)^([a-z-]+) +(.*?) +default *$`)
)

// TestSettings: the table of settings has every setting with its default, as
// bookgate config show prints them on the same page.
func TestSettings(t *testing.T) {
	page := readPage(t, filepath.Join(projectRoot, "docs", "operations", "configuration.md"))
	rows := map[string]string{}
	for _, m := range settingRow.FindAllStringSubmatch(page, -1) {
		rows[m[1]] = m[2]
	}
	shown := shownSetting.FindAllStringSubmatch(strings.Join(codeBlock.FindAllString(page, -1), ""), -1)
	if len(shown) < 25 || len(rows) != len(shown)+2 { // two are shown with another value
		t.Errorf("%d settings are shown, and %d are in the table", len(shown), len(rows))
	}
	for _, m := range shown {
		if value, ok := rows[m[1]]; !ok || value != strings.TrimSpace(m[2]) {
			t.Errorf("--%s: the table has %q (%v), and the default is %q", m[1], value, ok, m[2])
		}
	}
}

// sourceSpan is a Go file that a page names.
var sourceSpan = regexp.MustCompile("`([^`\\s]+\\.go)`")

// TestArchitectureNamesFiles: each Go file that the page names exists. A name
// without a folder is in the folder of the one before it.
func TestArchitectureNamesFiles(t *testing.T) {
	dir, files := "", sourceSpan.FindAllStringSubmatch(readPage(t, filepath.Join(projectRoot, "docs", "architecture.md")), -1)
	if len(files) < 30 {
		t.Errorf("only %d files are named", len(files))
	}
	for _, m := range files {
		if at, _ := filepath.Split(m[1]); at != "" {
			dir = at
		}
		if _, err := os.Stat(filepath.Join(projectRoot, dir, filepath.Base(m[1]))); err != nil {
			t.Errorf("the page names %s in %s, which does not exist", m[1], dir)
		}
	}
}

// lostMember is a member in the list of a doc.go of what other dialects do not
// show.
var lostMember = regexp.MustCompile(`(?m)^//   - ([A-Za-z.]+)(?: and ([A-Za-z.]+))?$`)

// TestLossesAreDocumented: each member that a dialect's doc.go lists as lost in
// others is named on its page.
func TestLossesAreDocumented(t *testing.T) {
	for _, name := range []string{"hark", "installer", "montly"} {
		page := readPage(t, filepath.Join(projectRoot, "docs", "api", name+".md"))
		_, list, _ := strings.Cut(readPage(t, filepath.Join(projectRoot, "internal", "dialect", name, "doc.go")), "// What other dialects do not show")
		members := lostMember.FindAllStringSubmatch(list, -1)
		if len(members) < 4 {
			t.Errorf("the doc.go of %s lists %d members", name, len(members))
		}
		for _, m := range members {
			for _, member := range m[1:] {
				if member != "" && !strings.Contains(page, "`"+member+"`") {
					t.Errorf("docs/api/%s.md does not name %s", name, member)
				}
			}
		}
	}
}

var (
	promised = regexp.MustCompile(`(?m)^\| [^|]+ \| [^|]+ \| ` + "`([^`|]+)` \\|$")
	testLine = regexp.MustCompile(`^go test( -tags [a-z,]+)?( -v)?( -run (\S+))? \./(\S+)$`)
)

// TestPromises: each command of the page is one that runs something.
func TestPromises(t *testing.T) {
	page := readPage(t, filepath.Join(projectRoot, "docs", "operations", "promises.md"))
	targets := readPage(t, filepath.Join(projectRoot, "Makefile"))
	rows := promised.FindAllStringSubmatch(page, -1)
	if lines := strings.Count(page, "\n|") - 2; len(rows) != lines || lines < 20 {
		t.Errorf("%d of %d rows are a promise, a figure and a command", len(rows), lines)
	}
	for _, row := range rows {
		if target, ok := strings.CutPrefix(row[1], "make "); ok {
			if !strings.Contains(targets, "\n"+target+": ") {
				t.Errorf("%q: there is no such target", row[1])
			}
			continue
		}
		m := testLine.FindStringSubmatch(row[1])
		if m == nil {
			t.Errorf("%q is not a command that this test knows", row[1])
			continue
		}
		name, where := m[4], filepath.Join(projectRoot, m[5])
		if name == "" {
			name = "Test"
		}
		if !hasTest(t, where, name) {
			t.Errorf("%q: %s has no test that begins with %s", row[1], m[5], name)
		}
	}
}

// hasTest reports whether a folder has a test whose name begins so, as -run takes
// it.
func hasTest(t *testing.T, dir, name string) (found bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	mustNot(t, err)
	for _, file := range files {
		found = found || strings.Contains(readPage(t, file), "\nfunc "+name)
	}
	return found
}

func eachFile(t *testing.T, dir string, visit func(path string)) {
	t.Helper()
	mustNot(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			visit(path)
		}
		return err
	}))
}
