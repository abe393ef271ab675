//go:build all

package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// mutantVariable names the mutant that is on in the binary that TestMutants
// builds.
const mutantVariable = "BOOKGATE_MUTANT"

// mutantPackage is added to that binary. It replaces conditions of queries when
// they are run, for they are constants.
const mutantPackage = `package mutant

import (
	"os"
	"slices"
	"strings"
)

var on = os.Getenv(%q)

func On(names ...string) bool { return slices.Contains(names, on) }

func SQL(text string) string {
	for _, r := range replaced[on] {
		text = strings.ReplaceAll(text, r[0], r[1])
	}
	return text
}

var replaced = %s
`

// TestMutants switches every check of testdata/checks.txt off, one after the
// other, and wants a cell of the policy to fail, and none to fail before. All
// mutants are in one binary, each behind a condition, so that it is built once; the
// source has no hook for them, for they are laid over it when it is compiled.
func TestMutants(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "mutants")
	sites, list := findSites(t), readChecks(t)
	matches := matched(t, sites, list)
	overlay := overlayOf(t, sites, matches)
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-tags", "all,everycell", "-overlay", overlay, "-o",
		binary, "./internal/dialect/conformance")
	build.Dir = root
	begun := time.Now()
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	built := time.Since(begun)
	whole := time.Now()
	out, caught := tryMutant(t, binary, "", "")
	if caught {
		t.Fatalf("without a mutant:\n%s", out)
	}
	fmt.Printf("%s, %s\n", firstLine(out, "policy: "), time.Since(whole).Round(time.Second))
	places := 0
	for _, l := range matches {
		if l.mutants != nil {
			places++
		}
	}
	hints := map[string]string{}
	for _, l := range list {
		for _, mutant := range l.mutants {
			if hints[mutant] == "" {
				hints[mutant] = l.caught
			}
		}
	}
	var mu sync.Mutex
	survived := 0
	work := make(chan string)
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for mutant := range work {
				out, caught := tryMutant(t, binary, mutant, hints[mutant])
				if !caught && hints[mutant] != "" {
					if out, caught = tryMutant(t, binary, mutant, ""); caught {
						t.Logf("%s is caught, and not by %q", mutant, hints[mutant])
					}
				}
				if testing.Verbose() {
					t.Logf("%s: %s", mutant, firstWrong(out))
				}
				if mu.Lock(); !caught {
					survived++
					t.Errorf("%s is off, and no cell fails", mutant)
				}
				mu.Unlock()
			}
		})
	}
	for _, mutant := range slices.Sorted(maps.Keys(hints)) {
		work <- mutant
	}
	close(work)
	workers.Wait()
	fmt.Printf("mutants: %d checks at %d places, %d survived, score %d %%, built in %s, %s in all\n", len(hints),
		len(matches), survived,
		100*(len(hints)-survived)/len(hints), built.Round(time.Second), time.Since(begun).Round(time.Second))
}

// tryMutant runs the policy, or what of it only names, until the first wrong
// cell.
func tryMutant(t *testing.T, binary, mutant, only string) (out string, caught bool) {
	folder, err := os.Getwd()
	if err != nil {
		t.Error(err)
		return "", false
	}
	run := exec.CommandContext(t.Context(), binary, "-test.run=^(TestPolicy|TestListsOfOneParty)$", "-test.timeout=10m",
		"-first", "-only="+only)
	run.Dir, run.Env = folder, append(os.Environ(), mutantVariable+"="+mutant)
	text, err := run.CombinedOutput()
	if out = string(text); err != nil && !strings.Contains(out, "--- FAIL") && !strings.Contains(out, "panic:") {
		t.Errorf("%s: %v\n%s", mutant, err, out)
		return out, false
	}
	return out, err != nil
}

// firstLine is the first line with a word in it.
func firstLine(out, word string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, word) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// firstWrong is the line of the cell that failed.
func firstWrong(out string) string {
	if line := firstLine(out, "_test.go:"); line != "" {
		return line
	}
	return strings.TrimSpace(out[:min(len(out), 200)])
}

