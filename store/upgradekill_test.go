package store

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/store/internal/sqldb"
)

// upgradeDir is set for a process that this test starts from its own binary,
// to upgrade the store in it.
const upgradeDir = "BOOKGATE_STORE_TEST_UPGRADE"

// upgradeHere opens a store for serving and says what it does.
func upgradeHere(dir string) int {
	db, err := Open(context.Background(), dir, Options{Upgrade: true, Log: slog.New(slog.NewTextHandler(os.Stdout, nil))})
	if err != nil {
		fmt.Println("open:", err)
		return 1
	}
	fmt.Println("opened")
	if err := db.Close(); err != nil {
		return 1
	}
	return 0
}

// TestKilledUpgradeLeavesWholeSteps kills the process that upgrades a store of
// many orders, half of the times at any instant and half of them soon after the
// safety copy, when the step itself runs. What it leaves has the old schema or
// the new one and every row, and the next start brings it to the new one.
func TestKilledUpgradeLeavesWholeSteps(t *testing.T) {
	t.Parallel()
	golden := memoryDir(t)
	killOrders, kills := fulltest.Rounds(500, 20_000), fulltest.Rounds(4, 50)
	oldStore(t, golden, killOrders)
	e := engineOf(t, golden)
	tables := columnsOf(t, e)
	before := digestsOf(t, e, tables)
	whole, step := timeOfUpgrade(t, golden)
	left := map[int]int{}
	for n := range kills {
		dir := copyOf(t, golden)
		if n%2 == 0 {
			killUpgrade(t, dir, "", rand.N(whole))
		} else {
			killUpgrade(t, dir, "safety copy made", rand.N(2*step))
		}
		e := engineOf(t, dir)
		have, err := e.InspectSchema(t.Context())
		if err != nil || have < 1 || have > sqldb.Newest(e.Steps) {
			t.Fatalf("kill %d left schema %d, %v", n, have, err)
		}
		left[have]++
		if n%10 < 2 { // reading every value takes longer than all the rest
			if got := digestsOf(t, e, tables); !maps.Equal(got, before) {
				t.Fatalf("kill %d left %v, want %v", n, got, before)
			}
		}
		db, err := Open(t.Context(), dir, Options{Upgrade: true})
		if err != nil {
			t.Fatalf("the start after kill %d: %v", n, err)
		}
		wantAnswers(t, db, map[string]any{
			"PRAGMA integrity_check": "ok",
			"SELECT count(*) FROM orders WHERE retired = 0 AND erased = 0":                                       int64(killOrders),
			"SELECT count(*) FROM documents JOIN lines USING (order_n) JOIN events USING (order_n)":              int64(killOrders),
			"SELECT count(*) FROM listing l JOIN feed f ON f.party = l.party AND f.seq = l.seq WHERE l.side = 1": int64(killOrders),
		})
		want := 1
		if have > 1 && have < sqldb.Newest(e.Steps) {
			want = 2 // one before each run that changes the schema
		}
		if copies, _ := filepath.Glob(db.Path() + ".before-*"); len(copies) != want {
			t.Errorf("kill %d: copies %v", n, copies)
		}
		db.Close()
		os.RemoveAll(dir)
	}
	t.Logf("%d kills over %s (the step %s): %d left schema 1, %d a later one", kills, whole.Round(time.Millisecond), step.Round(time.Millisecond), left[1], kills-left[1])
	if fulltest.On && left[1] == 0 {
		t.Error("no kill came before the end of the step, so nothing was shown")
	}
}

// timeOfUpgrade is how long a whole upgrade takes in a process of its own, and
// its part after the safety copy.
func timeOfUpgrade(t *testing.T, golden string) (whole, step time.Duration) {
	dir := copyOf(t, golden)
	begun := time.Now()
	cmd, lines := upgradeChild(t, dir)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "safety copy made") {
			step = time.Since(begun)
		}
		if lines.Text() == "opened" {
			whole = time.Since(begun)
		}
	}
	if err := cmd.Wait(); err != nil || whole == 0 || step == 0 {
		t.Fatalf("an upgrade without a kill: %v", err)
	}
	return whole, whole - step
}

// killUpgrade starts an upgrade and kills it some time after a word was said.
func killUpgrade(t *testing.T, dir, word string, after time.Duration) {
	t.Helper()
	cmd, lines := upgradeChild(t, dir)
	kill := func() { time.AfterFunc(after, func() { cmd.Process.Kill() }) }
	if word == "" {
		kill()
	}
	for lines.Scan() {
		if word != "" && strings.Contains(lines.Text(), word) {
			kill()
		}
		if strings.HasPrefix(lines.Text(), "open:") {
			t.Errorf("the child said %q", lines.Text())
		}
	}
	cmd.Wait() // killed, or just finished
}

func upgradeChild(t *testing.T, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), upgradeDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// memoryDir is a folder in memory where the system has one: a killed process
// leaves the same there.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "store-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func copyOf(t *testing.T, golden string) string {
	t.Helper()
	dir := memoryDir(t)
	for name, content := range bytesIn(t, golden) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
