//go:build all

package notices_test

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	sqlite3 "github.com/mattn/go-sqlite3"

	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/notices"
)

// TestModulesOfTheBinary compares the list with what the built program says of
// itself, as go version -m shows it: every module is in it, in the same version,
// with the bytes of the module cache, and the checksum of each stands in go.sum.
func TestModulesOfTheBinary(t *testing.T) {
	binary, err := harness.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	var built []string
	for _, m := range info.Deps {
		if m.Replace != nil {
			t.Errorf("%s is replaced by %s", m.Path, m.Replace.Path)
		}
		if line := fmt.Sprintf("%s %s %s\n", m.Path, m.Version, m.Sum); m.Sum == "" || !strings.Contains(string(sums), line) {
			t.Errorf("go.sum does not have %q", line)
		}
		built = append(built, m.Path+" "+m.Version)
	}
	all, err := notices.All()
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, n := range all {
		switch n.Name {
		case notices.Standard:
			if n.Version != info.GoVersion {
				t.Errorf("the standard library is that of %s, listed is %s", info.GoVersion, n.Version)
			}
			continue
		case notices.SQLite:
			if version, _, _ := sqlite3.Version(); version != n.Version {
				t.Errorf("SQLite is %s, listed is %s", version, n.Version)
			}
			continue
		}
		listed = append(listed, n.Name+" "+n.Version)
		wantTexts(t, n)
	}
	slices.Sort(built)
	slices.Sort(listed)
	if !slices.Equal(built, listed) {
		t.Errorf("the binary is made of\n%s\nlisted are\n%s", strings.Join(built, "\n"), strings.Join(listed, "\n"))
	}
	t.Logf("%d modules, %d notices", len(built), len(all))
}

// wantTexts compares a notice with the module cache, byte for byte.
func wantTexts(t *testing.T, n notices.Notice) {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", n.Name).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range n.Texts {
		content, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), text.File))
		if err != nil || string(content) != text.Text {
			t.Errorf("%s: %s is not that of the module cache: %v", n.Name, text.File, err)
		}
	}
}