// overlayOf writes the files with the mutants in them, and returns the path of the
// file that names them to the compiler.
func overlayOf(t *testing.T, sites []site, matches map[int]listed) string {
	t.Helper()
	folder := t.TempDir()
	replace := map[string]string{}
	put := func(name, text string) {
		to := filepath.Join(folder, strconv.Itoa(len(replace))+".go")
		check(t, os.WriteFile(to, []byte(text), 0o600))
		from, err := filepath.Abs(filepath.Join(root, name))
		check(t, err)
		replace[from] = to
	}
	changes, conditions := map[string][]change{}, map[string]map[string][]change{}
	for i, s := range sites {
		l := matches[i]
		if l.mutants == nil {
			continue
		}
		if s.kind == isQuery {
			holds := "1 = 1"
			if at := strings.IndexByte(s.text, '$'); at >= 0 { // each parameter must stand in the text
				holds = s.text[at:] + " = " + s.text[at:]
			}
			for _, mutant := range l.mutants {
				if conditions[mutant] == nil {
					conditions[mutant] = map[string][]change{}
				}
				conditions[mutant][s.literal] = append(conditions[mutant][s.literal], change{s.from, s.to, holds})
			}
			continue
		}
		changes[s.file] = append(changes[s.file], s.mutated(t, l)...)
	}
	texts := map[string][][2]string{}
	for mutant, literals := range conditions {
		for literal, all := range literals {
			texts[mutant] = append(texts[mutant], [2]string{literal, rewritten(literal, all)})
		}
	}
	changes["store/internal/sqldb/conn.go"] = append(changes["store/internal/sqldb/conn.go"], everyQuery(t)...)
	for name, all := range changes {
		text, err := os.ReadFile(filepath.Join(root, name))
		check(t, err)
		put(name, applied(string(text), all))
	}
	put("internal/mutant/mutant.go", fmt.Sprintf(mutantPackage, mutantVariable, strings.ReplaceAll(fmt.Sprintf("%#v",
		texts), "main.", "")))
	text, err := json.Marshal(map[string]any{"Replace": replace})
	check(t, err)
	to := filepath.Join(folder, "overlay.json")
	check(t, os.WriteFile(to, text, 0o600))
	return to
}

// change puts a text in the place of another.
type change struct {
	from, to int
	text     string
}

// mutated are the changes that put a mutant into a place.
func (s site) mutated(t *testing.T, l listed) []change {
	t.Helper()
	on := `mutant.On("` + strings.Join(l.mutants, `", "`) + `")`
	switch {
	case s.kind == isCondition && l.off == "true":
		return []change{{s.from, s.from, "("}, {s.to, s.to, " || " + on + ")"}}
	case s.kind == isCondition && l.off == "false":
		return []change{{s.from, s.from, "("}, {s.to, s.to, " && !" + on + ")"}}
	case s.kind == isCall && l.off == "err":
		return []change{{s.to, s.to, "\nif " + on + " { err = nil }\n"}}
	case s.kind == isCall && l.off == "ok":
		return []change{{s.to, s.to, "\nif " + on + " { ok = true }\n"}}
	case s.kind == isEnd && l.off == "on":
		return []change{{s.from, s.from, "if !" + on + " { "}, {s.to, s.to, " }"}}
	case s.kind == isCallIf && l.off == "err":
		return []change{{s.from, s.from, "("}, {s.to, s.to, " && !" + on + ")"}}
	}
	t.Fatalf("%s cannot be switched off as %s", s.key(), l.off)
	return nil
}

// everyQuery has each query go through the mutants before it is run.
func everyQuery(t *testing.T) (all []change) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "store/internal/sqldb/conn.go"))
	check(t, err)
	for _, begin := range []string{
		"func (c *Conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {",
		"func (c *Conn) rows(ctx context.Context, query string, args []any) (*sql.Rows, error) {",
	} {
		at := strings.Index(string(text), begin)
		if at < 0 {
			t.Fatalf("store/internal/sqldb/conn.go has no %s", begin)
		}
		all = append(all, change{at + len(begin), at + len(begin), "\nquery = mutant.SQL(query)\n"})
	}
	return all
}

// rewritten makes changes in a text, the last one first.
func rewritten(text string, all []change) string {
	slices.SortStableFunc(all, func(a, b change) int { return b.from - a.from })
	for _, c := range all {
		text = text[:c.from] + c.text + text[c.to:]
	}
	return text
}

// applied makes the changes in a file, and imports what they need.
func applied(text string, all []change) string {
	text = rewritten(text, all)
	at := strings.Index(text, "\npackage ") + 1
	if strings.HasPrefix(text, "package ") {
		at = 0
	}
	end := at + strings.IndexByte(text[at:], '\n')
	return text[:end] + "\n\nimport \"github.com/bookgate/bookgate/internal/mutant\"\n" + text[end:]
}
