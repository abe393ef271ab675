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
