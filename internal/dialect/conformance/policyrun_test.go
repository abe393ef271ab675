package conformance

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/bookgate/bookgate/internal/fulltest"
)

// TestPolicy tries the cells of testdata/policy.txt. With the build tag everycell
// those are all of them, as TestMutants has them tried in the program that it
// builds, in as many parts at once as the smallest machine has cores. Else one
// credential stands for all of its party's, and one path for all under which a
// route stands; odd requests and other methods are left out. -only names what is
// tried of either.
func TestPolicy(t *testing.T) {
	parts := 2
	if *only != "" || !everyCell {
		parts = 1
	}
	var tried atomic.Int64
	t.Run("parts", func(t *testing.T) {
		for part := range parts {
			t.Run(fmt.Sprint(part), func(t *testing.T) {
				if parts > 1 {
					t.Parallel()
				}
				c := newCells(t)
				c.run(*only, part, parts)
				tried.Add(int64(c.count))
			})
		}
	})
	fmt.Printf("policy: %d cells tried, 0 wrong unless the test failed (below %.5f of them at 95 %%)\n",
		tried.Load(), 3/float64(max(tried.Load(), 1)))
	least := fulltest.Rounds(800, 1500)
	if everyCell {
		least = 30_000
	}
	if *only == "" && tried.Load() < int64(least) {
		t.Errorf("only %d cells were tried", tried.Load())
	}
}
