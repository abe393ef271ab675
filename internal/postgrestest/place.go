package postgrestest

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Place is where a test runs programs of a database: whose binaries they use,
// the account that runs them, and a folder which that account may fill.
type Place struct {
	Bin string // PostgreSQL's binaries
	Dir string // removed with the test
	who *syscall.Credential
}

// NewPlace makes a place for one test. Where there is no PostgreSQL the test
// is skipped.
func NewPlace(t testing.TB) Place {
	t.Helper()
	p, err := newPlace()
	usable(t, nil, err)
	t.Cleanup(func() {
		if err := os.RemoveAll(p.Dir); err != nil {
			t.Error(err)
		}
	})
	return p
}

func newPlace() (p Place, err error) {
	if p.Bin, err = findBinaries(); err != nil {
		return p, err
	}
	if p.who, err = account(); err != nil {
		return p, err
	}
	p.Dir, err = makeDir(memory(), p.who)
	return p, err
}

// Folder makes a folder in the place, for the account alone.
func (p Place) Folder(name string) (string, error) {
	path := filepath.Join(p.Dir, name)
	if err := os.Mkdir(path, 0o700); err != nil || p.who == nil {
		return path, err
	}
	return path, os.Chown(path, int(p.who.Uid), int(p.who.Gid))
}

// Command is a command that the account runs in the place, apart from the
// terminal of the test.
func (p Place) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.SysProcAttr, cmd.Env = p.Dir, under(p.who), append(os.Environ(), "HOME="+p.Dir)
	return cmd
}
