package supply

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// minimum is the first version of a module without a known fault.
type minimum struct{ module, version, why string }

// minimums are asked of every module that go.mod names, directly or not. A row
// stays when the module goes, for it may come back behind another.
func minimums() []minimum {
	return []minimum{
		{"github.com/beevik/etree", "v1.8.1",
			"before 1.7.0 deep nesting ends the process, and in 1.8.0 removing a token may panic"},
		{"github.com/hashicorp/go-retryablehttp", "v0.7.7", "CVE-2024-6104: passwords in addresses are logged"},
		{"github.com/jackc/pgx/v5", "v5.9.0",
			"CVE-2024-27304, CVE-2026-33815, CVE-2026-33816: injection by size, and panics at a server's messages"},
		{"github.com/mattn/go-sqlite3", "v1.14.52",
			"older ones are not known here to bring SQLite 3.51.3, without the fault that resets a log still needed"},
		{"github.com/pires/go-proxyproto", "v0.6.1", "CVE-2021-23351, CVE-2021-23409: a header without end takes memory and places"},
		{"github.com/prometheus/client_golang", "v1.11.1",
			"CVE-2022-21698: a label for every method that a client makes up"},
		{"github.com/vektah/gqlparser/v2", "v2.5.15", "CVE-2023-49559: many directives in a query take the processor"},
		{"github.com/wneessen/go-mail", "v0.7.1", "CVE-2025-59937: a quoted address becomes another recipient"},
		{"golang.org/x/crypto", "v0.45.0", "CVE-2024-45337, CVE-2025-22869, CVE-2025-47914, CVE-2025-58181"},
		{"golang.org/x/net", "v0.45.0", "CVE-2023-45288, CVE-2025-22870, CVE-2025-22872, CVE-2025-47911, CVE-2025-58190"},
		{"golang.org/x/text", "v0.3.8", "CVE-2022-32149: a header of languages takes the processor"},
		{"google.golang.org/protobuf", "v1.33.0", "CVE-2024-24786: a message without end"},
	}
}

// TestModuleMinimums compares go.mod with the table, and the SQLite that is
// linked with the oldest one that keeps what it has committed.
func TestModuleMinimums(t *testing.T) {
	for _, fault := range tooOld(t, "../../go.mod") {
		t.Error(fault)
	}
	if version, number, _ := sqlite3.Version(); number < 3_051_003 {
		t.Errorf("SQLite is %s; 3.51.3 is the first without a fault that resets a log still needed", version)
	}
	for name, control := range map[string]string{
		"etree":                          "require github.com/beevik/etree v1.6.0",
		"x/net":                          "require (\n\tgithub.com/beevik/etree v1.8.1\n\tgolang.org/x/net v0.44.0 // indirect\n)",
		"text":                           "require golang.org/x/text v0.3.7",
		"x/net before its first version": "require golang.org/x/net v0.0.0-20210505214959-0714010a04ed",
	} {
		file := filepath.Join(t.TempDir(), "go.mod")
		if err := os.WriteFile(file, []byte("module control\n\ngo 1.26.0\n\n"+control+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if found := tooOld(t, file); len(found) != 1 {
			t.Errorf("control %s: found %v", name, found)
		}
	}
}

// TestMinimumsAreOfUse holds that each row names a version, once, and that most
// of the modules are there.
func TestMinimumsAreOfUse(t *testing.T) {
	have, used, seen := required(t, "../../go.mod"), 0, map[string]bool{}
	for _, m := range minimums() {
		if _, ok := parts(m.version); !ok || m.why == "" || seen[m.module] {
			t.Errorf("%+v is malformed, or there twice", m)
		}
		seen[m.module] = true
		if have[m.module] != "" {
			used++
		}
	}
	if used < 10 {
		t.Errorf("%d of the modules are in go.mod", used)
	}
}

// tooOld lists what a go.mod requires in a version with a known fault.
func tooOld(t *testing.T, file string) (faults []string) {
	t.Helper()
	have := required(t, file)
	for _, m := range minimums() {
		version := have[m.module]
		if version == "" {
			continue
		}
		got, ok := parts(version)
		least, _ := parts(m.version)
		if !ok || less(got, least) {
			faults = append(faults, fmt.Sprintf("%s is %s, and must be %s or newer: %s", m.module, version, m.version, m.why))
		}
	}
	return faults
}

// required reads the modules of a go.mod with their versions.
func required(t *testing.T, file string) map[string]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct{ Path, Version string }
		Replace []struct{ Old struct{ Path string } }
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	for _, r := range mod.Replace {
		t.Errorf("%s replaces %s", file, r.Old.Path)
	}
	versions := map[string]string{}
	for _, r := range mod.Require {
		versions[r.Path] = r.Version
	}
	return versions
}

// parts reads v1.2.3, with or without what follows a hyphen: that is older than
// the version without it, so it counts as the one before.
func parts(version string) (p [4]int, ok bool) {
	plain, before, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(version, "v"), "+incompatible"), "-")
	numbers := strings.Split(plain, ".")
	if len(numbers) != 3 {
		return p, false
	}
	for i, text := range numbers {
		n, err := strconv.Atoi(text)
		if err != nil {
			return p, false
		}
		p[i] = n
	}
	if before != "" {
		p[3] = -1
	}
	return p, true
}

func less(a, b [4]int) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}
