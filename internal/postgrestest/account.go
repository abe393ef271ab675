//go:build unix

package postgrestest

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is who runs the server. PostgreSQL refuses to run as root, so a test
// that does passes it to another account; nil is our own.
func account() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// makeDir makes a folder that belongs to the account. It stands in the folder
// for temporary files itself: one made for a test is closed to other accounts.
func makeDir(root string, who *syscall.Credential) (string, error) {
	dir, err := os.MkdirTemp(root, "postgrestest-")
	if err != nil || who == nil {
		return dir, err
	}
	return dir, os.Chown(dir, int(who.Uid), int(who.Gid))
}

// under is how the server's processes are started: by the account, and apart
// from the terminal of the test.
func under(who *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: who, Setsid: true}
}

func data(dir string) string { return filepath.Join(dir, "data") }
