//go:build all && soak && !plant

package conformance

import (
	"fmt"
	"testing"
	"time"
)

// soakPairs is how many pairs of requests the long form asks of a route, under each
// of its names.
const soakPairs = 50_000

// TestSoakRefusalsTakeAsLong is the long form of TestRefusalsTakeAsLong: every route
// that asks for something by its name, and every kind of login.
func TestSoakRefusalsTakeAsLong(t *testing.T) {
	out, err := measureTimes(timingBinary(t), "", soakPairs, "all")
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

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
