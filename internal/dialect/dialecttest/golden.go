package dialecttest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Masks are what differs from run to run, each a pattern and what stands for it
// in golden files.
type Masks [][2]string

// Over masks a text.
func (m Masks) Over(text string) string {
	for _, mask := range m {
		text = regexp.MustCompile(mask[0]).ReplaceAllString(text, mask[1])
	}
	return text
}

// OverAnswer masks the bytes of an answer, in which some things differ whatever
// the dialect.
func (m Masks) OverAnswer(raw string) string {
	always := Masks{{`X-Request-Id: \S+`, "X-Request-Id: REQUEST-ID"}, {`\r\nDate: [^\r]+GMT\r\n`, "\r\nDate: NOW\r\n"}}
	return strings.ReplaceAll(always.Over(m.Over(raw)), "\r\n", "\n")
}

// Compare holds a text against a golden file, or writes the file anew.
func Compare(t testing.TB, update bool, path, got string) {
	t.Helper()
	if update {
		check(t, os.MkdirAll(filepath.Dir(path), 0o755))
		check(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	check(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
