//go:build all

package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// A recording holds a crash, the recovery from it and an orderly stop, and goes
// on until the keeper has moved the log into the database, which it does after
// 500 commits when it looks, once a second. It is short, for each cut rebuilds
// what it wrote.
const (
	recordWriters = 3
	recordPause   = 20 * time.Millisecond // between two orders of a writer, so that seconds pass with few orders
	crashEntries  = 1500                  // calls to the disk before the crash
	recordOrders  = 300                   // acknowledged after it
	recordMore    = 60                    // and then each time until the log was moved
	recordMost    = 20                    // times at most
	recordLimit   = 30 * time.Second      // for each part on a busy machine
)

// record runs the gateway from an empty folder on, crashes it once and stops
// it once, and returns what it did to the disk.
func record(t *testing.T) []entry {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	j, c := newJournal(t), newControl(t)
	scene := newSceneAt(t, dir, c.env(t, dir, j)...)
	g := start(t, scene, quiet...)
	c.dieAfter(t, crashEntries)
	recordLife(t, g, scene, j, "crash", recordOrders)
	g.Kill()
	g = start(t, scene, quiet...)
	recordLife(t, g, scene, j, "life", recordOrders)
	for n := 0; !moved(j.read(t)) && n < recordMost; n++ {
		recordLife(t, g, scene, j, fmt.Sprintf("more%d", n), recordMore)
	}
	g.Stop()
	if !moved(j.read(t)) {
		t.Fatal("the log was not moved into the database: the recording lacks what is most at risk")
	}
	return j.read(t)
}

// moved reports whether the database itself was written after an order was
// acknowledged.
func moved(entries []entry) bool {
	first := slices.IndexFunc(entries, func(e entry) bool { return e.kind == kindAck })
	return first >= 0 && slices.ContainsFunc(entries[first:], func(e entry) bool {
		return e.kind == kindWrite && e.name == "bookgate.db"
	})
}

// recordLife submits until enough orders are acknowledged or the gateway stops answering.
func recordLife(t *testing.T, g *harness.Gateway, s harness.Scene, j *journal, life string, orders int) {
	client := login(t, g, s.Sender)
	end := time.Now().Add(recordLimit)
	var wg sync.WaitGroup
	for w := range recordWriters {
		wg.Go(func() {
			for n := 0; n < orders/recordWriters && time.Now().Before(end); n++ {
				number := orderNumber(fmt.Sprintf("%s-%d", life, w), n, linesOf(n))
				id, err := client.Submit(bodyOf(number))
				if err != nil {
					return
				}
				if err := j.ack(number, id); err != nil {
					t.Error(err)
				}
				time.Sleep(recordPause)
			}
		})
	}
	wg.Wait()
}

// linesOf puts a few lines into most orders and some so many that they take pages
// of their own.
func linesOf(n int) int {
	if n%16 == 15 {
		return 120
	}
	return 1 + n%4
}
