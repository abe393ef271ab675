package editx

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files of testdata/editx anew")

const fixtures = "../testdata/editx"

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(fixtures, name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// TestGolden reads each fixture and compares what is written again, and what
// was found, with the golden files beside it.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(fixtures, "*.xml"))
	if err != nil || len(names) == 0 {
		t.Fatal("no fixtures:", err)
	}
	for _, path := range names {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			o, findings := mustDecode(t, fixture(t, name))
			out := mustEncode(t, &o)
			golden(t, name+".golden", string(out))
			golden(t, name+".findings", listing(findings))
			again, _ := mustDecode(t, out)
			if diff := cmp.Diff(settled(o), settled(again)); diff != "" {
				t.Errorf("read, written and read again (-first +again):\n%s", diff)
			}
			if twice := mustEncode(t, &again); string(twice) != string(out) {
				t.Errorf("written twice, it differs:\n%s", cmp.Diff(string(out), string(twice)))
			}
			nothingLost(t, withoutBlank(elementPaths(t, fixture(t, name)), findings), elementPaths(t, out))
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(fixtures, name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), run with -update if this is meant:\n%s", name, diff)
	}
}

func listing(findings []Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%d:%d %s %s %s\n\t%s\n", f.Line, f.Column, f.Severity, f.Code, f.Path, f.Message)
	}
	return b.String()
}

// elementPaths counts the elements of a document without their texts, which a
// loose form may have changed and the golden files hold.
func elementPaths(t *testing.T, body []byte) map[string]int {
	t.Helper()
	paths := map[string]int{}
	for element, n := range elements(t, body) {
		path, _, _ := strings.Cut(element, "=")
		paths[path] += n
	}
	return paths
}

// withoutBlank takes out the elements that hold nothing and cannot be written so:
// the schema would refuse what is written.
func withoutBlank(paths map[string]int, findings []Finding) map[string]int {
	for _, f := range findings {
		if f.Code == "blank" && !strings.Contains(f.Message, "stored") {
			paths[regexp.MustCompile(`\[\d+\]`).ReplaceAllString(f.Path, "")]--
		}
	}
	return paths
}

// TestFullIsCanonical holds that a document written as we write it comes back
// byte for byte.
func TestFullIsCanonical(t *testing.T) {
	for _, name := range []string{"full.xml", "choices.xml"} {
		body := fixture(t, name)
		o, findings := mustDecode(t, body)
		if len(findings) > 0 {
			t.Errorf("%s: found %s", name, listing(findings))
		}
		if diff := cmp.Diff(string(body), string(mustEncode(t, &o))); diff != "" {
			t.Errorf("%s (-read +written):\n%s", name, diff)
		}
	}
}
