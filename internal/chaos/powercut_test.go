//go:build all

package chaos

import (
	"testing"
)

const (
	quickCuts   = 40
	controlCuts = 20
)

// TestPowerCut lets the power fail at random moments of a recorded run. What
// was acknowledged before must be there, and the store sound, whether nothing
// of what was not flushed is on the disk or a random half of it.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	powerCut(t, quickCuts)
}

func powerCut(t *testing.T, cuts int) {
	entries := record(t)
	honest := replay(t, entries, cuts, false)
	figures(t, "%d power cuts twice over %s: %d with lost orders, %d damaged (%s)", cuts, honest.over, honest.lost, honest.damaged, bound(2*cuts))
	for _, text := range honest.texts {
		t.Error(text)
	}
	lying := replay(t, entries, controlCuts, true)
	figures(t, "control, a disk that does not flush the log: %d of %d cuts lost orders (%d at most), %d damaged the store", lying.lost, 2*controlCuts, lying.most, lying.damaged)
	if lying.lost+lying.damaged < controlCuts {
		t.Errorf("control: only %d of %d cuts on a lying disk were caught", lying.lost+lying.damaged, 2*controlCuts)
	}
}
