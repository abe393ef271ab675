//go:build all

package chaos

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

const (
	quickBackups  = 1
	backupWriters = 6
	ordersBefore  = 300              // acknowledged before the backup begins
	beforeLimit   = 60 * time.Second // for these on a busy machine
)

// TestBackupWhileWriting takes a backup of a gateway under load and restores it
// elsewhere. Every order that was acknowledged before the backup began must be
// there with the bytes that were sent, routed once, and seen by both parties.
func TestBackupWhileWriting(t *testing.T) {
	t.Parallel()
	backupWhileWriting(t, quickBackups)
}

func backupWhileWriting(t *testing.T, runs int) {
	var sum drill
	for n := range runs {
		sum.add(backupDrill(t, n))
	}
	figures(t, "%d backups under load: %d orders acknowledged before, %d while the backups were taken and verified, in %s; restored in %s; %d lost (%s)",
		runs, sum.before, sum.during, sum.took.Round(time.Millisecond), sum.restored.Round(time.Millisecond), sum.lost, bound(sum.before))
	figures(t, "control, the database file copied alone: %d of %d copies bad", sum.badCopies, runs)
	if sum.during == 0 {
		t.Error("no order was acknowledged while a backup was taken: the writers had to wait")
	}
	if sum.badCopies != runs {
		t.Error("control: a copy of the database file alone was not caught")
	}
}

// drill is what one backup under load came to, or many.
type drill struct {
	before, during, lost, badCopies int
	took, restored                  time.Duration
}

func (d *drill) add(o drill) {
	d.before += o.before
	d.during += o.during
	d.lost += o.lost
	d.badCopies += o.badCopies
	d.took += o.took
	d.restored += o.restored
}

func backupDrill(t *testing.T, n int) (d drill) {
	t.Helper()
	scene, book := newScene(t, sqlite), newLedger()
	g := start(t, scene, quiet...)
	stop := writeOn(t, g, scene, book, n)
	copied := plainCopy(t, scene, book)
	before := book.entries()
	file := filepath.Join(t.TempDir(), "backup.db")
	began := time.Now()
	takeBackup(t, scene, file)
	d.took, d.during = time.Since(began), len(book.entries())-len(before)
	stop()
	g.Stop()
	d.before = len(before)
	if copied.examine(t).bad() {
		d.badCopies = 1
	}
	restored := scene
	restored.Dir = filepath.Join(t.TempDir(), "restored")
	began = time.Now()
	if _, err := restored.Admin("restore", file); err != nil {
		t.Fatal(err)
	}
	d.restored = time.Since(began)
	d.lost = checkRestored(t, restored, before, book.entries())
	return d
}

// writeOn lets writers submit until stop is called, and returns when enough
// was acknowledged.
func writeOn(t *testing.T, g *harness.Gateway, s harness.Scene, book *ledger, run int) (stop func()) {
	t.Helper()
	client, quit := login(t, g, s.Sender), make(chan struct{})
	var wg sync.WaitGroup
	for w := range backupWriters {
		wg.Go(func() { write(client, book, fmt.Sprintf("b%d-w%d", run, w), quit) })
	}
	for end := time.Now().Add(beforeLimit); len(book.entries()) < ordersBefore; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d orders were acknowledged in %s\n%s", len(book.entries()), beforeLimit, g.Log())
		}
	}
	return func() { close(quit); wg.Wait() }
}

// takeBackup runs the real command beside the server.
func takeBackup(t *testing.T, s harness.Scene, file string) {
	t.Helper()
	out, err := s.Admin("backup", file, "--verify", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Verified bool `json:"verified"`
	}
	if err := json.Unmarshal(out, &report); err != nil || !report.Verified {
		t.Fatalf("the backup is not verified: %v\n%s", err, out)
	}
}

// checkRestored looks for what was acknowledged, in the store and through a
// server, and returns the number of orders that are not as they should be.
func checkRestored(t *testing.T, s harness.Scene, before, all []acked) (lost int) {
	t.Helper()
	f := examine(t.Context(), s.Dir, before)
	if f.damage != "" {
		t.Error(f.damage)
	}
	for _, fault := range f.lost {
		t.Error(fault)
	}
	g := start(t, s, quiet...)
	defer g.Stop()
	book := inBackup(t, g, s, before, all)
	if fault := settled(t, g, s, book, settleLimit); fault != "" {
		t.Errorf("%s\n%s", fault, g.Log())
	}
	checkHistories(t, g, s, book)
	client := login(t, g, s.Sender)
	for _, a := range before {
		if status, body := original(t, client, a.id, "identity"); string(body) != string(bodyOf(a.number)) {
			t.Errorf("order %s comes with %d and %d bytes; %d were sent", a.number, status, len(body), len(bodyOf(a.number)))
			lost++
		}
	}
	return lost + len(f.lost)
}

// inBackup is the ledger of a restored store: what was acknowledged before the
// backup began, and of what came later that which the backup has caught.
func inBackup(t *testing.T, g *harness.Gateway, s harness.Scene, before, all []acked) *ledger {
	t.Helper()
	items, err := login(t, g, s.Sender).List("SENT_BY_ME")
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{}
	for _, a := range before {
		wanted[a.number] = true
	}
	for _, it := range items {
		wanted[it.Number] = true
	}
	book := newLedger()
	for _, a := range all {
		if wanted[a.number] {
			book.write(a.number, a.id, nil)
		}
	}
	return book
}

// copiedStore is the result of copying the database file alone.
type copiedStore struct {
	dir  string
	acks []acked
}

// plainCopy copies the database file of a store that is written to.
func plainCopy(t *testing.T, s harness.Scene, book *ledger) copiedStore {
	t.Helper()
	c := copiedStore{t.TempDir(), book.entries()}
	b, err := os.ReadFile(filepath.Join(s.Dir, "bookgate.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.dir, "bookgate.db"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// examine looks at the copy as at a restored store. That it is not a backup must
// be seen, too, without knowing what should be in it.
func (c copiedStore) examine(t *testing.T) finding {
	t.Helper()
	binary := needProgram(t)
	if _, err := (harness.Scene{Binary: binary, Dir: filepath.Join(c.dir, "new")}).Admin("restore", filepath.Join(c.dir, "bookgate.db")); err == nil {
		t.Error("control: the copy was restored as if it were a backup")
	}
	return examine(t.Context(), c.dir, c.acks)
}
