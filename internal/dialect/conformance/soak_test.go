//go:build all && soak && !plant

package conformance

import (
	"fmt"
	"testing"
	"time"
)

// soakSequences is how many random sequences of requests for lists are tried.
const soakSequences = 100_000

// TestSoakListsOfOneParty is the long form of TestListsOfOneParty: 100,000 random
// sequences, other ones each day.
func TestSoakListsOfOneParty(t *testing.T) {
	begun := time.Now()
	seed := uint64(begun.Unix() / 86400)
	asked := tryLists(t, soakSequences, seed*1_000_000)
	fmt.Printf("lists of one party: %d sequences from seed %d, %d answers, "+
		"0 foreign rows (below %.7f of them at 95 %%), %s\n",
		soakSequences, seed*1_000_000, asked, 3/float64(max(asked, 1)), time.Since(begun).Round(time.Second))
}
