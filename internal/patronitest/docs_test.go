package patronitest

import (
	"os"
	"strings"
	"testing"
)

// TestDocsShowTheseSettings keeps docs/operations/high-availability.md and what
// is tested the same.
func TestDocsShowTheseSettings(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations/high-availability.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, settings := range map[string]string{"patroni.yml": patroniSettings, "haproxy.cfg": frontSettings} {
		if !strings.Contains(string(page), "\n"+settings) {
			t.Errorf("the page does not show %s as it is tested here", name)
		}
	}
	if !strings.Contains(string(page), "apt-get install -y --no-install-recommends "+Packages+"\n") {
		t.Errorf("the page does not install %s", Packages)
	}
}
