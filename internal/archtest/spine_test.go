package archtest

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// spine lists the files that every dialect has, by name without .go: a reader who
// knows one dialect finds the same thing in the same file of another. A file may be
// divided by noun, such as wire_line.go. Files of nouns of a dialect's own stand
// beside them.
func spine() []string {
	return []string{"doc", "routes", "handlers", "submit", "request", "wire", "status", "rules", "errors", "webhook"}
}

// spines names the dialects with what each has beside the spine, and which files it
// does without, with the reason.
func spines() map[string]struct {
	more    []string
	without map[string]string
} {
	type s = struct {
		more    []string
		without map[string]string
	}
	return map[string]s{
		"boknett":   {without: map[string]string{"rules": "its orders have the rules of the core alone"}},
		"hark":      {more: []string{"schema", "resolvers"}},
		"installer": {},
		"montly": {without: map[string]string{"submit": "it is being divided anew, together with its e-mails",
			"request": "it is being divided anew, together with its e-mails"}},
	}
}

// TestEveryDialectHasTheSpine looks for the files of the spine in each dialect.
func TestEveryDialectHasTheSpine(t *testing.T) {
	for dialect, d := range spines() {
		for _, name := range append(spine(), d.more...) {
			if d.without[name] != "" {
				continue
			}
			files, err := filepath.Glob(filepath.Join("..", "dialect", dialect, name+"*.go"))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(files, func(file string) bool {
				file = strings.TrimSuffix(filepath.Base(file), ".go")
				return file == name || strings.HasPrefix(file, name+"_") && !strings.HasSuffix(file, "_test")
			}) {
				t.Errorf("internal/dialect/%s has no %s.go; a reader looks there for it", dialect, name)
			}
		}
	}
}
