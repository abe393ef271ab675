//go:build all

package chaos

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/bookgate/bookgate/internal/harness"
)

// Calls to the disk before it fails: at most about as many as there are, so
// that most faults are met. A restore copies the file by other means and then
// changes little of it.
const (
	quickFullDisks = 6
	fullDiskOrders = 60
	callsOfBackup  = 60
	callsOfRestore = 20
)

// backupName begins as the files do that the shim looks at.
const backupName = "bookgate.db-backup"

// TestBackupDiskFull lets the disk of a backup, and that of a restore, fail at
// any call. Nothing may be left behind that could be taken for a backup or a
// store, and the store that is backed up must not notice.
func TestBackupDiskFull(t *testing.T) {
	t.Parallel()
	backupDiskFull(t, quickFullDisks)
}

func backupDiskFull(t *testing.T, cuts int) {
	scene := newScene(t, sqlite)
	fillDocuments(t, scene, fullDiskOrders)
	sound := filepath.Join(t.TempDir(), "sound.db")
	takeBackup(t, scene, sound)
	refused, failed := 0, int64(0)
	for n := range cuts {
		dir := t.TempDir()
		data, args, most := scene.Dir, []string{"backup", filepath.Join(dir, backupName), "--verify"}, callsOfBackup
		if n%2 == 1 {
			dir = filepath.Join(dir, "restored")
			data, args, most = dir, []string{"restore", sound}, callsOfRestore
		}
		a := ailments()[n/2%3]
		code, calls, words := runOnDisk(t, scene.Binary, dir, data, a, int64(rand.IntN(most)), args)
		failed += calls
		if calls == 0 {
			continue // all of it was written before the fault
		}
		refused++
		if entries, _ := os.ReadDir(dir); code == 0 || len(entries) > 0 {
			t.Errorf("%s on a disk that is %s: exit code %d, left behind %v", args[0], a.name, code, entries)
		}
		if a.errno == syscall.ENOSPC && !strings.Contains(words, "left on") && !strings.Contains(words, "disk is full") {
			t.Errorf("%s on a full disk says:\n%s", args[0], words)
		}
	}
	figures(t, "%d backups and restores on failing disks, %d met a fault (%d calls failed): nothing left behind", cuts, refused, failed)
	if refused == 0 {
		t.Error("no fault was met: the disk was not the one that was written to")
	}
	fullDiskControl(t, scene, sound)
}

// runOnDisk runs a command of the program whose files in dir are on a disk that
// fails, and returns its exit code, how many calls failed, and what it said.
func runOnDisk(t *testing.T, binary, dir, data string, a ailment, pass int64, args []string) (code int, calls int64, words string) {
	t.Helper()
	disk := newControl(t)
	disk.set(t, a.errno, pass, always)
	cmd := exec.Command(binary, append(args, "--data", data)...)
	cmd.Env = append(os.Environ(), disk.env(t, dir, nil)...)
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatalf("%v\n%s", err, out)
	}
	return cmd.ProcessState.ExitCode(), disk.failures(t), string(out)
}

// fullDiskControl runs the same commands without a fault, and finds what they
// leave behind: else an empty folder would prove nothing.
func fullDiskControl(t *testing.T, s harness.Scene, sound string) {
	t.Helper()
	dir := t.TempDir()
	none := ailment{errno: syscall.Errno(0)}
	restored := filepath.Join(dir, "restored")
	backup, _, _ := runOnDisk(t, s.Binary, dir, s.Dir, none, 0, []string{"backup", filepath.Join(dir, backupName), "--verify"})
	restore, _, _ := runOnDisk(t, s.Binary, restored, restored, none, 0, []string{"restore", sound})
	_, err := os.Stat(filepath.Join(dir, backupName))
	_, errStore := os.Stat(filepath.Join(restored, "bookgate.db"))
	figures(t, "control, the same on a sound disk: exit codes %d and %d", backup, restore)
	if backup != 0 || restore != 0 || err != nil || errStore != nil {
		t.Errorf("control: backup %d (%v), restore %d (%v)", backup, err, restore, errStore)
	}
}
