//go:build all

package supply

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// rebuildFlags are those of a build that anyone can repeat: no path of the
// machine, and nothing of the folder's version control, which a tarball lacks.
// docs/operations/rebuild.md shows them.
var rebuildFlags = []string{"-trimpath", "-buildvcs=false"}

// TestRebuild builds copies of this commit in two folders, whose names differ in
// length as well, and wants the same bytes.
func TestRebuild(t *testing.T) {
	one, other := twoCopies(t)
	if a, b := built(t, one, nil, rebuildFlags...), built(t, other, nil, rebuildFlags...); a != b {
		t.Errorf("the same source became %x in one folder and %x in another", a, b)
	}
	// Any program shows that the folder is in it; a small one is built soon.
	if a, b := builtOf(t, smallProgram, one, nil, "-buildvcs=false"), builtOf(t, smallProgram, other, nil, "-buildvcs=false"); a == b {
		t.Error("control: without -trimpath the folder was not noticed")
	}
}

func twoCopies(t *testing.T) (one, other string) {
	t.Helper()
	one, other = filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "a", "longer", "path to the source")
	for _, dir := range []string{one, other} {
		if err := copySource("../..", dir); err != nil {
			t.Fatal(err)
		}
	}
	return one, other
}

// copySource copies what a build reads: the source without version control,
// packages of npm and what was built.
func copySource(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		case !d.Type().IsRegular() || name == "bookgate" || d.Name() == ".git":
			return nil
		}
		content, err := os.ReadFile(path)
		return errors.Join(err, os.WriteFile(filepath.Join(to, name), content, 0o600))
	})
}

// smallProgram is a program of ours that leans on little.
const smallProgram = "./internal/notices/generate"

// built builds the program in a folder and returns the digest of its bytes.
func built(t *testing.T, dir string, env []string, flags ...string) [sha256.Size]byte {
	t.Helper()
	return builtOf(t, "./cmd/bookgate", dir, env, flags...)
}

// builtOf is built of any program.
func builtOf(t *testing.T, program, dir string, env []string, flags ...string) [sha256.Size]byte {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bookgate")
	args := append([]string{"build"}, flags...)
	cmd := exec.CommandContext(t.Context(), "go", append(args, "-o", binary, program)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(content)
}

// TestModulesAreVerified asks go whether the module cache is as it was
// downloaded, and whether that is what go.sum says: go mod verify looks at the
// first alone. Each has a control.
func TestModulesAreVerified(t *testing.T) {
	if out, err := goMod(t, "../..", nil, "verify"); err != nil || !strings.Contains(out, "all modules verified") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := goMod(t, "../..", []string{"GOPROXY=off"}, "download"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	dir := oneModule(t, strings.Repeat("A", 43)+"=")
	out, err := goMod(t, dir, []string{"GOPROXY=off"}, "download")
	if err == nil || !strings.Contains(out, "checksum mismatch") {
		t.Errorf("control: another digest in go.sum was not noticed: %v\n%s", err, out)
	}
	cache := editedCache(t)
	out, err = goMod(t, oneModule(t, ""), []string{"GOMODCACHE=" + cache, "GOPROXY=off"}, "verify")
	if err == nil || !strings.Contains(out, "modified") {
		t.Errorf("control: an edited file in the module cache was not noticed: %v\n%s", err, out)
	}
}

func goMod(t *testing.T, dir string, env []string, command string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", command)
	cmd.Dir, cmd.Env = dir, append(append(os.Environ(), "GOFLAGS=-mod=mod -modcacherw"), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// The module of the controls: it needs no other.
const (
	controlModule  = "github.com/beevik/etree"
	controlVersion = "v1.8.1"
)

// oneModule makes a module that needs the control's, with the digest of go.sum
// or with another one.
func oneModule(t *testing.T, digest string) (dir string) {
	t.Helper()
	sum, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for line := range strings.Lines(string(sum)) {
		begins := controlModule + " " + controlVersion + " h1:"
		if strings.HasPrefix(line, begins) && digest != "" {
			line = begins + digest + "\n"
		}
		if strings.HasPrefix(line, controlModule+" ") {
			lines.WriteString(line)
		}
	}
	dir = t.TempDir()
	for name, content := range map[string]string{"go.sum": lines.String(), "x.go": "package x\n",
		"go.mod": "module control\n\ngo 1.26.0\n\nrequire " + controlModule + " " + controlVersion + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// editedCache makes a module cache of the control's module, in which a stranger
// has edited a file.
func editedCache(t *testing.T) (cache string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	from, cache := strings.TrimSpace(string(out)), t.TempDir()
	module := controlModule + "@" + controlVersion
	for _, name := range []string{module, filepath.Join("cache", "download", controlModule, "@v")} {
		if err := os.CopyFS(filepath.Join(cache, name), os.DirFS(filepath.Join(from, name))); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(cache, module, "etree.go")
	if err := errors.Join(os.Chmod(filepath.Dir(file), 0o700), os.Chmod(file, 0o600)); err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(source, "// edited\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	return cache
}
