package patronitest

import (
	"os"
	"strings"
	"testing"
)

// TestREADMEShowsTheseSettings keeps the README and what is tested the same.
func TestREADMEShowsTheseSettings(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, settings := range map[string]string{"patroni.yml": patroniSettings, "haproxy.cfg": frontSettings} {
		if !strings.Contains(string(readme), "\n"+settings) {
			t.Errorf("the README does not show %s as it is tested here", name)
		}
	}
	if !strings.Contains(string(readme), "apt-get install -y --no-install-recommends "+Packages+"\n") {
		t.Errorf("the README does not install %s", Packages)
	}
}
