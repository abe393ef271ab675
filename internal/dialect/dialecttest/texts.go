package dialecttest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/actionmail"
)

// CheckTexts wants every text in every language, with the same values in the
// same places, and every text that is asked for, and no other.
func CheckTexts(t *testing.T, texts actionmail.Texts, languages []actionmail.Language, asked []string) {
	t.Helper()
	for key, said := range texts {
		checkText(t, key, said, languages)
		if !slices.Contains(asked, key) {
			t.Errorf("the text %s is never asked for", key)
		}
	}
	for _, key := range asked {
		if texts[key] == nil {
			t.Errorf("the text %s is asked for and not there", key)
		}
	}
	if len(asked) < 40 {
		t.Fatalf("only %d texts are asked for; the search is broken", len(asked))
	}
}

func checkText(t *testing.T, key string, said map[actionmail.Language]string, languages []actionmail.Language) {
	t.Helper()
	verb, first := regexp.MustCompile(`%[a-z]`), languages[0]
	want := verb.FindAllString(said[first], -1)
	for _, l := range languages {
		if strings.TrimSpace(said[l]) == "" {
			t.Errorf("%s is not said in %s", key, l)
		}
		if got := verb.FindAllString(said[l], -1); !slices.Equal(got, want) {
			t.Errorf("%s has the values %v in %s, and %v in %s", key, got, l, want, first)
		}
		if l != first && said[l] == said[first] {
			t.Errorf("%s is the same in %s and %s", key, l, first)
		}
	}
	if len(said) != len(languages) {
		t.Errorf("%s is said in %d languages", key, len(said))
	}
}

// AskedFor finds the keys of texts in the templates and the code of the package
// under test: in a template after t, in the code where the first group of a
// pattern is.
func AskedFor(t *testing.T, inCode *regexp.Regexp, templates ...string) (keys []string) {
	t.Helper()
	keys = []string{"moment-layout", "day-layout", "unknown", "unknown-why", "busy", "busy-why", "trouble", "trouble-why",
		"form", "form-why"} // by every service
	inTemplate := regexp.MustCompile(`\bt "([a-z-]+)"`)
	for _, m := range inTemplate.FindAllStringSubmatch(strings.Join(templates, "\n"), -1) {
		keys = append(keys, m[1])
	}
	files, err := filepath.Glob("*.go")
	check(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "texts.go" {
			continue
		}
		text, err := os.ReadFile(name)
		check(t, err)
		for _, m := range inCode.FindAllStringSubmatch(string(text), -1) {
			keys = append(keys, m[1])
		}
	}
	return keys
}
