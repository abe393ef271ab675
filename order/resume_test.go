package order

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestResume(t *testing.T) {
	for _, c := range []struct {
		after, through int64
		known          bool
		want           int64
	}{
		{0, 0, true, 0},
		{7, 9, true, 7},
		{9, 9, true, 9},
		{12, 9, true, 9},
		{12, 0, true, 0},
		{12, 12, false, 0},
		{0, 5, false, 0},
	} {
		if got := Resume(c.after, c.through, c.known); got != c.want {
			t.Errorf("after %d of an epoch that is stored through %d (known %t): on behind %d, want %d", c.after, c.through, c.known, got, c.want)
		}
	}
}

// life is a store as far as numbers go: the change that bears each of them,
// and how many changes there were when each epoch ended.
type life struct {
	changes []string
	ended   map[string]int
	epoch   string
}

func (l life) since(epoch string) (int64, bool) {
	if epoch == l.epoch {
		return int64(len(l.changes)), true
	}
	n, known := l.ended[epoch]
	return int64(n), known
}

// TestResumeNeverSkips lets stores write, be backed up and be restored from any
// backup, in any order, with a reader that goes on through all of it. Whatever
// a store holds in the end, the reader has seen.
func TestResumeNeverSkips(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		now := life{ended: map[string]int{}, epoch: "e0"}
		backups := []life{now}
		seen, epoch, after := map[string]bool{}, now.epoch, int64(0)
		written := 0
		for step := range 60 {
			switch r.IntN(5) {
			case 0, 1:
				for range r.IntN(4) {
					written++
					now.changes = append(now.changes[:len(now.changes):len(now.changes)], fmt.Sprint(written))
				}
			case 2:
				backups = append(backups, now)
			case 3:
				now = restored(backups[r.IntN(len(backups))], fmt.Sprintf("e%d", step+1))
			case 4:
				epoch, after = read(now, epoch, after, seen)
			}
		}
		read(now, epoch, after, seen)
		for _, change := range now.changes {
			if !seen[change] {
				t.Fatalf("seed %d: the reader never saw change %s of %v", seed, change, now.changes)
			}
		}
	}
}

func restored(b life, epoch string) life {
	next := life{changes: b.changes, ended: map[string]int{b.epoch: len(b.changes)}, epoch: epoch}
	for e, n := range b.ended {
		next.ended[e] = n
	}
	return next
}

func read(l life, epoch string, after int64, seen map[string]bool) (string, int64) {
	through, known := l.since(epoch)
	for _, change := range l.changes[Resume(after, through, known):] {
		seen[change] = true
	}
	return l.epoch, int64(len(l.changes))
}
