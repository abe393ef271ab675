//go:build all

package dialecttest

import "testing"

// TestPolicy tries every cell of testdata/policy.txt.
func TestPolicy(t *testing.T) {
	c := newCells(t)
	c.run(*only)
	t.Logf("policy: %d cells tried, %d wrong", c.count, c.wrong)
	if *only == "" && c.count < 3000 {
		t.Errorf("only %d cells were tried", c.count)
	}
}
