package montly

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEveryTextIsInEveryLanguage also wants the same values in the same places,
// and every text that is asked for, and none that nobody asks for.
func TestEveryTextIsInEveryLanguage(t *testing.T) {
	verb := regexp.MustCompile(`%[a-z]`)
	for key, said := range texts() {
		want := verb.FindAllString(said[swedish], -1)
		for _, l := range languages() {
			if strings.TrimSpace(said[l]) == "" {
				t.Errorf("%s is not said in %s", key, l)
			}
			if got := verb.FindAllString(said[l], -1); !slices.Equal(got, want) {
				t.Errorf("%s has the values %v in %s, and %v in %s", key, got, l, want, swedish)
			}
		}
		if len(said) != len(languages()) {
			t.Errorf("%s is said in %d languages", key, len(said))
		}
		if said[swedish] == said[english] {
			t.Errorf("%s is the same in both languages", key)
		}
	}
	asked := askedFor(t)
	for _, key := range asked {
		if texts()[key] == nil {
			t.Errorf("the text %s is asked for and not there", key)
		}
	}
	for key := range texts() {
		if !slices.Contains(asked, key) {
			t.Errorf("nobody asks for the text %s", key)
		}
	}
}

// askedFor finds the keys in templates and code: in a template after t, in the
// code every string that looks like a key, or like one that ends with the name
// of a task.
func askedFor(t *testing.T) (keys []string) {
	t.Helper()
	keys = []string{"moment-layout", "day-layout"} // by every book
	inTemplate := regexp.MustCompile(`\bt "([a-z-]+)"`)
	for _, text := range []string{mailText, mailHTML, pageHTML} {
		for _, m := range inTemplate.FindAllStringSubmatch(text, -1) {
			keys = append(keys, m[1])
		}
	}
	inCode := regexp.MustCompile(`"((?:subject|opening|link|terms|title|intro|button|done|done-why|used|used-why)-|[a-z-]+-why|unknown|form|busy|trouble|cancelled|declined|months|without-tax)"`)
	files, err := filepath.Glob("*.go")
	check(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "texts.go" {
			continue
		}
		text, err := os.ReadFile(name)
		check(t, err)
		for _, m := range inCode.FindAllStringSubmatch(string(text), -1) {
			if !strings.HasSuffix(m[1], "-") {
				keys = append(keys, m[1])
				continue
			}
			for _, task := range tasks() {
				keys = append(keys, m[1]+task.name)
			}
		}
	}
	if len(keys) < 40 {
		t.Fatalf("only %d texts are asked for; the search is broken", len(keys))
	}
	return keys
}
