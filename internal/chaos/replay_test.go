//go:build all

package chaos

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
)

// examiners are stores examined at once: one for each core of a small machine.
const examiners = 2

// replayed is what the cuts of a recording came to.
type replayed struct {
	slots   chan struct{} // one for each store that is examined
	work    sync.WaitGroup
	mu      sync.Mutex // guards what follows
	over    string
	lost    int // cuts after which orders were missing
	damaged int // cuts after which the store was not sound
	most    int // orders missing after one cut
	texts   []string
}

// textLimit is how many failures are printed in full; the first few say it all.
const textLimit = 5

func (r *replayed) add(at int, f finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case f.damage != "":
		r.damaged++
	case len(f.lost) > 0:
		r.lost++
		r.most = max(r.most, len(f.lost))
	}
	if f.bad() && len(r.texts) < textLimit {
		r.texts = append(r.texts, fmt.Sprintf("cut after entry %d: %s %q", at, f.damage, f.lost[:min(len(f.lost), 3)]))
	}
}

// replay goes through a recording once and lets the power fail at random
// entries, in both ways at each.
func replay(t *testing.T, entries []entry, cuts int, lying bool) *replayed {
	r, d := &replayed{slots: make(chan struct{}, examiners)}, newDisk(lying)
	root, points := memoryDir(t), cutPoints(cuts, len(entries))
	var acks []acked
	for i, e := range entries {
		if err := d.apply(e); err != nil {
			t.Fatal(err)
		}
		if e.kind == kindAck {
			acks = append(acks, e.acked())
		}
		for ; len(points) > 0 && points[0] == i; points = points[1:] {
			r.examine(t, i, cutInto(t, d, root, nil), acks)
			r.examine(t, i, cutInto(t, d, root, rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))), acks)
		}
	}
	r.work.Wait()
	r.over = fmt.Sprintf("%d calls and %d acknowledgements", len(entries)-len(acks), len(acks))
	return r
}

// cutPoints returns entries at which the power fails, in order.
func cutPoints(cuts, entries int) []int {
	points := make([]int, cuts)
	for i := range points {
		points[i] = rand.IntN(entries)
	}
	slices.Sort(points)
	return points
}

// examine looks at a rebuilt store beside others and removes it.
func (r *replayed) examine(t *testing.T, at int, dir string, acks []acked) {
	r.slots <- struct{}{}
	r.work.Go(func() {
		r.add(at, examine(t.Context(), dir, acks))
		os.RemoveAll(dir)
		<-r.slots
	})
}

// memoryDir is a folder in memory where the system has one: what a rebuilt
// store flushes while it is examined need not reach a disk.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "chaos-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func cutInto(t *testing.T, d *disk, root string, random *rand.Rand) string {
	t.Helper()
	dir, err := os.MkdirTemp(root, "cut-")
	if err == nil {
		err = d.cut(dir, random)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
