//go:build all && soak && !plant

package conformance

import (
	"fmt"
	"testing"
	"time"
)

// TestSoakListsOfOneParty is the long form of TestListsOfOneParty: 100,000 random
// sequences, other ones each day.
func TestSoakListsOfOneParty(t *testing.T) {
	begun := time.Now()
	seed := uint64(begun.Unix() / 86400)
	asked := tryLists(t, 100_000, seed*1_000_000)
	fmt.Printf("lists of one party: 100000 sequences from seed %d, %d answers, "+
		"0 foreign rows (below %.7f of them at 95 %%), %s\n",
		seed*1_000_000, asked, 3/float64(max(asked, 1)), time.Since(begun).Round(time.Second))
}
