//go:build all && soak && !plant

package dialecttest

import "testing"

// soakPairs is how many pairs of requests the long form asks of a route, under each
// of its names.
const soakPairs = 50_000

// TestSoakRefusalsTakeAsLong is the long form of TestRefusalsTakeAsLong.
func TestSoakRefusalsTakeAsLong(t *testing.T) {
	out, err := measureTimes(timingBinary(t), "", soakPairs, "all")
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}
