package postgrestest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

// debian is where Debian and Ubuntu keep the binaries of each version.
const debian = "/usr/lib/postgresql/*/bin"

var errMissing = errors.New("there is no PostgreSQL here to test with: initdb and postgres are neither on PATH nor in " + debian +
	"\n  Debian: apt-get install --no-install-recommends postgresql")

// findBinaries returns the folder with initdb and postgres, of the newest
// version where there are several.
func findBinaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil && hasBoth(filepath.Dir(real)) {
			return filepath.Dir(real), nil
		}
	}
	dirs, err := filepath.Glob(debian)
	if err != nil {
		return "", err
	}
	dirs = slices.DeleteFunc(dirs, func(d string) bool { return !hasBoth(d) })
	if len(dirs) == 0 {
		return "", errMissing
	}
	return slices.MaxFunc(dirs, func(a, b string) int { return version(a) - version(b) }), nil
}

func hasBoth(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

// version is the number in /usr/lib/postgresql/15/bin.
func version(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}
