//go:build all && soak

package simulation

import (
	"testing"
	"time"
)

// The long form: so many seeds, or as many as there is time for.
const (
	soakSeeds = 100_000
	soakLimit = 3 * time.Hour
)

// TestSoakSimulation is the long form of TestSimulation. It goes on where the short
// one ended.
func TestSoakSimulation(t *testing.T) {
	*first += uint64(*seeds)
	t.Log(simulateMany(t, soakSeeds, soakLimit))
}
