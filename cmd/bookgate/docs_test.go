package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// deployedBlock is a file of deploy/ as a page of docs/ shows it: a link to the
// file, and a code block.
var deployedBlock = regexp.MustCompile("(?s)\n\\[`(deploy/[^`]+)`\\]\\([^)]*\\):\n\n```[a-z]*\n(.*?)```\n")

// link is one that leads to another file of the project.
var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

// TestDocs: what the pages of docs/ show of deploy/ is what stands there, each
// file of deploy/ is shown, and links lead somewhere.
func TestDocs(t *testing.T) {
	const root = "../.."
	shown := map[string]bool{}
	eachFile(t, filepath.Join(root, "docs"), func(page string) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range deployedBlock.FindAllStringSubmatch(string(text), -1) {
			shown[filepath.Join(root, m[1])] = true
			file, err := os.ReadFile(filepath.Join(root, m[1]))
			if err != nil || string(file) != m[2] {
				t.Errorf("%s does not show %s as it is (%v)", page, m[1], err)
			}
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	})
	eachFile(t, filepath.Join(root, "deploy"), func(file string) {
		if !shown[file] {
			t.Errorf("no page of docs/ shows %s", strings.TrimPrefix(file, root+"/"))
		}
	})
}

var (
	promised = regexp.MustCompile(`(?m)^\| [^|]+ \| [^|]+ \| ` + "`([^`|]+)` \\|$")
	testLine = regexp.MustCompile(`^go test( -tags [a-z,]+)?( -v)?( -run (\S+))? \./(\S+)$`)
)

// TestPromises: each command of the page is one that runs something.
func TestPromises(t *testing.T) {
	const root = "../.."
	page, err := os.ReadFile(root + "/docs/operations/promises.md")
	if err != nil {
		t.Fatal(err)
	}
	targets, err := os.ReadFile(root + "/Makefile")
	if err != nil {
		t.Fatal(err)
	}
	rows := promised.FindAllStringSubmatch(string(page), -1)
	if lines := strings.Count(string(page), "\n|") - 2; len(rows) != lines || lines < 20 {
		t.Errorf("%d of %d rows are a promise, a figure and a command", len(rows), lines)
	}
	for _, row := range rows {
		if target, ok := strings.CutPrefix(row[1], "make "); ok {
			if !strings.Contains(string(targets), "\n"+target+": ") {
				t.Errorf("%q: there is no such target", row[1])
			}
			continue
		}
		m := testLine.FindStringSubmatch(row[1])
		if m == nil {
			t.Errorf("%q is no command that is known here", row[1])
			continue
		}
		name, where := m[4], filepath.Join(root, m[5])
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
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found = found || strings.Contains(string(source), "\nfunc "+name)
	}
	return found
}

func eachFile(t *testing.T, dir string, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			visit(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
