//go:build all && soak

package supply

import "testing"

// TestSoakRebuild builds in two folders with a build cache of its own each, so
// that every package, also those in C, is compiled twice.
func TestSoakRebuild(t *testing.T) {
	one, other := twoCopies(t)
	cache := func() []string { return []string{"GOCACHE=" + t.TempDir()} }
	a, b := built(t, one, cache(), rebuildFlags...), built(t, other, cache(), rebuildFlags...)
	if a != b {
		t.Errorf("the same source became %x in one folder and %x in another", a, b)
	}
	t.Logf("built twice from nothing: SHA-256 %x", a)
}
