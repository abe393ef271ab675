//go:build all

package chaos

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// control steers the shim in a running process.
type control struct{ file *os.File }

// faults is the control file as the shim maps it.
type faults struct {
	Error int64 // the errno to fail with, 0 for none
	Pass  int64 // calls that pass before the first failure
	Fail  int64 // calls that fail then, always for all that follow
	Count int64 // calls that failed since the fault was set
	Die   int64 // entries of the journal after which the process ends, 0 for never

	Every   int64 // flushes of the log of which the last two take long, 0 for none
	Stall   int64 // milliseconds that each takes; twice that each fourth time
	Flushes int64 // of the log so far
	Stalls  int64 // of them that took long
}

const always = -1

func newControl(t *testing.T) *control {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "control"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	c := &control{f}
	c.write(t, 0, faults{})
	return c
}

// set plants a fault. The errno goes in last: with it the fault begins.
func (c *control) set(t *testing.T, errno syscall.Errno, pass, fail int64) {
	t.Helper()
	c.write(t, 8, [3]int64{pass, fail, 0})
	c.write(t, 0, int64(errno))
}

func (c *control) clear(t *testing.T) {
	t.Helper()
	c.write(t, 0, int64(0))
}

// dieAfter ends the process at the border of an entry, so that its files and
// the journal say the same.
func (c *control) dieAfter(t *testing.T, entries int64) {
	t.Helper()
	c.write(t, 32, entries)
}

// stall lets the last two of so many flushes of the log take long.
func (c *control) stall(t *testing.T, every int, length time.Duration) {
	t.Helper()
	c.write(t, 48, length.Milliseconds())
	c.write(t, 40, int64(every))
}

// stalls reports how many flushes took long.
func (c *control) stalls(t *testing.T) int64 {
	t.Helper()
	return c.read(t, 64)
}

// failures reports how many calls failed since the fault was set.
func (c *control) failures(t *testing.T) int64 {
	t.Helper()
	return c.read(t, 24)
}

func (c *control) read(t *testing.T, at int64) int64 {
	t.Helper()
	b := make([]byte, 8)
	if _, err := c.file.ReadAt(b, at); err != nil {
		t.Fatal(err)
	}
	return int64(binary.NativeEndian.Uint64(b))
}

func (c *control) write(t *testing.T, at int64, v any) {
	t.Helper()
	var b bytes.Buffer
	binary.Write(&b, binary.NativeEndian, v)
	if _, err := c.file.WriteAt(b.Bytes(), at); err != nil {
		t.Fatal(err)
	}
}

// env is the environment in which a process runs behind the shim.
func (c *control) env(t *testing.T, dir string, j *journal) []string {
	t.Helper()
	env := []string{"LD_PRELOAD=" + needShim(t), "CHAOS_DIR=" + dir, "CHAOS_CONTROL=" + c.file.Name()}
	if j != nil {
		env = append(env, "CHAOS_JOURNAL="+j.path)
	}
	return env
}
