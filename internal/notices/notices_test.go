package notices_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/bookgate/bookgate/internal/notices"
)

// TestListIsCurrent makes the list anew, from the modules that go.mod names and
// the module cache, and wants the very bytes that are embedded.
func TestListIsCurrent(t *testing.T) {
	file := filepath.Join(t.TempDir(), "notices.json")
	if out, err := exec.CommandContext(t.Context(), "go", "run", "./generate", file).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("notices.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("notices.json is not what the modules say now; run make generate")
	}
}

func TestEveryNoticeIsWhole(t *testing.T) {
	all, err := notices.All()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, n := range all {
		if n.Name == "" || n.Version == "" || n.License == "" || len(n.Texts) == 0 || seen[n.Name] {
			t.Errorf("%s %s: license %q, %d texts, twice: %v", n.Name, n.Version, n.License, len(n.Texts), seen[n.Name])
		}
		seen[n.Name] = true
		for _, text := range n.Texts {
			if len(text.Text) < 20 { // a NOTICE may be short, and none is empty
				t.Errorf("%s: %s has %d bytes", n.Name, text.File, len(text.Text))
			}
		}
	}
	if !seen[notices.Standard] || !seen[notices.SQLite] {
		t.Errorf("%s or %s is missing", notices.Standard, notices.SQLite)
	}
}
